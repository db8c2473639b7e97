package lake

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/live"
)

// perByte is what Lake takes for reading a byte: 0.005 USD for a gigabyte
// (https://aws.amazon.com/cloudtrail/pricing/).
const perByte = 0.005 / 1e9

// longest is how many characters a statement may have (cloudtrail reference 5.1).
const longest = 10_000

// Options say how an event data store is asked.
type Options struct {
	MaxBytes int64 // that may be read; 0 for any
	Sleep    func(context.Context, time.Duration) error
}

// Source is an event data store. It implements live.Source.
type Source struct {
	name   Name
	opts   Options
	query  live.Query
	access awsaccess.Access
	caller awsaccess.Caller
	api    *cloudtrail.Client
}

var _ live.Source = (*Source)(nil)

// New returns the source, asked with the access's credentials in the Region of the
// name.
func New(access awsaccess.Access, name Name, opts Options, q live.Query) *Source {
	access = access.In(name.Region)
	if opts.Sleep == nil {
		opts.Sleep = live.Sleep
	}
	s := &Source{name: name, opts: opts, query: q, access: access, caller: access.Caller(), api: cloudtrail.NewFromConfig(access.Config)}
	s.caller.Sleep, s.caller.Progress = opts.Sleep, q.Progress
	return s
}

func (s *Source) doing() string {
	return "asking the event data store " + s.name.Store + " of CloudTrail Lake in " + s.name.Region
}

// columns are those of Lake that the SQL needs; eventjson has the whole record
// (cloudtrail reference 5.1). A store is read by the time of its events.
var columns = []engine.Column{
	{Name: "eventtime", Type: "timestamp"}, {Name: "eventsource", Type: "varchar"}, {Name: "eventname", Type: "varchar"},
	{Name: "awsregion", Type: "varchar"}, {Name: "recipientaccountid", Type: "varchar"}, {Name: "eventjson", Type: "varchar"},
}

// walk needs no look at the store: all have the same columns. Their id stands
// unquoted behind FROM, which its form allows.
func (s *Source) walk() *engine.Walk {
	return &engine.Walk{Dialect: engine.Lake, Table: engine.Table{From: s.name.Store, Columns: columns},
		Source: s.name.String(), Doing: s.doing(), Query: s.query, Runner: s, MaxBytes: s.opts.MaxBytes, PerByte: perByte}
}

// Collect implements live.Source.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	s.query.Progress.Doing(s.doing())
	return s.walk().Collect(ctx, sink)
}

// Plan implements live.Source. It calls nothing.
func (s *Source) Plan(ctx context.Context) (live.Plan, error) {
	p, err := s.walk().Plan(ctx)
	partition := "aws"
	switch {
	case strings.HasPrefix(s.name.Region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(s.name.Region, "us-gov-"):
		partition = "aws-us-gov"
	}
	arn := fmt.Sprintf("arn:%s:cloudtrail:%s:*:eventdatastore/%s", partition, s.name.Region, s.name.Store)
	for _, one := range []struct{ action, why string }{
		{"cloudtrail:StartQuery", "to ask"}, {"cloudtrail:DescribeQuery", "to wait for the answer"},
		{"cloudtrail:GetQueryResults", "to read the answer (and kms:Decrypt and kms:GenerateDataKey, where the store has a key)"},
		{"cloudtrail:CancelQuery", "to cancel the query when interrupted"},
	} {
		p.Permissions = append(p.Permissions, live.Permission{Action: one.action, Resource: arn, Why: one.why, IAM: true})
	}
	p.Notes = append(p.Notes, "CloudTrail Lake takes no new customers since 31 May 2026; who had a store keeps it")
	return p, err
}

// Forget implements engine.Runner.
func (s *Source) Forget(ctx context.Context, keys []string) error {
	return engine.ForgetPending(ctx, s.query, keys...)
}

// Run implements engine.Runner.
func (s *Source) Run(ctx context.Context, st engine.Statement, yield func([]string) error) (int64, error) {
	if len(st.SQL) > longest {
		return 0, &live.Problem{Kind: live.Refused, Doing: s.doing(), Reason: fmt.Sprintf("the query is longer than the %d characters that Lake takes", longest)}
	}
	pending, err := engine.LoadPending(ctx, s.query, st.Key)
	if err != nil {
		return 0, err
	}
	resumed := pending.ID != ""
	for {
		if pending.ID == "" {
			if pending.ID, err = s.start(ctx, st, pending); err != nil {
				return 0, err
			}
		}
		read, err := s.wait(ctx, st, pending.ID)
		if err == nil {
			return read, s.answer(ctx, pending.ID, yield)
		}
		if forget := engine.ForgetPending(ctx, s.query, st.Key); forget != nil {
			return read, forget
		}
		if !resumed || !is[*types.QueryIdNotFoundException](err) {
			return read, err
		}
		resumed, pending.ID = false, "" // Lake has forgotten what we remember
	}
}

// start starts the query and returns its id. Lake knows no token that makes two
// starts one: a program that dies right here leaves a query that nobody reads.
func (s *Source) start(ctx context.Context, st engine.Statement, pending engine.Pending) (string, error) {
	// A start that is not answered is not sent again: it would run, and be paid for,
	// twice.
	caller := s.caller
	for n := 1; ; n++ {
		caller.Attempts = 1
		out, err := awsaccess.Call(ctx, caller, func(ctx context.Context) (*cloudtrail.StartQueryOutput, error) {
			out, err := s.api.StartQuery(ctx, &cloudtrail.StartQueryInput{QueryStatement: &st.SQL})
			if err == nil && aws.ToString(out.QueryId) == "" {
				err = awsaccess.Incomplete
			}
			return out, err
		})
		if err == nil {
			pending.ID = *out.QueryId
			return pending.ID, pending.Save(context.WithoutCancel(ctx), s.query, st.Key)
		}
		if !notTaken(err) || n == startAttempts {
			return "", s.explain(ctx, err, s.doing())
		}
		if s.query.Progress != nil {
			s.query.Progress.Retries.Add(1)
			s.query.Progress.Throttled.Add(1)
		}
		if err := s.opts.Sleep(ctx, s.caller.Backoff.After(n)); err != nil {
			return "", err
		}
	}
}

// startAttempts is how often a start is tried that Lake says it did not take: ten
// queries at once are allowed (cloudtrail reference 5.1).
const startAttempts = 12

// wait waits until the query has finished; it cancels one that reads too much, or
// that nobody waits for any more.
func (s *Source) wait(ctx context.Context, st engine.Statement, id string) (read int64, err error) {
	for n := 0; ; n++ {
		out, err := awsaccess.Call(ctx, s.caller, func(ctx context.Context) (*cloudtrail.DescribeQueryOutput, error) {
			out, err := s.api.DescribeQuery(ctx, &cloudtrail.DescribeQueryInput{QueryId: &id})
			if err == nil && out.QueryStatus == "" {
				err = awsaccess.Incomplete
			}
			return out, err
		})
		if err != nil {
			if ctx.Err() != nil {
				s.cancel(ctx, id)
			}
			return read, s.explain(ctx, err, s.doing())
		}
		if out.QueryStatistics != nil {
			read = max(read, aws.ToInt64(out.QueryStatistics.BytesScanned))
		}
		switch out.QueryStatus {
		case types.QueryStatusFinished:
			return read, nil
		case types.QueryStatusFailed, types.QueryStatusCancelled, types.QueryStatusTimedOut:
			return read, s.ended(out.QueryStatus, aws.ToString(out.ErrorMessage))
		}
		if st.Limit > 0 && read > st.Limit {
			s.cancel(ctx, id)
			return read, engine.OverLimit(s.doing(), read, st.Limit)
		}
		if err := s.opts.Sleep(ctx, engine.Poll(n)); err != nil {
			s.cancel(ctx, id)
			return read, err
		}
	}
}

// cancel cancels a query, within a moment and whatever became of the context.
func (s *Source) cancel(ctx context.Context, id string) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	// When it fails, the query ends by itself; there is nothing to be done about it.
	_, _ = s.api.CancelQuery(ctx, &cloudtrail.CancelQueryInput{QueryId: &id})
}
