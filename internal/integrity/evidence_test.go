package integrity_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/span"
)

const (
	account = "111122223333"
	region  = "us-east-2"
	trail   = "management-events"
	bucket  = "example-trail-bucket"
)

// testKey is the committed key; it protects nothing.
func testKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	text, err := os.ReadFile("testdata/test-only-key.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

// hour returns the hour of the evidence's day.
func hour(h int) time.Time { return time.Date(2025, 11, 14, h, 0, 0, 0, time.UTC) }

// hours is the span from one hour to another.
func hours(from, to int) span.Span { return span.Span{From: hour(from), To: hour(to)} }

// evidence is a folder that holds a part of a bucket.
type evidence struct {
	t       testing.TB
	signer  *integrity.Signer
	files   fstest.MapFS
	digests []integrity.SignedDigest // by hour, from 10 o'clock
	logs    [][]string               // paths of each hour's log files
}

// fourHours is the evidence that most stories begin with: digests for 10 to 14
// o'clock, two log files in each hour but the third, which is empty, the key,
// and the metadata of the newest digest.
func fourHours(t testing.TB) *evidence {
	t.Helper()
	e := &evidence{t: t, files: fstest.MapFS{}, signer: integrity.NewSigner(testKey(t), account, region, trail, bucket)}
	for h := 10; h < 14; h++ {
		n := 2
		if h == 12 {
			n = 0
		}
		e.sign(h, n)
	}
	e.put("keys.json", e.signer.PublicKeys(hour(0), hour(23)))
	e.sidecar(3)
	return e
}

// clone returns the same evidence in a folder of its own.
func (e *evidence) clone() *evidence {
	twin := *e
	twin.files = maps.Clone(e.files)
	return &twin
}

// sign delivers n log files in an hour and their digest at its end.
func (e *evidence) sign(h, n int) {
	e.t.Helper()
	var signed []integrity.SignedLog
	var paths []string
	for i := range n {
		at := hour(h).Add(time.Duration(5+20*i) * time.Minute)
		key := e.signer.LogKey(at, fmt.Sprintf("Hour%dFile%07dabc", h, i))
		data := fmt.Appendf(nil, `{"Records":[{"eventTime":%q,"eventName":"CreateGroupMembership"}]}`, at.Format(time.RFC3339))
		signed = append(signed, integrity.LogOf(key, data, at, at))
		e.put(key, compress(data))
		paths = append(paths, key)
	}
	d, err := e.signer.Sign(hour(h), hour(h+1), signed...)
	if err != nil {
		e.t.Fatal(err)
	}
	e.put(d.Object, d.Gzip())
	e.digests = append(e.digests, d)
	e.logs = append(e.logs, paths)
}

func (e *evidence) put(p string, data []byte) { e.files[p] = &fstest.MapFile{Data: data} }

func (e *evidence) remove(paths ...string) {
	e.t.Helper()
	for _, p := range paths {
		if _, ok := e.files[p]; !ok {
			e.t.Fatalf("the story removes %s, which is not there", p)
		}
		delete(e.files, p)
	}
}

func (e *evidence) move(from, to string) {
	file := e.files[from]
	e.remove(from)
	e.files[to] = file
}

func (e *evidence) digest(i int) string { return e.digests[i].Object }

// sidecar puts the metadata of a digest beside it.
func (e *evidence) sidecar(i int) {
	e.put(e.digest(i)+integrity.HeadObjectSuffix, e.digests[i].HeadObject())
}

// edit replaces a text in the uncompressed content of a file.
func (e *evidence) edit(p, old, new string) {
	e.t.Helper()
	data := expand(e.t, e.files[p].Data)
	if !bytes.Contains(data, []byte(old)) {
		e.t.Fatalf("%s does not hold %q", p, old)
	}
	e.put(p, compress(bytes.Replace(data, []byte(old), []byte(new), 1)))
}

// relocate gives every file the path that place makes of its old one.
func (e *evidence) relocate(place func(string) string) {
	for _, p := range slices.Sorted(maps.Keys(e.files)) {
		e.move(p, place(p))
	}
}

func (e *evidence) verify() integrity.Report {
	e.t.Helper()
	return e.verifyWith(integrity.Options{})
}

func (e *evidence) verifyWith(opts integrity.Options) integrity.Report {
	e.t.Helper()
	inv, err := integrity.Gather(e.t.Context(), e.files)
	if err != nil {
		e.t.Fatalf("Gather: %v", err)
	}
	report, err := integrity.Verify(e.t.Context(), inv, integrity.NewFolder(e.files), opts)
	if err != nil {
		e.t.Fatalf("Verify: %v", err)
	}
	return report
}

// proven returns the proven windows of the only chain, or nil.
func proven(report integrity.Report) []span.Span {
	var all span.Set
	for _, c := range report.Chains {
		all = all.Union(c.Proven)
	}
	return all.Spans()
}

func kinds(report integrity.Report) []integrity.Kind {
	return slices.Sorted(maps.Keys(report.Kinds))
}

func compress(data []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(data)
	z.Close()
	return out.Bytes()
}

func expand(t testing.TB, data []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func flat(p string) string { return path.Base(p) }

func marshalPKIX(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&testKey(t).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
