package s3_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	api "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/s3"
	"github.com/scimtrail/scimtrail/internal/span"
)

// shelf is a bucket that lies in a folder, served as S3 does: listings with
// prefix, delimiter, start-after, tokens and pages, objects with ranges and
// conditions (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html,
// API_GetObject.html).
type shelf struct {
	name   string
	dir    string
	keys   []string // sorted
	sizes  map[string]int64
	copies map[string]string // keys to others that have the same content
	region string            // other Regions are sent there; "" takes all
	pages  int               // keys on a page; 1000 when 0

	// weather, when not nil, may answer in S3's place: then it returns true.
	weather func(w http.ResponseWriter, r *http.Request, key string) bool

	mu    sync.Mutex
	got   map[string]int // answers of GetObject, by key
	lists []string       // prefixes that were listed
}

func newShelf(tb testing.TB, dir string) *shelf {
	tb.Helper()
	s, err := shelfOf(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func shelfOf(dir string) (*shelf, error) {
	s := &shelf{name: "org-trail-logs", dir: dir, sizes: map[string]int64{}, got: map[string]int{}}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(p, integrity.MetadataSuffix) {
			return err // metadata is none of the objects
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		key, err := filepath.Rel(dir, p)
		s.keys = append(s.keys, filepath.ToSlash(key))
		s.sizes[filepath.ToSlash(key)] = info.Size()
		return err
	})
	slices.Sort(s.keys)
	return s, err
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if s.weather != nil && s.weather(w, r, key) {
		return
	}
	switch {
	case bucket != s.name:
		refuse(w, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	case s.region != "" && !strings.Contains(r.Header.Get("Authorization"), "/"+s.region+"/"):
		w.Header().Set("X-Amz-Bucket-Region", s.region)
		refuse(w, http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint")
	case key == "":
		s.list(w, r)
	default:
		s.get(w, r, key)
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message><RequestId>1</RequestId></Error>`, code, message)
}

func (s *shelf) list(w http.ResponseWriter, r *http.Request) {
	type content struct {
		Key, LastModified, ETag string
		Size                    int64
	}
	type common struct{ Prefix string }
	var out struct {
		XMLName                   xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
		Name, Prefix              string
		KeyCount, MaxKeys         int
		IsTruncated               bool
		NextContinuationToken     string `xml:",omitempty"`
		Contents                  []content
		CommonPrefixes            []common
		Delimiter, StartAfterTold string `xml:",omitempty"`
	}
	q := r.URL.Query()
	prefix, delimiter := q.Get("prefix"), q.Get("delimiter")
	after := cmp.Or(q.Get("continuation-token"), q.Get("start-after"))
	out.Name, out.Prefix, out.MaxKeys = s.name, prefix, cmp.Or(s.pages, 1000)
	s.mu.Lock()
	s.lists = append(s.lists, prefix)
	s.mu.Unlock()
	from, _ := slices.BinarySearch(s.keys, max(prefix, after))
	last := ""
	for _, key := range s.keys[from:] {
		if !strings.HasPrefix(key, prefix) {
			break
		}
		if key <= after || strings.HasSuffix(after, "/") && strings.HasPrefix(key, after) && delimiter != "" {
			continue
		}
		shown := key
		if delimiter != "" {
			if i := strings.Index(key[len(prefix):], delimiter); i >= 0 {
				shown = key[:len(prefix)+i+1]
			}
		}
		if shown == last {
			continue
		}
		if out.KeyCount == out.MaxKeys {
			out.IsTruncated, out.NextContinuationToken = true, last
			break
		}
		last = shown
		out.KeyCount++
		if shown != key {
			out.CommonPrefixes = append(out.CommonPrefixes, common{shown})
			continue
		}
		info, err := os.Stat(s.file(key))
		if err != nil {
			continue
		}
		out.Contents = append(out.Contents, content{key, info.ModTime().UTC().Format(time.RFC3339Nano), etag(key, info), info.Size()})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(out)
}

func etag(key string, info fs.FileInfo) string {
	return fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), len(key))
}

func (s *shelf) get(w http.ResponseWriter, r *http.Request, key string) {
	file, err := os.Open(s.file(key))
	if err != nil {
		refuse(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		refuse(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error.")
		return
	}
	var metadata map[string]string
	if data, err := os.ReadFile(file.Name() + integrity.MetadataSuffix); err == nil {
		_ = json.Unmarshal(data, &metadata)
	}
	for name, value := range metadata {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Etag", etag(key, info))
	s.mu.Lock()
	s.got[key]++
	s.mu.Unlock()
	http.ServeContent(w, r, "", info.ModTime(), file)
}

// file is where the content of an object lies.
func (s *shelf) file(key string) string {
	if other, ok := s.copies[key]; ok {
		key = other
	}
	return filepath.Join(s.dir, filepath.FromSlash(key))
}

// multiply puts each log file n times into the bucket.
func (s *shelf) multiply(n int) {
	s.copies = map[string]string{}
	for _, key := range slices.Clone(s.keys) {
		for i := range n - 1 {
			other := strings.Replace(key, ".json.gz", fmt.Sprintf("x%d.json.gz", i), 1)
			s.copies[other] = key
			s.keys = append(s.keys, other)
		}
	}
	slices.Sort(s.keys)
}

// fetched is how many objects were asked for, ranges of the same one counted once.
func (s *shelf) fetched() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

func (s *shelf) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.got)
	s.lists = nil
}

// client is the SDK's own, speaking to the shelf.
func client(tb testing.TB, h http.Handler) *api.Client {
	tb.Helper()
	if h == nil {
		return nil
	}
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return clientAt(server.URL)
}

func clientAt(url string) *api.Client {
	return api.NewFromConfig(aws.Config{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "very-secret-key", ""),
		HTTPClient:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}},
	}, func(o *api.Options) {
		o.BaseEndpoint, o.UsePathStyle = aws.String(url), true
	})
}

// later is a time at which all of the logs of these tests are long delivered, those
// of an emulator of today too.
var later = time.Now().UTC().AddDate(0, 2, 0).Truncate(24 * time.Hour)

// options read all of a shelf without waiting for anything.
func options(tb testing.TB, h http.Handler) s3.Options {
	return s3.Options{
		Client: client(tb, h), Bucket: "org-trail-logs", AllRegions: true,
		Query:  live.Query{Now: func() time.Time { return later }},
		Caller: awsaccess.Caller{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }},
	}
}

func gather(tb testing.TB, o s3.Options) (*casefile.Case, error) {
	tb.Helper()
	return gatherIn(context.Background(), o)
}

func gatherIn(ctx context.Context, o s3.Options) (*casefile.Case, error) {
	b := casefile.NewBuilder(&actor.Catalogue{})
	err := s3.New(o).Collect(ctx, b)
	return b.Build(), err
}

func casefilePlace(account, region string) casefile.Place {
	return casefile.Place{Account: account, Region: region}
}

func mustGather(tb testing.TB, o s3.Options) *casefile.Case {
	tb.Helper()
	c, err := gather(tb, o)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// told is a case as JSON, without where and when its inputs were read.
func told(tb testing.TB, c *casefile.Case, root string) string {
	tb.Helper()
	out := *c
	out.Inputs = slices.Clone(c.Inputs)
	for i := range out.Inputs {
		out.Inputs[i].Time = time.Time{}
	}
	data, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		tb.Fatal(err)
	}
	return string(bytes.ReplaceAll(data, []byte(root), []byte("ROOT")))
}

// memory is a journal.
type memory struct {
	mu   sync.Mutex
	kept map[string][]byte
	save func() error // before every Save
}

func (m *memory) Load(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept[key], nil
}

func (m *memory) Save(_ context.Context, key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.save != nil {
		if err := m.save(); err != nil {
			return err
		}
	}
	if m.kept == nil {
		m.kept = map[string][]byte{}
	}
	m.kept[key] = slices.Clone(value)
	return nil
}

func (m *memory) text() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(m.kept)) {
		b.WriteString(key + "=" + string(m.kept[key]) + "\n")
	}
	return b.String()
}

// covered is the coverage of SCIM's source in short.
func covered(c *casefile.Case) (out []string) {
	for _, cover := range c.Coverage {
		if cover.Source == "identitystore-scim.amazonaws.com" {
			const form = "0102T1504"
			out = append(out, cover.Account+" "+cover.Region+" "+cover.Span.From.Format(form)+".."+cover.Span.To.Format(form)+" "+cover.Complete.String())
		}
	}
	return out
}

// secondDay is the second day of what package loggen generates.
var secondDay = span.Span{From: time.Date(2025, 10, 2, 0, 0, 0, 0, time.UTC), To: time.Date(2025, 10, 3, 0, 0, 0, 0, time.UTC)}
