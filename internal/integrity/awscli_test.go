package integrity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/integrity"
)

// The judge here is the AWS CLI: its validate-logs command runs over the same
// files and must call the same ones valid and invalid.
func TestTheAWSCLIAgrees(t *testing.T) {
	t.Parallel()
	python := awsPython(t)
	tests := []struct {
		name  string
		story func(e *evidence)
		// invalid is what both must say; keys of digests and log files.
		invalid func(e *evidence) []string
	}{
		{
			name:    "untouched evidence",
			story:   func(e *evidence) {},
			invalid: func(e *evidence) []string { return nil },
		},
		{
			name:    "a changed log file",
			story:   func(e *evidence) { e.edit(e.logs[1][0], "Create", "Delete") },
			invalid: func(e *evidence) []string { return e.logs[1][:1] },
		},
		{
			name:    "a missing log file",
			story:   func(e *evidence) { e.remove(e.logs[1][1]) },
			invalid: func(e *evidence) []string { return e.logs[1][1:] },
		},
		{
			name:    "a log file that is cut off",
			story:   func(e *evidence) { e.put(e.logs[0][0], e.files[e.logs[0][0]].Data[:30]) },
			invalid: func(e *evidence) []string { return e.logs[0][:1] },
		},
		{
			name:    "a changed digest",
			story:   func(e *evidence) { e.edit(e.digest(1), `"hashValue":"`, `"hashValue": "`) },
			invalid: func(e *evidence) []string { return []string{e.digest(1)} },
		},
		{
			name:    "a changed newest digest",
			story:   func(e *evidence) { e.edit(e.digest(3), `"newestEventTime":"2025`, `"newestEventTime":"2024`) },
			invalid: func(e *evidence) []string { return []string{e.digest(3)} },
		},
		{
			name:    "a missing digest",
			story:   func(e *evidence) { e.remove(e.digest(1)) },
			invalid: func(e *evidence) []string { return []string{e.digest(1)} },
		},
		{
			name:    "a digest without an end time",
			story:   func(e *evidence) { e.edit(e.digest(2), `"digestEndTime"`, `"x"`) },
			invalid: func(e *evidence) []string { return []string{e.digest(2)} },
		},
		{
			name: "a new chain after a pause",
			story: func(e *evidence) {
				e.signer.Restart()
				e.sign(17, 2)
				e.sidecar(4)
			},
			invalid: func(e *evidence) []string { return nil },
		},
		{
			name: "a backfill digest whose log file was changed",
			story: func(e *evidence) {
				key := e.signer.LogKey(hour(11), "LateListed123456")
				backfill(e, key, []byte(`{"Records":[]}`))
				e.put(key, compress([]byte(`{"Records":[{}]}`)))
			},
			invalid: func(e *evidence) []string { return []string{e.signer.LogKey(hour(11), "LateListed123456")} },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := fourHours(t)
			for i := range e.digests {
				e.sidecar(i) // the AWS CLI takes each signature from the metadata
			}
			test.story(e)
			theirs := validateLogs(t, python, e)
			ours := verdictOf(e, e.verify())
			want := test.invalid(e)
			slices.Sort(want)
			if diff := cmp.Diff(append([]string{}, want...), append([]string{}, theirs.invalid...)); diff != "" {
				t.Errorf("what the AWS CLI calls invalid (-want +got):\n%s\n%s", diff, theirs.output)
			}
			if diff := cmp.Diff(append([]string{}, want...), append([]string{}, ours.invalid...)); diff != "" {
				t.Errorf("what Verify calls invalid (-want +got):\n%s", diff)
			}
			if theirs.digests != ours.digests || theirs.logs != ours.logs {
				t.Errorf("valid digests and logs: AWS CLI %d and %d, Verify %d and %d\n%s",
					theirs.digests, theirs.logs, ours.digests, ours.logs, theirs.output)
			}
		})
	}
}

// verdict is which files are invalid, and how many digests and logs are valid.
type verdict struct {
	invalid       []string
	digests, logs int
	output        string
}

func verdictOf(e *evidence, report integrity.Report) verdict {
	v := verdict{digests: report.Digests.Valid, logs: report.Logs.Valid}
	for _, f := range report.Findings {
		if f.Kind.Tampering() {
			key := f.Object
			if key == "" {
				key = f.Path
			}
			v.invalid = append(v.invalid, key)
		}
	}
	slices.Sort(v.invalid)
	return v
}

var cliLine = regexp.MustCompile(`(?m)^(?:\(backfill\) )?(Digest|Log) file\ts3://[^/]+/(\S+)\t(valid|INVALID)`)

// validateLogs runs the AWS CLI's code over the evidence.
func validateLogs(t *testing.T, python string, e *evidence) verdict {
	t.Helper()
	type object struct {
		Data     []byte          `json:"data"`
		Metadata json.RawMessage `json:"metadata,omitempty"`
	}
	objects := map[string]object{}
	for _, p := range slices.Sorted(maps.Keys(e.files)) {
		if path.Ext(p) == ".gz" {
			o := object{Data: e.files[p].Data}
			for _, suffix := range []string{integrity.HeadObjectSuffix, integrity.MetadataSuffix} {
				if sidecar, ok := e.files[p+suffix]; ok {
					var head struct{ Metadata json.RawMessage }
					if err := json.Unmarshal(sidecar.Data, &head); err != nil {
						t.Fatal(err)
					}
					o.Metadata = head.Metadata
				}
			}
			objects[p] = o
		}
	}
	input, err := json.Marshal(map[string]any{
		"trail_arn": "arn:aws:cloudtrail:" + region + ":" + account + ":trail/" + trail,
		"region":    region, "account": account, "bucket": bucket,
		"start": "2025-11-14T10:00:00Z", "end": "2025-11-14T20:00:00Z",
		"keys": json.RawMessage(e.files["keys.json"].Data), "objects": objects,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/awscli_validate.py")
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("running the AWS CLI's validation: %v\n%s", err, output)
	}
	v := verdict{output: string(output)}
	for _, m := range cliLine.FindAllStringSubmatch(v.output, -1) {
		switch {
		case m[3] == "INVALID":
			v.invalid = append(v.invalid, m[2])
		case m[1] == "Digest":
			v.digests++
		default:
			v.logs++
		}
	}
	if !strings.Contains(v.output, "Results requested for") {
		t.Fatalf("the AWS CLI printed no summary:\n%s", v.output)
	}
	slices.Sort(v.invalid)
	return v
}

// awsPython returns a Python that has the AWS CLI's package. Without one the
// test is skipped, but where CI is set it fails: there it must be installed.
func awsPython(t *testing.T) string {
	t.Helper()
	tried := []string{"python3", "/usr/bin/python3", "python"}
	for _, python := range tried {
		cmd := exec.CommandContext(t.Context(), python, "testdata/awscli_validate.py")
		cmd.Stdin = strings.NewReader("")
		err := cmd.Run()
		// With the package, the empty input is what fails.
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
			return python
		}
	}
	const reason = "needs Python with the AWS CLI's package, to check against its validate-logs (pip install awscli)"
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}
