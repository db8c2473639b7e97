package upstreamtest_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/entra"
	"github.com/scimtrail/scimtrail/internal/source/identitystore"
	"github.com/scimtrail/scimtrail/internal/source/lookup"
	"github.com/scimtrail/scimtrail/internal/source/okta"
	"github.com/scimtrail/scimtrail/internal/source/sailpoint"
	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

// traced asks every hop of a stage for Ann and the group, and answers.
func traced(t *testing.T, s *upstreamtest.Stage, withLog bool) (a *diagnose.Answer, awsCalls int64) {
	t.Helper()
	clock := func() time.Time { return s.AWS.Now().Add(time.Hour) } // what was logged has been delivered
	counts := new(live.Progress)
	q := live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group, Now: clock}
	onAWS := q
	onAWS.Progress = counts
	b := casefile.NewBuilder(actor.Default())
	collect := func(src live.Source, err error) {
		t.Helper()
		if err == nil {
			err = src.Collect(t.Context(), b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	access := awsaccess.New("the test", aws.Config{
		Region: s.AWS.Region, BaseEndpoint: aws.String(s.AWS.URL),
		Credentials: credentials.NewStaticCredentialsProvider(s.AWS.AccessKeyID, s.AWS.SecretAccessKey, ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	atOnce := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	list := []awsaccess.Access{access}
	collect(identitystore.New(identitystore.Options{Accesses: list, Region: s.AWS.Region, Store: s.AWS.IdentityStoreID, Query: onAWS, Sleep: atOnce}), nil)
	awsCalls = counts.Calls.Load()
	if withLog {
		collect(lookup.New(lookup.Options{Accesses: list, Region: s.AWS.Region, Query: q, Sleep: atOnce}), nil)
	}
	q.Now = s.Now
	o, _ := okta.ParseName(s.OktaName())
	collect(okta.New(okta.Options{Name: o, Query: q, Environment: s.Environment(), Sleep: atOnce}))
	p, _ := sailpoint.ParseName(s.SailPointName())
	collect(sailpoint.New(sailpoint.Options{Name: p, Query: q, Environment: s.Environment(), Sleep: atOnce}))
	e, _ := entra.ParseName(s.EntraName())
	collect(entra.New(entra.Options{Name: e, Query: q, Environment: s.Environment(), Sleep: atOnce}))
	c := b.Build()
	a, err := diagnose.User(c, ledger.Build(c), upstreamtest.Ann, upstreamtest.Group)
	if err != nil {
		t.Fatal(err)
	}
	return a, awsCalls
}

func hopsOf(a *diagnose.Answer) string {
	var b strings.Builder
	for _, h := range a.Hops {
		fmt.Fprintf(&b, "  %-8s %-12s %-28s %s\n", h.State, h.ID, h.Cause, h.Reason)
	}
	return b.String()
}

func TestTheTraceNamesTheBreak(t *testing.T) {
	t.Parallel()
	breaks := upstreamtest.Breaks()
	for _, name := range slices.Sorted(maps.Keys(breaks)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := breaks[name]
			s := upstreamtest.New(t).Play(t.Context(), t, idcentertest.New(t), b)
			a, calls := traced(t, s, true)
			if calls > 8 {
				t.Errorf("%d calls of AWS; at most 8", calls)
			}
			if name == "healthy" {
				if at := diagnose.BrokenAt(a.Hops); at != nil && at.ID != "grant" || a.Verdict.Status != diagnose.Healthy {
					t.Errorf("nothing is wrong, and the trace says %s (%s)\n%s", a.Verdict.Cause, a.Verdict.Status, hopsOf(a))
				}
				return
			}
			if a.Verdict.Cause != b.Slug || a.Verdict.Status != diagnose.Established {
				t.Errorf("%s.\nThe trace says %s (%s): %s\n%s", b.Does, a.Verdict.Cause, a.Verdict.Status, a.Verdict.Summary, hopsOf(a))
			}
		})
	}
}
