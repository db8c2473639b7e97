package s3_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/source/s3"
	"github.com/scimtrail/scimtrail/internal/span"
)

// delivered is what a trail with validation delivered of half a day in which
// people and an identity provider worked.
func delivered(t *testing.T) (dir string, begin time.Time) {
	t.Helper()
	srv := idcentertest.New(t, idcentertest.InRegion("us-east-2"))
	begin = srv.Now()
	ana := srv.Console("ana")
	group := ana.CreateGroup("Admins")
	for range 12 {
		scim(t, srv, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Team `+srv.Now().Format("15")+`"}`)
		srv.Advance(20 * time.Minute)
		ana.AddMember(group, ana.CreateUser("user-"+srv.Now().Format("1504")))
		srv.Advance(40 * time.Minute)
	}
	dir = t.TempDir()
	srv.WriteLogs(dir)
	return dir, begin
}

func scim(t *testing.T, srv *idcentertest.Server, body string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, srv.SCIMURL+"/Groups", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+srv.Token)
	r.Header.Set("Content-Type", "application/scim+json")
	r.Header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatal(answer.Status)
	}
}

// keysOf are the public keys that lie beside the logs.
func keysOf(dir string) func(context.Context, string, span.Span) (integrity.Keys, error) {
	return func(context.Context, string, span.Span) (integrity.Keys, error) {
		names, err := filepath.Glob(filepath.Join(dir, "list-public-keys-*.json"))
		if err != nil || len(names) != 1 {
			return integrity.Keys{}, errors.New("no keys")
		}
		data, err := os.ReadFile(names[0])
		if err != nil {
			return integrity.Keys{}, err
		}
		return integrity.ParsePublicKeys(data)
	}
}

func TestDigestsProveOnTheWay(t *testing.T) {
	t.Parallel()
	dir, _ := delivered(t)
	want := fromFiles(t, dir, file.Options{NoCustody: true})
	o := options(t, newShelf(t, dir))
	o.Verify, o.Keys = true, keysOf(dir)
	c := mustGather(t, o)
	if diff := cmp.Diff(covered(want), covered(c)); diff != "" || !strings.Contains(strings.Join(covered(c), " "), "proven") {
		t.Errorf("coverage %v (-folder +bucket):\n%s", covered(c), diff)
	}
	if len(c.Events) != len(want.Events) || len(c.Integrity) != 1 || len(c.Integrity[0].Tampered) > 0 || len(c.Unreadable) > 0 {
		t.Errorf("%d events, seals %+v, losses %v", len(c.Events), c.Integrity, c.Unreadable)
	}
	o.Verify = false
	if c := mustGather(t, o); strings.Contains(strings.Join(covered(c), " "), "proven") || len(c.Integrity) > 0 {
		t.Errorf("unasked it proves %v", covered(c))
	}
}

// TestANarrowQuestionIsProvenAndNothingIsMissing: the files before and after what
// is asked about are not fetched, and must not count as deleted.
func TestANarrowQuestionIsProvenAndNothingIsMissing(t *testing.T) {
	t.Parallel()
	dir, begin := delivered(t)
	asked := span.Span{From: begin.Add(4 * time.Hour), To: begin.Add(6 * time.Hour)}
	o := options(t, newShelf(t, dir))
	o.Verify, o.Keys, o.Query.Span = true, keysOf(dir), asked
	c := mustGather(t, o).Within(casefile.Filter{Span: asked})
	proven := c.Coverage.Of("identitystore-scim.amazonaws.com", casefile.Place{}, casefile.Proven)
	if !proven.Covers(asked) {
		t.Errorf("of %v only %v is proven", asked, proven.Spans())
	}
	if len(c.Integrity) != 1 || len(c.Integrity[0].Tampered) > 0 {
		t.Errorf("seals %+v", c.Integrity)
	}
}

func TestWhatDigestsDoNotVouchForIsSaid(t *testing.T) {
	t.Parallel()
	anyLog := func(s *shelf) string {
		for _, key := range s.keys[len(s.keys)/2:] {
			if strings.Contains(key, "_CloudTrail_") {
				return key
			}
		}
		return ""
	}
	rewrite := func(t *testing.T, s *shelf, key, text string) {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write([]byte(text))
		_ = z.Close()
		put(t, s.dir, key, out.String())
	}
	for _, tt := range []struct {
		name     string
		change   func(t *testing.T, s *shelf, o *s3.Options) (key string)
		tampered bool
		says     string // in notes, losses, limits
	}{
		{"a log file was changed", func(t *testing.T, s *shelf, _ *s3.Options) string {
			key := anyLog(s)
			rewrite(t, s, key, `{"Records":[]}`)
			return key
		}, true, ""},
		{"a log file was replaced by something else", func(t *testing.T, s *shelf, _ *s3.Options) string {
			key := anyLog(s)
			put(t, s.dir, key, "hello")
			return key
		}, true, ""},
		{"a log file was cut off", func(t *testing.T, s *shelf, _ *s3.Options) string {
			key := anyLog(s)
			if err := os.Truncate(filepath.Join(s.dir, key), 100); err != nil {
				t.Fatal(err)
			}
			return key
		}, true, ""},
		{"a log file was deleted", func(t *testing.T, s *shelf, _ *s3.Options) string {
			key := anyLog(s)
			if err := os.Remove(filepath.Join(s.dir, key)); err != nil {
				t.Fatal(err)
			}
			return key
		}, true, ""},
		{"a log file is denied", func(_ *testing.T, s *shelf, _ *s3.Options) string {
			bad := anyLog(s)
			s.weather = func(w http.ResponseWriter, _ *http.Request, key string) bool {
				if key == bad {
					refuse(w, http.StatusForbidden, "AccessDenied", "Access Denied")
				}
				return key == bad
			}
			return bad
		}, false, "could not be read"},
		{"nobody has the keys", func(_ *testing.T, _ *shelf, o *s3.Options) string {
			o.Keys = nil
			return ""
		}, false, "aws cloudtrail list-public-keys --region us-east-2"},
		{"the keys can't be fetched", func(_ *testing.T, _ *shelf, o *s3.Options) string {
			o.Keys = func(context.Context, string, span.Span) (integrity.Keys, error) {
				return integrity.Keys{}, errors.New("no way")
			}
			return ""
		}, false, "fetching the public keys of us-east-2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, _ := delivered(t)
			shelf := newShelf(t, dir)
			o := options(t, shelf)
			o.Verify, o.Keys = true, keysOf(dir)
			key := tt.change(t, shelf, &o)
			c := mustGather(t, o)
			var tampered []string
			text := strings.Join(c.Notes, "\n")
			for _, s := range c.Integrity {
				text += strings.Join(s.Limits, "\n")
				for _, one := range s.Tampered {
					tampered = append(tampered, one.Object)
				}
			}
			for _, l := range c.Unreadable {
				text += "\n" + l.Reason
			}
			if tt.tampered && (len(tampered) != 1 || tampered[0] != key) || !tt.tampered && len(tampered) > 0 {
				t.Errorf("tampered with: %v, want %v of %s", tampered, tt.tampered, key)
			}
			if !strings.Contains(text, tt.says) {
				t.Errorf("nothing says %q:\n%s", tt.says, text)
			}
			whole := casefile.Coverage(fromFiles(t, dir, file.Options{NoVerify: true}).Coverage)
			bounds, _ := whole.Of("identitystore-scim.amazonaws.com", casefile.Place{}, casefile.Unknown).Bounds()
			proven := c.Coverage.Of("identitystore-scim.amazonaws.com", casefile.Place{}, casefile.Proven)
			if proven.Covers(span.Span{From: bounds.From.Add(time.Hour), To: bounds.To.Add(-2 * time.Hour)}) {
				t.Errorf("all is proven: %v", proven.Spans())
			}
		})
	}
}

func TestATrailWithoutValidationProvesNothing(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 30})
	o := options(t, newShelf(t, dir))
	o.Verify = true
	if c := mustGather(t, o); !strings.Contains(strings.Join(c.Notes, "\n"), "there are no digests") {
		t.Errorf("notes %v", c.Notes)
	}
}
