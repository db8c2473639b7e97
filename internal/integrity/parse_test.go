package integrity_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/integrity"
)

func TestParseDigestReadsWhatTheSignerWrote(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	got, err := integrity.ParseDigest(e.digests[1].JSON)
	if err != nil {
		t.Fatal(err)
	}
	first, err := integrity.ParseDigest(e.digests[0].JSON)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := hex.DecodeString(e.digests[0].Signature)
	if err != nil {
		t.Fatal(err)
	}
	want := integrity.Digest{
		Account: account, Region: region, Trail: trail, Home: region,
		Bucket: bucket, Object: e.digest(1), Start: hour(11), End: hour(12),
		Fingerprint: e.signer.Fingerprint(), Algorithm: "SHA256withRSA",
		OldestEvent: hour(11).Add(5 * time.Minute), NewestEvent: hour(11).Add(25 * time.Minute),
		Previous: &integrity.Link{Bucket: bucket, Object: e.digest(0), Hash: first.SHA256[:], Algorithm: "SHA-256", Signature: signature},
		LogFiles: []integrity.LogFile{
			{Bucket: bucket, Object: e.logs[1][0], Algorithm: "SHA-256"},
			{Bucket: bucket, Object: e.logs[1][1], Algorithm: "SHA-256"},
		},
		SHA256: got.SHA256,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(integrity.Digest{}), cmpopts.IgnoreFields(integrity.LogFile{}, "Hash")); diff != "" {
		t.Errorf("digest (-want +got):\n%s", diff)
	}
	if first.Previous != nil {
		t.Errorf("a starting digest has a previous one: %+v", first.Previous)
	}
}

func TestParseDigestRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	good := string(fourHours(t).digests[1].JSON)
	tests := []struct{ name, old, new, message string }{
		{"an end without a time", `"digestEndTime":"2025-11-14T12:00:00Z"`, `"digestEndTime":"noon"`, "digestEndTime"},
		{"an end before the start", `"digestEndTime":"2025-11-14T12:00:00Z"`, `"digestEndTime":"2025-11-14T10:00:00Z"`, "before"},
		{"no bucket", `"digestS3Bucket":`, `"x":`, "digestS3Bucket is missing"},
		{"no previous signature, not even null", `"previousDigestSignature":`, `"x":`, "previousDigestSignature is missing"},
		{"a signature that is a number", `"previousDigestSignature":"`, `"previousDigestSignature":1,"x":"`, "neither text nor null"},
		{"a signature that is not hexadecimal", `"previousDigestSignature":"`, `"previousDigestSignature":"zz`, "hexadecimal"},
		{"a short hash", `"hashValue":"`, `"hashValue":"00`, "hashValue"},
		{"a line feed in the key", `"digestS3Object":"`, `"digestS3Object":"\n`, "control characters"},
		{"a key without account", `"digestS3Object":"AWSLogs/111122223333/CloudTrail-Digest/`, `"digestS3Object":"x/`, ""},
		{"JSON that is cut off", `]}`, ``, "JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bad := strings.Replace(good, test.old, test.new, 1)
			if bad == good {
				t.Fatalf("the digest does not hold %q", test.old)
			}
			_, err := integrity.ParseDigest([]byte(bad))
			if test.message == "" { // the file name still says whose digest it is
				if err != nil {
					t.Errorf("ParseDigest: %v", err)
				}
				return
			}
			if !errors.Is(err, integrity.ErrNotDigest) || !strings.Contains(err.Error(), test.message) {
				t.Errorf("ParseDigest: %v; want ErrNotDigest about %q", err, test.message)
			}
		})
	}
}

func TestFilesAreRecognisedByTheirBeginning(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	tests := []struct {
		name         string
		head         []byte
		digest, keys bool
	}{
		{"a digest", e.digests[1].JSON[:500], true, false},
		{"a digest with white space before it", append([]byte("\n  "), e.digests[0].JSON...), true, false},
		{"a list of keys", e.signer.PublicKeys(hour(0), hour(1)), false, true},
		{"a log file", []byte(`{"Records":[{"eventName":"PublicKeyList of digestStartTime"}]}`), false, false},
		{"nothing", nil, false, false},
		{"a list", []byte(`["digestStartTime","PublicKeyList"]`), false, false},
	}
	for _, test := range tests {
		if got := integrity.IsDigest(test.head); got != test.digest {
			t.Errorf("%s: IsDigest = %v", test.name, got)
		}
		if got := integrity.IsPublicKeys(test.head); got != test.keys {
			t.Errorf("%s: IsPublicKeys = %v", test.name, got)
		}
	}
}

func TestParseMetadataTakesBothForms(t *testing.T) {
	t.Parallel()
	want := integrity.Metadata{Signature: []byte{0xab, 0xcd}, Algorithm: "SHA256withRSA", Backfill: hour(12)}
	for name, text := range map[string]string{
		"head-object":        `{"ContentLength":7,"Metadata":{"signature":"abcd","signature-algorithm":"SHA256withRSA","backfill-generation-timestamp":"2025-11-14T12:00:00Z"}}`,
		"flat":               `{"x-amz-meta-signature":"abcd","x-amz-meta-signature-algorithm":"SHA256withRSA","x-amz-meta-backfill-generation-timestamp":"2025-11-14T12:00:00Z"}`,
		"flat, other case":   `{"X-Amz-Meta-Signature":"ABCD","X-Amz-Meta-Signature-Algorithm":"SHA256withRSA","X-Amz-Meta-Backfill-Generation-Timestamp":"2025-11-14T12:00:00Z"}`,
		"nested, other case": `{"metadata":{"Signature":"abcd","Signature-Algorithm":"SHA256withRSA","Backfill-Generation-Timestamp":"2025-11-14T12:00:00Z","other":1}}`,
	} {
		got, err := integrity.ParseMetadata([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, text := range []string{``, `[]`, `{}`, `{"Metadata":{}}`, `{"Metadata":1,"signature":"ab"}`, `{"signature":""}`, `{"signature":"xyz"}`, `{"signature":7}`} {
		if _, err := integrity.ParseMetadata([]byte(text)); !errors.Is(err, integrity.ErrNotMetadata) {
			t.Errorf("%s: %v, want ErrNotMetadata", text, err)
		}
	}
}

func TestParsePublicKeys(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	keys, err := integrity.ParsePublicKeys(e.signer.PublicKeys(hour(0), hour(1)))
	if err != nil || keys.Len() != 1 {
		t.Fatalf("got %d keys and error %v, want 1 key", keys.Len(), err)
	}
	again, err := integrity.ParsePublicKeys(pkixKeys(t, e.signer.Fingerprint()))
	if err != nil {
		t.Fatal(err)
	}
	keys.Add(again)
	if keys.Len() != 1 {
		t.Errorf("the same key twice counts as %d", keys.Len())
	}
	for _, text := range []string{``, `{}`, `{"PublicKeyList":7}`, `{"PublicKeyList":[{"Value":"AAAA"}]}`} {
		if _, err := integrity.ParsePublicKeys([]byte(text)); !errors.Is(err, integrity.ErrNotKeys) {
			t.Errorf("%s: %v, want ErrNotKeys", text, err)
		}
	}
}

func FuzzParseDigest(f *testing.F) {
	e := fourHours(f)
	for _, d := range e.digests {
		f.Add(d.JSON)
	}
	f.Add([]byte(`{"digestS3Object":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := integrity.ParseDigest(data)
		if err != nil {
			if !errors.Is(err, integrity.ErrNotDigest) {
				t.Errorf("error of another kind: %v", err)
			}
			return
		}
		if d.End.Before(d.Start) || len(d.Account) != 12 || d.Region == "" {
			t.Errorf("accepted %+v", d)
		}
		// Nothing that was not signed is ever proven.
		genuine := false
		for _, signed := range e.digests {
			genuine = genuine || bytes.Equal(data, signed.JSON)
		}
		d.Path = "fuzzed.json"
		keys, _ := integrity.ParsePublicKeys(e.signer.PublicKeys(hour(0), hour(1)))
		m, _ := integrity.ParseMetadata(e.digests[0].HeadObject())
		report, err := integrity.Verify(t.Context(), integrity.Inventory{
			Digests: []integrity.Digest{d}, Keys: keys, Metadata: map[string]integrity.Metadata{d.Path: m},
		}, integrity.NewFolder(fstest.MapFS{}), integrity.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if report.Digests.Valid > 0 && !genuine {
			t.Errorf("a digest that nobody signed is valid: %s", data)
		}
	})
}

func FuzzParsePublicKeys(f *testing.F) {
	e := fourHours(f)
	f.Add(e.signer.PublicKeys(hour(0), hour(1)))
	f.Add(pkixKeys(f, "ab"))
	d, err := integrity.ParseDigest(e.digests[0].JSON)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := integrity.ParsePublicKeys(data)
		if err != nil {
			if !errors.Is(err, integrity.ErrNotKeys) || keys.Len() > 0 {
				t.Errorf("%d keys and error %v", keys.Len(), err)
			}
			return
		}
		// Any key that parses can be used without harm.
		m, _ := integrity.ParseMetadata(e.digests[0].HeadObject())
		report, err := integrity.Verify(t.Context(), integrity.Inventory{
			Digests: []integrity.Digest{d}, Keys: keys, Metadata: map[string]integrity.Metadata{"": m},
		}, integrity.NewFolder(fstest.MapFS{}), integrity.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if total := report.Digests.Valid + report.Digests.Invalid + report.Digests.Unchecked; total != 1 {
			t.Errorf("one digest, counted %d times: %+v", total, report.Digests)
		}
	})
}

func FuzzParseMetadata(f *testing.F) {
	f.Add(fourHours(f).digests[0].HeadObject())
	f.Add([]byte(`{"X-Amz-Meta-Signature":"ABCD"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := integrity.ParseMetadata(data)
		switch {
		case err != nil && !errors.Is(err, integrity.ErrNotMetadata):
			t.Errorf("error of another kind: %v", err)
		case err == nil && (len(m.Signature) == 0 || !bytes.Contains(bytes.ToLower(data), []byte("signature")) && !bytes.Contains(data, []byte(`\u`))):
			t.Errorf("accepted %q as %+v", data, m)
		}
	})
}
