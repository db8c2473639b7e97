package integrity_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/span"
)

type k = []integrity.Kind

func TestVerifySaysWhatIsProvenAndWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		story  func(e *evidence)
		kinds  []integrity.Kind
		proven []span.Span
	}{
		{
			name:   "untouched evidence is proven as a whole",
			story:  func(e *evidence) {},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name: "the bucket may lie below any folder",
			story: func(e *evidence) {
				e.relocate(func(p string) string { return "case 7/s3/" + p })
			},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name: "a part of the bucket is enough",
			story: func(e *evidence) {
				e.relocate(func(p string) string { return "x/" + strings.TrimPrefix(p, "AWSLogs/111122223333/") })
			},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name:   "all files may lie in one flat folder",
			story:  func(e *evidence) { e.relocate(flat) },
			proven: []span.Span{hours(10, 14)},
		},
		{
			name: "files may be decompressed",
			story: func(e *evidence) {
				for _, p := range []string{e.digest(0), e.digest(3), e.logs[0][0]} {
					e.put(strings.TrimSuffix(p, ".gz"), expand(e.t, e.files[p].Data))
					e.remove(p)
				}
			},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name: "a second, equal copy of a file does no harm",
			story: func(e *evidence) {
				e.files["copies/"+flat(e.digest(1))] = e.files[e.digest(1)]
				e.files["copies/"+flat(e.logs[1][0])] = e.files[e.logs[1][0]]
			},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name:   "a changed log file",
			story:  func(e *evidence) { e.edit(e.logs[1][0], "CreateGroupMembership", "DeleteGroupMembership") },
			kinds:  k{integrity.LogChanged},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name:   "a log file that was cut off",
			story:  func(e *evidence) { e.put(e.logs[1][0], e.files[e.logs[1][0]].Data[:40]) },
			kinds:  k{integrity.LogChanged},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name: "text behind the end of the compressed log file",
			story: func(e *evidence) {
				p := e.logs[1][0]
				e.put(p, append(bytes.Clone(e.files[p].Data), compress([]byte(`{"Records":[]}`))...))
			},
			kinds:  k{integrity.LogChanged},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name: "a changed copy beside the good one, which a reader would read too",
			story: func(e *evidence) {
				e.put("copies/"+flat(e.logs[1][0]), compress([]byte(`{"Records":[]}`)))
			},
			kinds:  k{integrity.LogChanged},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name:   "a missing log file",
			story:  func(e *evidence) { e.remove(e.logs[3][1]) },
			kinds:  k{integrity.LogMissing},
			proven: []span.Span{hours(10, 13)},
		},
		{
			name:   "a log file in the folder of another day",
			story:  func(e *evidence) { e.move(e.logs[0][0], strings.Replace(e.logs[0][0], "/14/", "/15/", 1)) },
			kinds:  k{integrity.LogMoved},
			proven: []span.Span{hours(11, 14)},
		},
		{
			name: "only digests were copied",
			story: func(e *evidence) {
				for _, list := range e.logs {
					e.remove(list...)
				}
			},
			kinds:  k{integrity.LogsAbsent},
			proven: []span.Span{hours(12, 13)}, // the hour without log files
		},
		{
			name: "all listed log files are gone while others of the trail are here",
			story: func(e *evidence) {
				for _, list := range e.logs {
					e.remove(list...)
				}
				e.put(e.signer.LogKey(hour(20), "SomeOtherFile123"), compress([]byte(`{"Records":[]}`)))
			},
			kinds:  k{integrity.LogMissing},
			proven: []span.Span{hours(12, 13)},
		},
		{
			name: "a log file that no digest lists",
			story: func(e *evidence) {
				e.put(e.signer.LogKey(hour(11).Add(30*60e9), "Planted123456789"), compress([]byte(`{"Records":[]}`)))
			},
			kinds:  k{integrity.ExtraLog},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name: "a log file that the next digest may yet list",
			story: func(e *evidence) {
				e.put(e.signer.LogKey(hour(13).Add(50*60e9), "JustArrived12345"), compress([]byte(`{"Records":[]}`)))
			},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name: "a log file of another trail in its own folder",
			story: func(e *evidence) {
				other := integrity.NewSigner(testKey(e.t), account, region, "other", bucket)
				other.Organization = "o-exampleorgid"
				e.put(other.LogKey(hour(11).Add(30*60e9), "OtherTrail123456"), compress([]byte(`{"Records":[]}`)))
			},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name:   "a changed digest, known by its successor",
			story:  func(e *evidence) { e.edit(e.digest(1), `"hashValue":"`, `"hashValue": "`) },
			kinds:  k{integrity.DigestChanged},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name:   "a changed newest digest, known by its metadata",
			story:  func(e *evidence) { e.edit(e.digest(3), `"hashValue":"`, `"hashValue": "`) },
			kinds:  k{integrity.SignatureInvalid},
			proven: []span.Span{hours(10, 13)},
		},
		{
			name:   "a newest digest that was made to name an unknown key",
			story:  func(e *evidence) { e.edit(e.digest(3), e.signer.Fingerprint(), strings.Repeat("0", 32)) },
			kinds:  k{integrity.SignatureInvalid},
			proven: []span.Span{hours(10, 13)},
		},
		{
			name:   "a newest digest that was made to name another algorithm",
			story:  func(e *evidence) { e.edit(e.digest(3), "SHA256withRSA", "MD5withRSA") },
			kinds:  k{integrity.SignatureInvalid},
			proven: []span.Span{hours(10, 13)},
		},
		{
			name: "an algorithm that we don't know, in digest and metadata alike",
			story: func(e *evidence) {
				e.edit(e.digest(3), "SHA256withRSA", "SHA512withRSA")
				p := e.digest(3) + integrity.HeadObjectSuffix
				e.put(p, bytes.Replace(e.files[p].Data, []byte("SHA256withRSA"), []byte("SHA512withRSA"), 1))
			},
			kinds:  k{integrity.Algorithm},
			proven: []span.Span{hours(10, 13)},
		},
		{
			name:   "a digest that is no longer JSON",
			story:  func(e *evidence) { e.edit(e.digest(1), `{`, `[`) },
			kinds:  k{integrity.DigestDamaged, integrity.Unsigned}, // it held the signature of the one before
			proven: []span.Span{hours(12, 14)},
		},
		{
			name:   "a digest that now claims to belong elsewhere",
			story:  func(e *evidence) { e.edit(e.digest(1), `"digestS3Bucket":"example`, `"digestS3Bucket":"ezample`) },
			kinds:  k{integrity.DigestChanged},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name:   "a digest that is gone from between others",
			story:  func(e *evidence) { e.remove(e.digest(1)) },
			kinds:  k{integrity.DigestMissing, integrity.Unsigned}, // its successor held the signature of the one before
			proven: []span.Span{hours(12, 14)},
		},
		{
			name: "a digest that is gone, with all metadata at hand",
			story: func(e *evidence) {
				e.sidecar(0)
				e.remove(e.digest(1))
			},
			kinds:  k{integrity.DigestMissing},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name:   "a copy that begins later than the trail",
			story:  func(e *evidence) { e.remove(e.digest(0)) },
			kinds:  k{integrity.EarlierAbsent},
			proven: []span.Span{hours(11, 14)},
		},
		{
			name:   "no metadata for the newest digest",
			story:  func(e *evidence) { e.remove(e.digest(3) + integrity.HeadObjectSuffix) },
			kinds:  k{integrity.Unsigned},
			proven: []span.Span{hours(10, 13)},
		},
		{
			name: "metadata of another digest",
			story: func(e *evidence) {
				e.put(e.digest(3)+integrity.HeadObjectSuffix, e.digests[2].HeadObject())
			},
			kinds:  k{integrity.SignatureInvalid},
			proven: []span.Span{hours(10, 13)},
		},
		{
			name: "wrong metadata of a digest that its successor proves",
			story: func(e *evidence) {
				e.put(e.digest(1)+integrity.MetadataSuffix, e.digests[2].HeadObject())
			},
			kinds:  k{integrity.MetadataDiffers},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name:   "metadata that is none",
			story:  func(e *evidence) { e.put(e.digest(3)+integrity.HeadObjectSuffix, []byte(`{"Metadata":{}}`)) },
			kinds:  k{integrity.Unreadable, integrity.Unsigned},
			proven: []span.Span{hours(10, 13)},
		},
		{
			name:  "no public keys",
			story: func(e *evidence) { e.remove("keys.json") },
			kinds: k{integrity.KeyMissing},
		},
		{
			name: "a public key that can't be loaded",
			story: func(e *evidence) {
				e.put("keys.json", []byte(`{"PublicKeyList":[{"Fingerprint":"`+e.signer.Fingerprint()+`","Value":"AAAA"}]}`))
			},
			kinds: k{integrity.KeyUnusable},
		},
		{
			name: "a public key in the other form, and one of another Region",
			story: func(e *evidence) {
				e.put("keys.json", pkixKeys(e.t, e.signer.Fingerprint()))
				e.put("keys-eu-west-1.json", []byte(`{"PublicKeyList":[]}`))
			},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name:   "a key file that is cut off",
			story:  func(e *evidence) { e.put("more-keys.json", []byte(`{"PublicKeyList":[{`)) },
			kinds:  k{integrity.Unreadable},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name:   "a digest in the folder of another day",
			story:  func(e *evidence) { e.move(e.digest(1), strings.Replace(e.digest(1), "/14/", "/15/", 1)) },
			kinds:  k{integrity.DigestMoved},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name: "logging was off for two hours",
			story: func(e *evidence) {
				e.signer.Restart()
				e.sign(16, 1)
				e.sidecar(4)
			},
			kinds:  k{integrity.ChainRestart},
			proven: []span.Span{hours(10, 14), hours(16, 17)},
		},
		{
			name: "linked digests with an hour between them",
			story: func(e *evidence) {
				e.sign(15, 1)
				e.sidecar(4)
			},
			kinds:  k{integrity.Gap},
			proven: []span.Span{hours(10, 14), hours(15, 16)},
		},
		{
			name: "a log file that was listed afterwards",
			story: func(e *evidence) {
				key := e.signer.LogKey(hour(11).Add(30*60e9), "LateListed123456")
				backfill(e, key, []byte(`{"Records":[]}`))
				e.put(key, compress([]byte(`{"Records":[]}`)))
			},
			kinds:  k{integrity.Backfill},
			proven: []span.Span{hours(10, 14)},
		},
		{
			name: "a log file that was listed afterwards and is missing",
			story: func(e *evidence) {
				backfill(e, e.signer.LogKey(hour(11).Add(30*60e9), "LateListed123456"), []byte(`{"Records":[]}`))
			},
			kinds:  k{integrity.Backfill, integrity.LogMissing},
			proven: []span.Span{hours(10, 11), hours(12, 14)},
		},
		{
			name: "two digests that name each other as the one before",
			story: func(e *evidence) {
				e.edit(e.digest(0), `"previousDigestS3Bucket":null,"previousDigestS3Object":null`,
					`"previousDigestS3Bucket":"`+bucket+`","previousDigestS3Object":"`+e.digest(3)+`"`)
			},
			kinds:  k{integrity.DigestChanged},
			proven: []span.Span{hours(11, 14)},
		},
		{
			name:  "a folder without digests",
			story: func(e *evidence) { e.remove(e.digest(0), e.digest(1), e.digest(2), e.digest(3)) },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := fourHours(t)
			test.story(e)
			report := e.verify()
			if diff := cmp.Diff(test.kinds, kinds(report), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("kinds of findings (-want +got):\n%s\n%+v", diff, report.Findings)
			}
			if diff := cmp.Diff(test.proven, proven(report), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("proven windows (-want +got):\n%s\n%+v", diff, report.Findings)
			}
			for _, f := range report.Findings {
				if f.Message == "" || strings.Contains(f.Message, "%!") {
					t.Errorf("finding %s has no proper message: %q", f.Kind, f.Message)
				}
			}
		})
	}
}

// pkixKeys is the test key in the form of a sample in AWS's documentation.
func pkixKeys(t testing.TB, fingerprint string) []byte {
	t.Helper()
	value := base64.StdEncoding.EncodeToString(marshalPKIX(t))
	data, err := json.Marshal(map[string]any{"PublicKeyList": []any{map[string]any{
		"Fingerprint": fingerprint, "Value": value, "ValidityStartTime": 1763078400.0, "ValidityEndTime": 1763164800,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func backfill(e *evidence, key string, data []byte) {
	e.t.Helper()
	d, err := e.signer.SignBackfill(hour(20), hour(11), hour(12), integrity.LogOf(key, data, hour(11), hour(11)))
	if err != nil {
		e.t.Fatal(err)
	}
	e.put(d.Object, d.Gzip())
	e.put(d.Object+integrity.MetadataSuffix, d.HeadObject())
}

func TestAFindingNamesTheFileAndTheWindow(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	e.relocate(func(p string) string { return "s3/" + p })
	changed, missing := "s3/"+e.logs[0][1], "s3/"+e.logs[1][1]
	e.edit(changed, "Create", "Delete")
	e.remove(missing)
	want := []integrity.Finding{
		{Kind: integrity.LogChanged, Account: account, Region: region, Trail: trail, Object: e.logs[0][1], Path: changed, Span: hours(10, 11)},
		{Kind: integrity.LogMissing, Account: account, Region: region, Trail: trail, Object: e.logs[1][1], Span: hours(11, 12)},
	}
	report := e.verify()
	if diff := cmp.Diff(want, report.Findings, cmpopts.IgnoreFields(integrity.Finding{}, "Message")); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if !report.Tampered() {
		t.Error("Tampered() = false for a changed and a missing log file")
	}
	if want := (integrity.Count{Valid: 4, Invalid: 2}); report.Logs != want {
		t.Errorf("log files: got %+v, want %+v", report.Logs, want)
	}
	if want := (integrity.Count{Valid: 4}); report.Digests != want {
		t.Errorf("digests: got %+v, want %+v", report.Digests, want)
	}
}

func TestOnlyChangedAndMissingFilesMeanTampering(t *testing.T) {
	t.Parallel()
	want := map[integrity.Kind]bool{
		integrity.SignatureInvalid: true, integrity.DigestChanged: true, integrity.DigestMissing: true,
		integrity.DigestDamaged: true, integrity.LogChanged: true, integrity.LogMissing: true,
		integrity.Unsigned: false, integrity.KeyMissing: false, integrity.KeyUnusable: false, integrity.Algorithm: false,
		integrity.MetadataDiffers: false, integrity.DigestMoved: false, integrity.LogMoved: false, integrity.LogsAbsent: false,
		integrity.EarlierAbsent: false, integrity.ChainRestart: false, integrity.Gap: false, integrity.Backfill: false,
		integrity.ExtraLog: false, integrity.Unreadable: false,
	}
	for kind, tampering := range want {
		if kind.Tampering() != tampering {
			t.Errorf("%s: Tampering() = %v", kind, !tampering)
		}
	}
}

func TestADigestSignedForAnotherBucketIsMovedWhenTheBucketIsKnown(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	if report := e.verifyWith(integrity.Options{Bucket: bucket}); len(report.Findings) > 0 {
		t.Errorf("in its own bucket: %+v", report.Findings)
	}
	report := e.verifyWith(integrity.Options{Bucket: "another-bucket"})
	if want := (k{integrity.DigestMoved, integrity.LogMoved}); !cmp.Equal(kinds(report), want) || len(proven(report)) > 0 {
		t.Errorf("in another bucket: %v, proven %v; want %v and nothing", kinds(report), proven(report), want)
	}
}

func TestEventTimeAllowsForLateDelivery(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	e.remove(e.logs[1][0]) // 10 to 11 and 12 to 14 remain
	report := e.verify()
	if got, want := report.EventTime(account, region, integrity.DefaultLateness).Spans(), []span.Span{hours(10, 10), hours(12, 13)}; !cmp.Equal(got, want) {
		t.Errorf("with an hour's margin: got %v, want %v", got, want)
	}
	if got, want := report.EventTime(account, region, 2*integrity.DefaultLateness).Spans(), []span.Span{hours(12, 12)}; !cmp.Equal(got, want) {
		t.Errorf("with two hours' margin: got %v, want %v", got, want)
	}
	if got := report.EventTime(account, "eu-west-1", 0); !got.Empty() {
		t.Errorf("in another Region: got %v, want nothing", got)
	}
}

func TestAFloodOfForgedDigestsDoesNotHideAChangedOne(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	e.edit(e.digest(1), `"hashValue":"`, `"hashValue": "`)
	genuine := e.digests[2].JSON
	for i := range 200 { // all name the changed digest as their previous, and sort before the genuine one
		e.put(fmt.Sprintf("A/%03d.json", i), append(bytes.Clone(genuine), bytes.Repeat([]byte(" "), i+1)...))
	}
	report := e.verify()
	if !slices.ContainsFunc(report.Findings, func(f integrity.Finding) bool {
		return f.Kind == integrity.DigestChanged && f.Path == e.digest(1)
	}) {
		t.Errorf("the changed digest is not noticed: %v", report.Kinds)
	}
	if got, want := proven(report), []span.Span{hours(10, 11), hours(12, 14)}; !cmp.Equal(got, want) {
		t.Errorf("proven %v, want %v", got, want)
	}
}

func TestOneMissingKeyIsOneFinding(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	e.remove("keys.json")
	report := e.verify()
	want := []integrity.Finding{{
		Kind: integrity.KeyMissing, Account: account, Region: region, Trail: trail, Object: e.digest(0), Path: e.digest(0), Span: hours(10, 14),
		Message: "The public key of 4 digests is not here. Fetch it: aws cloudtrail list-public-keys --region us-east-2" +
			" --start-time 2025-11-14T10:00:00Z --end-time 2025-11-14T14:00:00Z",
	}}
	if diff := cmp.Diff(want, report.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if want := (integrity.Count{Unchecked: 4}); report.Digests != want || report.Tampered() {
		t.Errorf("digests %+v, tampered %v; want %+v, false", report.Digests, report.Tampered(), want)
	}
}

func TestTrailsAndRegionsAreProvenApart(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	e.signer = integrity.NewSigner(testKey(t), "444455556666", "eu-west-1", "with_under_scores", bucket)
	e.signer.Organization, e.signer.Prefix = "o-exampleorgid", "some/prefix"
	e.sign(10, 1)
	e.sidecar(4)
	e.remove(e.logs[0][0])
	report := e.verify()
	want := []integrity.Chain{
		{Account: account, Region: region, Trail: trail, Home: region, Proven: span.SetOf(hours(11, 14))},
		{Account: "444455556666", Region: "eu-west-1", Trail: "with_under_scores", Home: "eu-west-1", Proven: span.SetOf(hours(10, 11))},
	}
	if diff := cmp.Diff(want, report.Chains, cmp.Transformer("spans", span.Set.Spans)); diff != "" {
		t.Errorf("chains (-want +got):\n%s", diff)
	}
}

func TestFindingsAreBoundedAndStillCounted(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	for h := 14; h < 23; h++ {
		e.sign(h, 30)
		for _, p := range e.logs[h-10] {
			e.put(p, nil)
		}
	}
	report := e.verifyWith(integrity.Options{MaxFindings: 7})
	if len(report.Findings) != 7 || report.Kinds[integrity.LogChanged] != 8*30 {
		t.Errorf("got %d findings and %d changed log files, want 7 and 240", len(report.Findings), report.Kinds[integrity.LogChanged])
	}
	for _, f := range report.Findings {
		if f.Span != hours(14, 15) {
			t.Errorf("finding of %v kept; the earliest should be", f.Span)
		}
	}
}

func TestVerifyStopsWhenTold(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	inv, err := integrity.Gather(t.Context(), e.files)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := integrity.Verify(ctx, inv, integrity.NewFolder(e.files), integrity.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify after cancel: %v, want %v", err, context.Canceled)
	}
	if _, err := integrity.Gather(ctx, e.files); !errors.Is(err, context.Canceled) {
		t.Errorf("Gather after cancel: %v, want %v", err, context.Canceled)
	}
}
