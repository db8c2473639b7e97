package lookup_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/lookup"
	"github.com/scimtrail/scimtrail/internal/span"
)

// odd is an Event history that answers with prepared pages, one after the other,
// whatever is asked.
type odd struct {
	URL string

	mu    sync.Mutex
	pages []string
	asked []struct {
		StartTime, EndTime float64
		NextToken          string
	}
}

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// event is an event some minutes before noon, of account 444455556666.
func event(id, minutes int) string {
	at := noon.Add(-time.Duration(minutes) * time.Minute)
	record, _ := json.Marshal(fmt.Sprintf(`{"eventVersion":"1.11","eventTime":%q,"eventSource":"identitystore.amazonaws.com","eventName":"DeleteGroup","awsRegion":"us-east-2",
"recipientAccountId":"444455556666","eventID":"id-%d","userIdentity":{"type":"IAMUser"}}`, at.Format(time.RFC3339), id))
	return fmt.Sprintf(`{"EventId":"id-%d","EventName":"DeleteGroup","EventSource":"identitystore.amazonaws.com","EventTime":%d,"CloudTrailEvent":%s}`, id, at.Unix(), record)
}

func page(token string, events ...string) string {
	body := `{"Events":[` + strings.Join(events, ",") + "]"
	if token != "" {
		body += `,"NextToken":"` + token + `"`
	}
	return body + "}"
}

const badToken = `{"__type":"InvalidNextTokenException","message":"Invalid token"}`

func oddHistory(t testing.TB, pages ...string) *odd {
	o := &odd{pages: pages}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if r.Header.Get("X-Amz-Target") == "" { // STS
			w.WriteHeader(400)
			_, _ = fmt.Fprint(w, `{}`)
			return
		}
		var in struct {
			StartTime, EndTime float64
			NextToken          string
			MaxResults         int
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		if in.MaxResults == 1 { // whose history is it?
			_, _ = fmt.Fprint(w, page("", event(0, 0)))
			return
		}
		o.asked = append(o.asked, struct {
			StartTime, EndTime float64
			NextToken          string
		}{in.StartTime, in.EndTime, in.NextToken})
		if len(o.pages) == 0 {
			_, _ = fmt.Fprint(w, page(""))
			return
		}
		if strings.Contains(o.pages[0], "__type") {
			w.WriteHeader(400)
		}
		_, _ = fmt.Fprint(w, o.pages[0])
		o.pages = o.pages[1:]
	}))
	t.Cleanup(web.Close)
	o.URL = web.URL
	return o
}

// walk looks up two hours before noon of one source.
func (o *odd) walk(t testing.TB) (*sink, error) {
	t.Helper()
	s := newSink()
	c := &clock{now: noon.Add(time.Hour)}
	return s, lookup.New(lookup.Options{Accesses: []awsaccess.Access{awsaccess.New("the test's key", aws.Config{Region: "us-east-2", BaseEndpoint: &o.URL,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")})},
		Sources: []string{awsid.SourceAPI}, Query: live.Query{Now: c.Now, Span: span.Span{From: noon.Add(-2 * time.Hour), To: noon}}, Sleep: c.Sleep}).Collect(t.Context(), s)
}

// claims are the spans that are claimed, as minutes before noon.
func claims(s *sink) string {
	var out []string
	for _, c := range casefile.Coverage(s.covers).Of(awsid.SourceAPI, casefile.Place{Account: "444455556666", Region: "us-east-2"}, casefile.Claimed).Spans() {
		out = append(out, fmt.Sprintf("%g..%g", noon.Sub(c.From).Minutes(), noon.Sub(c.To).Minutes()))
	}
	return strings.Join(out, " ")
}

func ids(s *sink) string {
	var out []string
	for id, n := range s.times {
		out = append(out, fmt.Sprintf("%s:%d", strings.TrimPrefix(id, "id-"), n))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestOddPages(t *testing.T) {
	t.Parallel()
	garbage := fmt.Sprintf(`{"EventId":"id-9","EventTime":%d,"CloudTrailEvent":"{broken"}`, noon.Add(-30*time.Minute).Unix())
	timeless := `{"EventId":"id-9","CloudTrailEvent":"{broken"}`
	denied := `{"__type":"AccessDeniedException","message":"no"}`
	for _, row := range []struct {
		name   string
		pages  []string
		ids    string
		claims string
		losses int
		fails  live.Kind
	}{
		{"an empty page with a token is not the end", []string{page("a"), page("b", event(1, 10)), page("c"), page("", event(2, 90))}, "1:1 2:1", "120..0", 0, ""},
		{"nothing at all is claimed as nothing", []string{page("")}, "", "120..0", 0, ""},
		{"a walk that is denied at its second page keeps the first", []string{page("a", event(1, 10), event(2, 60)), denied}, "1:1 2:1", "59..0", 0, live.Denied},
		{"a walk that is denied at once claims nothing", []string{denied}, "", "", 0, live.Denied},
		{"a worn token: it goes on by time, and what comes again is not handed on", []string{page("a", event(1, 10), event(2, 60)), badToken, page("b", event(2, 60), event(3, 80)), page("", event(4, 100))},
			"1:1 2:1 3:1 4:1", "120..0", 0, ""},
		{"tokens that never hold", []string{page("a", event(1, 10)), badToken, page("b", event(1, 10)), badToken, page("b", event(1, 10)), badToken, page("b", event(1, 10)), badToken,
			page("b", event(1, 10)), badToken, page("b", event(1, 10)), badToken, page("", event(2, 20))}, "1:1", "9..0", 0, live.Refused},
		{"the same page for ever", []string{page("a", event(1, 10)), page("a", event(1, 10))}, "1:1", "9..0", 0, live.Malformed},
		{"a record that can't be read is a hole in the claim", []string{page("a", event(1, 10), garbage), page("", event(2, 90))}, "1:1 2:1", fmt.Sprintf("120..%g %g..0", 30+1.0/60, 30-1.0/60), 1, ""},
		{"a record without a time may be anywhere", []string{page("", event(1, 10), timeless)}, "1:1", "", 1, ""},
		{"events far out of order: only the end says what was passed", []string{page("a", event(1, 60)), page("b", event(2, 20), event(3, 70)), denied}, "1:1 2:1 3:1", "59..0", 0, live.Denied},
		{"and then the end says it", []string{page("a", event(1, 60)), page("b", event(2, 20), event(3, 70)), page("")}, "1:1 2:1 3:1", "120..0", 0, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, err := oddHistory(t, row.pages...).walk(t)
			var kind live.Kind
			if p, ok := errors.AsType[*live.Problem](err); ok {
				kind = p.Kind
			}
			if kind != row.fails || (err == nil) != (row.fails == "") {
				t.Errorf("error: %v", err)
			}
			if ids(s) != row.ids || claims(s) != row.claims || len(s.losses) != row.losses {
				t.Errorf("events %s (want %s), claims %q (want %q), losses %v", ids(s), row.ids, claims(s), row.claims, s.losses)
			}
		})
	}
}

// TestTheSpanIsFixedBeforeTheFirstPage: AWS refuses a token whose other parameters
// have changed.
func TestTheSpanIsFixedBeforeTheFirstPage(t *testing.T) {
	t.Parallel()
	o := oddHistory(t, page("a", event(1, 10)), page("b", event(2, 20)), page("", event(3, 30)))
	if _, err := o.walk(t); err != nil {
		t.Fatal(err)
	}
	for i, in := range o.asked {
		if in.StartTime != o.asked[0].StartTime || in.EndTime != o.asked[0].EndTime || in.NextToken != []string{"", "a", "b"}[i] {
			t.Errorf("page %d: %+v", i, in)
		}
	}
	if o.asked[0].EndTime != float64(noon.Unix()) {
		t.Errorf("the end is %f", o.asked[0].EndTime)
	}
}

// TestAfterAWornTokenTheRestIsAskedForByTime: from a minute above the oldest event
// that came, without a token.
func TestAfterAWornTokenTheRestIsAskedForByTime(t *testing.T) {
	t.Parallel()
	o := oddHistory(t, page("a", event(1, 10), event(2, 60)), badToken, page("", event(3, 80)))
	if _, err := o.walk(t); err != nil {
		t.Fatal(err)
	}
	last := o.asked[2]
	if last.NextToken != "" || last.EndTime != float64(noon.Add(-59*time.Minute).Unix()) || last.StartTime != o.asked[0].StartTime {
		t.Errorf("asked for %+v", last)
	}
}

func TestTwoWaysIntoOneAccountAreOne(t *testing.T) {
	t.Parallel()
	w := history(t, 20, time.Minute)
	c := &clock{now: w.at}
	s := newSink()
	a, b := w.access(w.srv.URL), w.access(w.srv.URL)
	b.Name = "profile again"
	o := lookup.Options{Accesses: []awsaccess.Access{a, b}, Query: live.Query{Now: c.Now}, Sleep: c.Sleep}
	if err := lookup.New(o).Collect(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.truth(t, true, s)
	if len(s.notes) != 1 || !strings.Contains(s.notes[0], "are of one account, "+w.srv.Account) {
		t.Errorf("notes: %q", s.notes)
	}
	// Another account is not looked at when one is asked for.
	s = newSink()
	o.Query.Place.Account = "999988887777"
	if err := lookup.New(o).Collect(t.Context(), s); err != nil || len(s.times) != 0 || len(s.covers) != 0 || len(s.notes) != 2 {
		t.Errorf("%v, %d events, %d claims, %q", err, len(s.times), len(s.covers), s.notes)
	}
}

// TestOneAccountsFailureLeavesTheOthers: and both are told apart.
func TestOneAccountsFailureLeavesTheOthers(t *testing.T) {
	t.Parallel()
	w := history(t, 20, time.Minute)
	denied := oddHistory(t, slices.Repeat([]string{`{"__type":"AccessDeniedException","message":"no"}`}, 20)...)
	c := &clock{now: w.at}
	s := newSink()
	a, b := w.access(denied.URL), w.access(w.srv.URL)
	err := lookup.New(lookup.Options{Accesses: []awsaccess.Access{a, b}, Query: live.Query{Now: c.Now}, Sleep: c.Sleep}).Collect(t.Context(), s)
	p, ok := errors.AsType[*live.Problem](err)
	if !ok || p.Permission != "cloudtrail:LookupEvents" || strings.Count(err.Error(), "denied") != 1 || !strings.Contains(p.Doing, "444455556666") {
		t.Errorf("error: %v", err)
	}
	w.truth(t, true, s)
}
