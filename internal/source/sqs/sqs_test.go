package sqs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/flaky"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/sqs"
)

func record(n int) string {
	return fmt.Sprintf(`{"eventVersion":"1.11","eventTime":"2026-11-01T10:%02d:%02dZ","eventSource":"identitystore-scim.amazonaws.com","eventName":"PatchGroup",
"awsRegion":"us-east-2","recipientAccountId":"111122223333","eventID":"0d0c5a3e-0000-4000-8000-%012d","userIdentity":{"type":"WebIdentityUser","accountId":"111122223333"}}`, n/60%60, n%60, n)
}

func eventBridge(detail string) string {
	return `{"version":"0","id":"d1e2f3a4-0000-4000-8000-000000000021","detail-type":"AWS API Call via CloudTrail","source":"aws.identitystore","account":"111122223333","region":"us-east-2","resources":[],"detail":` + detail + `}`
}

func sns(message string) string {
	text, _ := json.Marshal(message)
	return `{"Type":"Notification","MessageId":"1","TopicArn":"arn:aws:sns:us-east-2:111122223333:identity","Message":` + string(text) + `}`
}

// keeper is a sink that knows what was kept: given, and then committed.
type keeper struct {
	*casefile.Builder
	mu          sync.Mutex
	given, kept map[string]int
	covers      []casefile.Cover
	losses      []string
}

func newKeeper() *keeper {
	return &keeper{Builder: casefile.NewBuilder(nil), given: map[string]int{}, kept: map[string]int{}}
}

func (k *keeper) Record(input int, raw []byte) error {
	var r struct{ EventID string }
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.given[r.EventID]++
	return k.Builder.Record(input, raw)
}

func (k *keeper) Cover(covers ...casefile.Cover) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.covers = append(k.covers, covers...)
}

func (k *keeper) Unreadable(l casefile.Loss) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.losses = append(k.losses, l.Reason)
}

func (k *keeper) commit() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, n := range k.given {
		k.kept[id] = n
	}
	return nil
}

func source(t testing.TB, url string, query live.Query) *sqs.Source {
	t.Helper()
	q, err := sqs.ParseName("sqs://us-east-2/111122223333/identity")
	if err != nil {
		t.Fatal(err)
	}
	return sqs.New(sqs.Options{Queue: q, Query: query, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Access: awsaccess.New("the test's key", aws.Config{Region: "us-east-1", BaseEndpoint: &url,
			Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""), Retryer: func() aws.Retryer { return aws.NopRetryer{} }})})
}

func TestRecordsComeInEveryWrapping(t *testing.T) {
	t.Parallel()
	q := newStandIn(t, eventBridge(record(1)), sns(eventBridge(record(2))), record(3), sns(record(4)), sns(sns(eventBridge(record(5)))))
	ctx, stop := context.WithCancel(t.Context())
	q.onEmpty = stop
	k := newKeeper()
	if err := source(t, q.URL, live.Query{}).Receive(ctx, k, k.commit); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(k.kept) != 5 || len(q.left()) != 0 || len(k.losses) != 0 {
		t.Errorf("kept %v, left %v, losses %v", k.kept, q.left(), k.losses)
	}
	for _, c := range k.covers {
		if c.Complete != casefile.Unknown || c.Span.Length() > 5*time.Second || c.Channel != "eventbridge" {
			t.Errorf("a queue proves nothing, and covers %+v", c)
		}
	}
	if len(k.covers) == 0 {
		t.Error("what was seen is not covered")
	}
}

func TestPoisonIsReportedOnceAndLeftToTheRedrive(t *testing.T) {
	t.Parallel()
	poison := []string{"not JSON", "{}", eventBridge(`{"a":1}`), `{"detail-type":"Scheduled Event","detail":{}}`, sns("hello"), eventBridge(`{"eventSource":"x","eventName":"y","eventTime":`), "[]", ""}
	q := newStandIn(t, append(slices.Clone(poison), eventBridge(record(1)))...)
	ctx, stop := context.WithCancel(t.Context())
	empty := 0
	q.onEmpty = func() {
		if empty++; empty > 10 {
			stop()
		}
	}
	k := newKeeper()
	if err := source(t, q.URL, live.Query{}).Receive(ctx, k, k.commit); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(q.left()) != len(poison) || len(k.losses) != len(poison) || len(k.kept) != 1 {
		t.Errorf("left %v, kept %v, losses:\n%s", q.left(), k.kept, strings.Join(k.losses, "\n"))
	}
	if q.messages[0].times < 3 {
		t.Errorf("the first came only %d times", q.messages[0].times)
	}
}

func TestNothingIsDeletedThatIsNotKept(t *testing.T) {
	t.Parallel()
	var bodies []string
	for i := range 25 {
		bodies = append(bodies, eventBridge(record(i)))
	}
	q := newStandIn(t, bodies...)
	k := newKeeper()
	full := errors.New("the disk is full")
	n := 0
	err := source(t, q.URL, live.Query{}).Receive(t.Context(), k, func() error {
		if n++; n == 2 {
			return full
		}
		return k.commit()
	})
	if !errors.Is(err, full) {
		t.Fatal(err)
	}
	if len(k.kept) != 10 || len(q.left()) != 15 {
		t.Errorf("kept %d, left %d", len(k.kept), len(q.left()))
	}
	// Without a journal nothing keeps what was given.
	look := newKeeper()
	if err := source(t, q.URL, live.Query{}).Collect(t.Context(), look); err != nil {
		t.Fatal(err)
	}
	if len(look.given) == 0 || len(q.left()) != 15 {
		t.Errorf("given %d, left %d", len(look.given), len(q.left()))
	}
}

type journal struct{ k *keeper }

func (journal) Load(context.Context, string) ([]byte, error)       { return nil, nil }
func (j journal) Save(_ context.Context, _ string, _ []byte) error { return j.k.commit() }

// TestFaultsLoseNothing: 500 of them, and nothing is deleted before it was kept.
func TestFaultsLoseNothing(t *testing.T) {
	t.Parallel()
	var bodies []string
	for i := range 1500 {
		bodies = append(bodies, eventBridge(record(i)))
	}
	q := newStandIn(t, bodies...)
	k := newKeeper()
	rnd := rand.New(rand.NewPCG(9, 500))
	row := 0
	proxy := flaky.New(t, q.URL, func(*http.Request, []byte) flaky.Fault {
		q.mu.Lock()
		defer q.mu.Unlock()
		for _, m := range q.messages {
			if m.deleted && k.kept[eventID(m.body)] == 0 {
				t.Errorf("%s was deleted and not kept", m.id)
			}
		}
		if row < 3 && rnd.IntN(100) < 75 {
			row++
			return flaky.Passing[rnd.IntN(len(flaky.Passing))]
		}
		row = 0
		return flaky.None
	})
	for round := 0; len(q.left()) > 0; round++ {
		if err := source(t, proxy.URL, live.Query{Journal: journal{k}}).Collect(t.Context(), k); err != nil {
			t.Fatal(err)
		}
		if round > 200 {
			t.Fatalf("%d are left", len(q.left()))
		}
	}
	if len(k.kept) != 1500 || len(k.losses) != 0 {
		t.Errorf("kept %d of 1500, losses %v", len(k.kept), k.losses)
	}
	t.Logf("%d faults in %d requests", proxy.Injected.Load(), proxy.Requests.Load())
	if proxy.Injected.Load() < 500 {
		t.Errorf("only %d faults", proxy.Injected.Load())
	}
}

func eventID(body string) string {
	_, rest, _ := strings.Cut(body, `"eventID":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

func TestAQueueThatIsNotThereIsNamed(t *testing.T) {
	t.Parallel()
	q := newStandIn(t)
	name, err := sqs.ParseName("https://sqs.us-east-2.amazonaws.com/444455556666/identity")
	if err != nil {
		t.Fatal(err)
	}
	src := sqs.New(sqs.Options{Queue: name, Access: awsaccess.New("the test's key", aws.Config{BaseEndpoint: &q.URL,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")})})
	err = src.Collect(t.Context(), newKeeper())
	p, ok := errors.AsType[*live.Problem](err)
	if !ok || p.Kind != live.Missing || p.Error() != "receiving from sqs://us-east-2/444455556666/identity: there is no such queue; check its name, account and Region" {
		t.Errorf("error: %v", err)
	}
}

func TestNamesOfTheSource(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]sqs.Queue{
		"sqs://us-east-2/111122223333/identity":                       {Region: "us-east-2", Account: "111122223333", Name: "identity", URL: "https://sqs.us-east-2.amazonaws.com/111122223333/identity"},
		"sqs://cn-north-1/111122223333/identity.fifo":                 {Region: "cn-north-1", Account: "111122223333", Name: "identity.fifo", URL: "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/identity.fifo"},
		"https://sqs.eu-west-1.amazonaws.com/111122223333/identity":   {Region: "eu-west-1", Account: "111122223333", Name: "identity", URL: "https://sqs.eu-west-1.amazonaws.com/111122223333/identity"},
		"https://eu-west-1.queue.amazonaws.com/111122223333/identity": {Region: "eu-west-1", Account: "111122223333", Name: "identity", URL: "https://eu-west-1.queue.amazonaws.com/111122223333/identity"},
		"http://localhost:9324/111122223333/identity":                 {Account: "111122223333", Name: "identity", URL: "http://localhost:9324/111122223333/identity"},
	} {
		if got, err := sqs.ParseName(name); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, name := range []string{"sqs://us-east-2/identity", "sqs://us-east-2/111122223333/a/b", "sqs://x/111122223333/identity", "https://user:word@sqs.us-east-2.amazonaws.com/111122223333/q",
		"s3://111122223333/identity", "sqs://us-east-2/111122223333/" + strings.Repeat("a", 81)} {
		if got, err := sqs.ParseName(name); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// FuzzRecordIn: what comes out is JSON of a record that lay inside, whatever came.
func FuzzRecordIn(f *testing.F) {
	for _, seed := range []string{eventBridge(record(1)), sns(eventBridge(record(2))), record(3), "{}", "null", `{"Type":"Notification","Message":"{}"}`, sns(sns(sns(record(4))))} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := sqs.RecordIn(body)
		if err != nil {
			return
		}
		var r struct{ EventSource, EventName string }
		if !json.Valid(got) || json.Unmarshal(got, &r) != nil || r.EventSource == "" || r.EventName == "" || len(got) > len(body) {
			t.Errorf("out of %q came %q", body, got)
		}
	})
}
