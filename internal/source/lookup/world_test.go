package lookup_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// world is an Identity Center with a history.
type world struct {
	srv *idcentertest.Server
	at  time.Time // when the history was complete
}

// history makes an Identity Center whose Identity Store API and console were
// called again and again over some days.
func history(t testing.TB, calls int, step time.Duration, options ...idcentertest.Option) world {
	t.Helper()
	srv := idcentertest.New(t, append(options, idcentertest.InRegion("us-east-2"))...)
	client := identitystore.NewFromConfig(aws.Config{Region: srv.Region, BaseEndpoint: &srv.URL,
		Credentials: credentials.NewStaticCredentialsProvider(srv.AccessKeyID, srv.SecretAccessKey, "")})
	ann := srv.Console("ann@example.com")
	for i := range calls {
		if i%7 == 3 {
			ann.CreateGroup(fmt.Sprintf("by hand %d", i))
		} else if _, err := client.CreateGroup(t.Context(), &identitystore.CreateGroupInput{
			IdentityStoreId: &srv.IdentityStoreID, DisplayName: aws.String(fmt.Sprintf("group %d", i))}); err != nil {
			t.Fatal(err)
		}
		if i%5 == 0 { // several in a second, too
			srv.Advance(step)
		}
	}
	srv.Advance(time.Hour)
	return world{srv, srv.Now()}
}

// access is what the tests come in with; endpoint is the server's URL or a proxy's.
func (w world) access(endpoint string) awsaccess.Access {
	return awsaccess.New("the test's key", aws.Config{Region: w.srv.Region, BaseEndpoint: &endpoint,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(w.srv.AccessKeyID, w.srv.SecretAccessKey, "a-session-token")),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} }})
}

// clock is a clock that only sleeping moves.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d > 0 {
		c.now = c.now.Add(d)
		c.slept += d
	}
	return ctx.Err()
}

// sink is a sink that counts how often each event came and what was claimed.
type sink struct {
	*casefile.Builder
	mu     sync.Mutex
	times  map[string]int
	covers []casefile.Cover
	losses []casefile.Loss
	notes  []string
}

func newSink() *sink { return &sink{Builder: casefile.NewBuilder(nil), times: map[string]int{}} }

func (s *sink) Record(input int, raw []byte) error {
	var r struct {
		EventID string `json:"eventID"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	s.mu.Lock()
	s.times[r.EventID]++
	s.mu.Unlock()
	return s.Builder.Record(input, raw)
}

func (s *sink) Cover(covers ...casefile.Cover) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.covers = append(s.covers, covers...)
}

func (s *sink) Unreadable(l casefile.Loss) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.losses = append(s.losses, l)
}

func (s *sink) Note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, text)
}

// memory is a journal.
type memory struct {
	mu     sync.Mutex
	values map[string][]byte
}

func (m *memory) Load(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[key], nil
}

func (m *memory) Save(_ context.Context, key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	m.values[key] = slices.Clone(value)
	return nil
}
