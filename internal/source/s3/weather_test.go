package s3_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

// half lets only a part of an answer through and then breaks the connection, as a
// network does.
type half struct {
	http.ResponseWriter
	left int
}

func (h *half) Write(p []byte) (int, error) {
	n, err := h.ResponseWriter.Write(p[:min(len(p), h.left)])
	if h.left -= n; h.left <= 0 && err == nil {
		_ = http.NewResponseController(h.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

// storm breaks count answers: throttles, errors of the server, connections that
// are reset before or in the middle of an answer.
type storm struct {
	shelf *shelf
	mu    sync.Mutex
	dice  *rand.Rand
	left  int
	kinds [5]int
}

func (s *storm) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 || s.dice.IntN(2) > 0 {
		return -1 - s.dice.IntN(2)
	}
	s.left--
	kind := s.dice.IntN(len(s.kinds))
	s.kinds[kind]++
	return kind
}

func (s *storm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch s.next() {
	case 0:
		refuse(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
	case 1:
		refuse(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
	case 2:
		panic(http.ErrAbortHandler)
	case 3, 4: // the second kind after more of the body
		size := 40
		if strings.HasSuffix(r.URL.Path, ".gz") {
			size = 100 + int(s.shelf.sizes[strings.TrimPrefix(r.URL.Path, "/org-trail-logs/")]/2)
		}
		s.shelf.ServeHTTP(&half{w, size}, r)
	case -2: // a server that knows no ranges
		r.Header.Del("Range")
		fallthrough
	default:
		s.shelf.ServeHTTP(w, r)
	}
}

func TestFiveHundredFaultsLoseNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		logs loggen.Options
	}{
		{"of small objects", loggen.Options{Shape: loggen.Swarm, Files: 700, IdentityShare: 5, Accounts: loggen.Accounts(2)}},
		{"of large objects", loggen.Options{Bytes: 8e6, Files: 200, IdentityShare: 40}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := generated(t, tt.logs)
			shelf := newShelf(t, dir)
			shelf.pages = 50
			want := told(t, fromFiles(t, dir, file.Options{NoCustody: true}), dir)
			for seed := range uint64(2) {
				bad := &storm{shelf: shelf, dice: rand.New(rand.NewPCG(seed, 1)), left: 500}
				if tt.name == "of large objects" {
					bad.left = 80 // there are fewer answers
				}
				o := options(t, bad)
				o.Caller.Attempts, o.Portion = 30, 100
				o.Query.Progress = new(live.Progress)
				c := mustGather(t, o)
				if bad.left > 0 {
					t.Errorf("%d faults were not used", bad.left)
				}
				if diff := cmp.Diff(want, told(t, c, "s3://org-trail-logs")); diff != "" {
					t.Errorf("seed %d, faults %v (-folder +bucket):\n%.3000s", seed, bad.kinds, diff)
				}
				if p := o.Query.Progress; p.Retries.Load() == 0 || p.Throttled.Load() == 0 || p.Done.Load() != p.Total.Load() || p.Total.Load() != int64(len(shelf.keys)) {
					t.Errorf("progress: %d retries, %d throttled, %d of %d done", p.Retries.Load(), p.Throttled.Load(), p.Done.Load(), p.Total.Load())
				}
			}
		})
	}
}

func TestALargeObjectGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	dir := largeTree(t)
	shelf := newShelf(t, dir)
	var ranges, broken atomic.Int64
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".gz") {
			if r.Header.Get("Range") != "" && r.Header.Get("If-Match") != "" {
				ranges.Add(1)
			}
			if broken.Add(1) <= 4 {
				shelf.ServeHTTP(&half{w, 2 << 20}, r)
				return
			}
		}
		shelf.ServeHTTP(w, r)
	})
	c := mustGather(t, options(t, h))
	if diff := cmp.Diff(told(t, fromFiles(t, dir, file.Options{NoCustody: true}), dir), told(t, c, "s3://org-trail-logs")); diff != "" {
		t.Errorf("(-folder +bucket):\n%.3000s", diff)
	}
	if ranges.Load() != 4 {
		t.Errorf("the rest was asked for %d times, want 4", ranges.Load())
	}
}

func TestAnObjectThatChangesWhileItIsReadIsReadAnew(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 1, IdentityShare: 1, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	other := generated(t, loggen.Options{Seed: 7, Shape: loggen.Swarm, Files: 1, IdentityShare: 1, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	shelf := newShelf(t, dir)
	key := shelf.keys[0]
	var asked atomic.Int64
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".gz") {
			shelf.ServeHTTP(w, r)
			return
		}
		if asked.Add(1) == 1 {
			shelf.ServeHTTP(&half{w, 200}, r)
		}
		if asked.Load() == 2 {
			data, err := os.ReadFile(filepath.Join(other, newShelf(t, other).keys[0]))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, key), data, 0o644)
			}
			if err != nil {
				t.Error(err)
			}
		}
		shelf.ServeHTTP(w, r)
	})
	c := mustGather(t, options(t, h))
	if asked.Load() != 3 || len(c.Unreadable) > 0 || c.Statistics.Records == 0 || c.Statistics.Records != fromFiles(t, other, file.Options{}).Statistics.Records {
		t.Errorf("%d requests, %d records, losses %v", asked.Load(), c.Statistics.Records, c.Unreadable)
	}
}

// TestWhatStopsARun tells of errors that concern everything: the run ends with a
// sentence, and claims what it had read.
func TestWhatStopsARun(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 60, IdentityShare: 3, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	for _, tt := range []struct {
		name   string
		bucket string
		answer func(w http.ResponseWriter, key string, n int64) bool // n: the objects asked for so far
		kind   live.Kind
		says   []string
		claims bool
	}{
		{"no such bucket", "another-bucket", nil, live.Missing, []string{"there is no such bucket", "s3://another-bucket/"}, false},
		{"listing is denied", "", func(w http.ResponseWriter, key string, _ int64) bool {
			refuse(w, http.StatusForbidden, "AccessDenied", "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: s3:ListBucket on resource: &quot;arn:aws:s3:::org-trail-logs&quot; because no identity-based policy allows the s3:ListBucket action")
			return true
		}, live.Denied, []string{"s3:ListBucket", "arn:aws:iam::111122223333:user/ana"}, false},
		{"every object is denied", "", func(w http.ResponseWriter, key string, _ int64) bool {
			if key != "" {
				refuse(w, http.StatusForbidden, "AccessDenied", "Access Denied")
			}
			return key != ""
		}, live.Denied, []string{"s3:GetObject", "reading s3://org-trail-logs/AWSLogs/"}, false},
		{"the token expires on the way", "", func(w http.ResponseWriter, key string, n int64) bool {
			if n > 40 {
				refuse(w, http.StatusBadRequest, "ExpiredToken", "The provided token has expired. very-secret-token")
			}
			return n > 40
		}, live.Credentials, []string{"the credentials have expired", "sign in again"}, true},
		{"the server stays in trouble", "", func(w http.ResponseWriter, key string, n int64) bool {
			if n > 40 {
				refuse(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error.")
			}
			return n > 40
		}, live.Refused, []string{"run it again later"}, true},
		{"S3 keeps asking to slow down", "", func(w http.ResponseWriter, key string, n int64) bool {
			if n > 40 {
				refuse(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
			}
			return n > 40
		}, live.Throttled, []string{"slow down"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shelf := newShelf(t, dir)
			var asked atomic.Int64
			shelf.weather = func(w http.ResponseWriter, _ *http.Request, key string) bool {
				n := int64(0)
				if key != "" {
					n = asked.Add(1)
				}
				return tt.answer != nil && tt.answer(w, key, n)
			}
			o := options(t, shelf)
			o.Portion, o.Parallel = 10, 2
			if tt.bucket != "" {
				o.Bucket = tt.bucket
			}
			c, err := gather(t, o)
			problem, ok := errors.AsType[*live.Problem](err)
			if !ok || problem.Kind != tt.kind {
				t.Fatalf("error %v, want one of kind %s", err, tt.kind)
			}
			for _, says := range tt.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("the error %q does not say %q", err, says)
				}
			}
			if strings.Contains(err.Error()+fmt.Sprint(c.Unreadable, c.Notes), "secret") {
				t.Errorf("a secret shows in %q, %v", err, c.Unreadable)
			}
			whole := fromFiles(t, dir, file.Options{NoCustody: true})
			if tt.claims {
				if len(covered(c)) != 1 || covered(c)[0] == covered(whole)[0] || !c.Coverage[0].Span.From.Equal(whole.Coverage[0].Span.From) {
					t.Errorf("it covers %v, and all is %v", covered(c), covered(whole))
				}
				if notes := strings.Join(c.Notes, "\n"); !strings.Contains(notes, "was not finished") {
					t.Errorf("notes: %s", notes)
				}
			} else if len(c.Coverage) > 0 {
				t.Errorf("it covers %v", covered(c))
			}
		})
	}
}

// TestWhatOneObjectLosesIsAHole tells of errors of one object: the rest is read,
// the object is named, and its minutes are not covered.
func TestWhatOneObjectLosesIsAHole(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 60, IdentityShare: 3, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	for _, tt := range []struct {
		name, code, message, says string
		status                    int
	}{
		{"it is denied", "AccessDenied", "Access Denied", "s3:GetObject", http.StatusForbidden},
		{"its key may not be used", "AccessDenied", "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-2:111122223333:key/1", "kms:Decrypt", http.StatusForbidden},
		{"it is in an archive class", "InvalidObjectState", "The operation is not valid for the object's storage class", "Glacier", http.StatusForbidden},
		{"it was deleted", "NoSuchKey", "The specified key does not exist.", "deleted", http.StatusNotFound},
		{"its key is switched off", "KMS.DisabledException", "The key is disabled", "KMS.DisabledException", http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shelf := newShelf(t, dir)
			bad := shelf.keys[30]
			shelf.weather = func(w http.ResponseWriter, _ *http.Request, key string) bool {
				if key == bad {
					refuse(w, tt.status, tt.code, tt.message)
				}
				return key == bad
			}
			journal := &memory{}
			o := options(t, shelf)
			o.Portion, o.Query.Journal = 10, journal
			c := mustGather(t, o)
			if len(c.Unreadable) != 1 || c.Unreadable[0].Path != "s3://org-trail-logs/"+bad || !strings.Contains(c.Unreadable[0].Reason, tt.says) {
				t.Errorf("losses %+v, want one that says %q", c.Unreadable, tt.says)
			}
			if got := covered(c); len(got) != 2 {
				t.Errorf("it covers %v, want a hole", got)
			}
			// Once it can be had, it is.
			shelf.weather = nil
			shelf.forget()
			again := mustGather(t, o)
			if shelf.got[bad] != 1 || shelf.fetched() != 30 || len(again.Unreadable) > 0 {
				t.Errorf("the next run fetched %d objects, the lost one %d times; losses %v", shelf.fetched(), shelf.got[bad], again.Unreadable)
			}
			if got, want := covered(again), covered(fromFiles(t, dir, file.Options{})); !cmp.Equal(got, want) {
				t.Errorf("then it covers %v, want %v", got, want)
			}
		})
	}
}

func TestTheRegionOfTheBucketIsFound(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 50, IdentityShare: 3})
	shelf := newShelf(t, dir)
	shelf.region = "eu-central-1"
	if c := mustGather(t, options(t, shelf)); len(c.Events) == 0 || len(c.Unreadable) > 0 {
		t.Errorf("%d events, losses %v", len(c.Events), c.Unreadable)
	}
}
