package identitystore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/target/identitystore"
)

const (
	store = "d-9a67000001"
	group = "90000000-0000-4000-8000-000000000001"
	user  = "10000000-0000-4000-8000-000000000001"
)

// TestWhatAnErrorMeans: the kinds that package repair goes by, and how often a call
// is made. The bodies are AWS's (cloudtrail reference 6.6).
func TestWhatAnErrorMeans(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, call string
		status     int
		kind       string // __type; "" for a lost connection
		more       string
		want       live.Kind // "" for none
		sent       int32
	}{
		{"added", "add", 200, "none", "", "", 1},
		{"in it already", "add", 400, "ConflictException", `,"Reason":"UNIQUENESS_CONSTRAINT_VIOLATION"`, "", 1},
		{"changed by two at once: nobody knows", "add", 400, "ConflictException", `,"Reason":"CONCURRENT_MODIFICATION"`, live.Uncertain, 1},
		{"the user is gone", "add", 400, "ResourceNotFoundException", `,"ResourceType":"USER"`, live.Missing, 1},
		{"the group is gone", "add", 400, "ResourceNotFoundException", `,"ResourceType":"GROUP"`, live.Missing, 1},
		{"the store is elsewhere", "add", 400, "ResourceNotFoundException", `,"ResourceType":"IDENTITY_STORE"`, live.WrongPlace, 1},
		{"invalid", "add", 400, "ValidationException", "", live.Refused, 1},
		{"the quota is reached", "add", 402, "ServiceQuotaExceededException", "", live.Refused, 1},
		{"not allowed", "add", 400, "AccessDeniedException", "", live.Denied, 1},
		{"an error that nobody knows stops all", "add", 400, "TeapotException", "", live.Denied, 1},
		{"throttled: sent again as long as there is patience", "add", 429, "ThrottlingException", `,"RetryAfterSeconds":1`, live.Throttled, 4},
		{"AWS failed: nobody knows", "add", 500, "InternalServerException", "", live.Uncertain, 1},
		{"the answer is lost: nobody knows", "add", 0, "", "", live.Uncertain, 1},
		{"removed", "remove", 200, "none", "", "", 1},
		{"out of it already", "remove", 400, "ResourceNotFoundException", `,"ResourceType":"GROUP_MEMBERSHIP"`, "", 1},
		{"AWS failed while removing", "remove", 500, "InternalServerException", "", live.Uncertain, 1},
		{"a group is gone", "members", 400, "ResourceNotFoundException", `,"ResourceType":"GROUP"`, live.Missing, 1},
		{"reading is tried again", "members", 500, "InternalServerException", "", live.Refused, 4},
		{"an answer without the list", "members", 200, "none", "", live.Malformed, 4},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var sent atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				if row.kind == "" {
					panic(http.ErrAbortHandler)
				}
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				w.WriteHeader(row.status)
				_, _ = fmt.Fprintf(w, `{"__type":%q,"Message":"a message with the-secret"%s}`, row.kind, row.more)
			}))
			defer s.Close()
			cfg := aws.Config{Region: "us-east-2", BaseEndpoint: &s.URL, Credentials: credentials.NewStaticCredentialsProvider("AKID", "the-secret", ""),
				Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
			target := identitystore.New(awsaccess.New("the test", cfg), store, identitystore.Options{Caller: &awsaccess.Caller{Attempts: 4,
				Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}})
			var err error
			switch row.call {
			case "add":
				err = target.Add(t.Context(), group, []string{user})
			case "remove":
				err = target.Remove(t.Context(), group, map[string]string{user: "30000000-0000-4000-8000-000000000001"})
			default:
				_, err = target.Members(t.Context(), group)
			}
			var kind live.Kind
			if p, ok := errors.AsType[*live.Problem](err); ok {
				kind = p.Kind
			}
			if kind != row.want || (err == nil) != (row.want == "") {
				t.Errorf("kind %q: %v", kind, err)
			}
			if sent.Load() != row.sent {
				t.Errorf("sent %d times", sent.Load())
			}
			if err != nil && strings.Contains(err.Error(), "the-secret") {
				t.Errorf("it quotes what AWS said: %v", err)
			}
		})
	}
}
