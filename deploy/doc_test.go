// Package deploy_test holds what lies in this folder against the program: the
// metrics that the dashboard and the rules ask for are there, with those labels; the
// flags that the unit and the documents give are there; what runs it takes away all
// rights that it does not need. There is no code here.
package deploy_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/cli"
)

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// flags returns the flags of `scimtrail watch`, each with its dashes.
func flags(t *testing.T) map[string]bool {
	t.Helper()
	var out, errs bytes.Buffer
	status := cli.Main(t.Context(), []string{"watch", "--help"}, cli.Streams{
		In: strings.NewReader(""), Out: &out, Err: &errs, Getenv: func(string) string { return "" },
	})
	if status != 0 {
		t.Fatalf("scimtrail watch --help ends with %d: %s", status, errs.String())
	}
	found := map[string]bool{}
	for _, f := range regexp.MustCompile(`(?m)^\s+(?:-\w, )?(--[a-z][a-z-]*)`).FindAllStringSubmatch(out.String(), -1) {
		found[f[1]] = true
	}
	if !found["--archive"] {
		t.Fatalf("no flags were found in:\n%s", out.String())
	}
	return found
}

var flagForm = regexp.MustCompile(`(?:^|[\s"=\[])(--[a-z][a-z-]*)`)

func TestFlagsOfWatchThatAreWrittenHereExist(t *testing.T) {
	t.Parallel()
	have := flags(t)
	for _, file := range []string{"scimtrail.service", "README.md"} {
		used := 0
		for line := range strings.Lines(read(t, file)) {
			_, command, ok := strings.Cut(line, " watch ")
			if at := strings.Index(line, "SCIMTRAIL_WATCH="); !ok && at >= 0 {
				command, ok = line[at:], true
			}
			if !ok {
				continue
			}
			for _, f := range flagForm.FindAllStringSubmatch(command, -1) {
				used++
				if !have[f[1]] {
					t.Errorf("%s gives %s, which scimtrail watch has not: %s", file, f[1], line)
				}
			}
		}
		if used == 0 {
			t.Errorf("%s gives scimtrail watch no flag: is this test looking in the right place?", file)
		}
	}
}
