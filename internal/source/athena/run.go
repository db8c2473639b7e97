package athena

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/engine"
)

// pageRows is the most rows that a page of GetQueryResults has.
const pageRows = 1000

// reruns is how often a query is started anew that failed for no fault of its own.
const reruns = 2

// Run implements engine.Runner.
func (s *Source) Run(ctx context.Context, st engine.Statement, yield func([]string) error) (int64, error) {
	pending, err := engine.LoadPending(ctx, s.query, st.Key)
	if err != nil {
		return 0, err
	}
	for try := 0; ; try++ {
		if pending.ID == "" {
			if pending.ID, err = s.start(ctx, st, pending); err != nil {
				return 0, err
			}
		}
		done, again, err := s.wait(ctx, st, pending.ID)
		read := int64(0)
		if done != nil && done.Statistics != nil {
			read = aws.ToInt64(done.Statistics.DataScannedInBytes)
		}
		if err == nil {
			return read, s.answer(ctx, pending.ID, yield)
		}
		// It ended without an answer, or was cancelled: nothing is left to go on with.
		if forget := engine.ForgetPending(ctx, s.query, st.Key); forget != nil {
			return read, forget
		}
		if !again || try >= reruns || ctx.Err() != nil {
			return read, err
		}
		if err := s.opts.Sleep(ctx, s.caller.Backoff.After(try+1)); err != nil {
			return read, err
		}
		if pending, err = engine.LoadPending(ctx, s.query, st.Key); err != nil {
			return read, err
		}
	}
}

// Forget implements engine.Runner.
func (s *Source) Forget(ctx context.Context, keys []string) error {
	return engine.ForgetPending(ctx, s.query, keys...)
}

// start starts the query and returns its id. The token is kept first: when the
// program dies in between, the same token brings the same query back.
func (s *Source) start(ctx context.Context, st engine.Statement, pending engine.Pending) (string, error) {
	if err := pending.Save(ctx, s.query, st.Key); err != nil {
		return "", err
	}
	in := &athena.StartQueryExecutionInput{
		QueryString: &st.SQL, WorkGroup: &s.opts.Workgroup, ClientRequestToken: &pending.Token,
		QueryExecutionContext: &types.QueryExecutionContext{Catalog: &s.name.Catalog, Database: &s.name.Database},
	}
	if s.opts.Results != "" {
		in.ResultConfiguration = &types.ResultConfiguration{OutputLocation: &s.opts.Results}
	}
	out, err := awsaccess.Call(ctx, s.caller, func(ctx context.Context) (*athena.StartQueryExecutionOutput, error) {
		out, err := s.api.StartQueryExecution(ctx, in)
		if err == nil && aws.ToString(out.QueryExecutionId) == "" {
			err = awsaccess.Incomplete
		}
		return out, err
	})
	if err != nil {
		return "", s.explain(ctx, err, s.doing())
	}
	pending.ID = *out.QueryExecutionId
	return pending.ID, pending.Save(context.WithoutCancel(ctx), s.query, st.Key)
}

// wait waits until the query has succeeded; it cancels one that reads too much,
// or that nobody waits for any more. again says that it may be started anew.
func (s *Source) wait(ctx context.Context, st engine.Statement, id string) (_ *types.QueryExecution, again bool, err error) {
	for n := 0; ; n++ {
		out, err := awsaccess.Call(ctx, s.caller, func(ctx context.Context) (*athena.GetQueryExecutionOutput, error) {
			out, err := s.api.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &id})
			if err == nil && (out.QueryExecution == nil || out.QueryExecution.Status == nil) {
				err = awsaccess.Incomplete
			}
			return out, err
		})
		if err != nil {
			if ctx.Err() != nil {
				s.stop(ctx, id)
				return nil, false, ctx.Err()
			}
			return nil, unknownQuery(err), s.explain(ctx, err, s.doing())
		}
		q := out.QueryExecution
		read := int64(0)
		if q.Statistics != nil {
			read = aws.ToInt64(q.Statistics.DataScannedInBytes)
		}
		switch q.Status.State {
		case types.QueryExecutionStateSucceeded:
			return q, false, nil
		case types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
			return q, q.Status.State == types.QueryExecutionStateFailed && q.Status.AthenaError != nil && q.Status.AthenaError.Retryable, s.ended(q)
		}
		if st.Limit > 0 && read > st.Limit {
			s.stop(ctx, id)
			return q, false, engine.OverLimit(s.doing(), read, st.Limit)
		}
		if err := s.opts.Sleep(ctx, engine.Poll(n)); err != nil {
			s.stop(ctx, id)
			return q, false, err
		}
	}
}

// stop cancels a query, within a moment and whatever became of the context.
func (s *Source) stop(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// When it fails, the query ends by itself; there is nothing to be done about it.
	_, _ = s.api.StopQueryExecution(ctx, &athena.StopQueryExecutionInput{QueryExecutionId: &id})
}

// answer reads the answer page by page.
func (s *Source) answer(ctx context.Context, id string, yield func([]string) error) error {
	given, again := 0, true
	for {
		expired, err := s.pages(ctx, id, &given, yield)
		if !expired || !again || ctx.Err() != nil {
			return err
		}
		again = false // once more from the beginning; what was given is passed over
	}
}

// pages reads the pages of the answer and passes over the rows that were given
// before. expired says that a token in the middle was not known any more.
func (s *Source) pages(ctx context.Context, id string, given *int, yield func([]string) error) (expired bool, err error) {
	var token *string
	for row := 0; ; {
		out, err := awsaccess.Call(ctx, s.caller, func(ctx context.Context) (*athena.GetQueryResultsOutput, error) {
			out, err := s.api.GetQueryResults(ctx, &athena.GetQueryResultsInput{QueryExecutionId: &id, NextToken: token, MaxResults: aws.Int32(pageRows)})
			if err == nil && out.ResultSet == nil {
				err = awsaccess.Incomplete
			}
			return out, err
		})
		if err != nil {
			return token != nil && badToken(err), s.explain(ctx, err, "reading the answer of the Athena table "+s.name.spoken())
		}
		for i, r := range out.ResultSet.Rows {
			cells := make([]string, len(r.Data))
			for j, cell := range r.Data {
				cells[j] = aws.ToString(cell.VarCharValue)
			}
			if token == nil && i == 0 && slices.Equal(cells, engine.Columns) {
				continue // the first page begins with the names of the columns
			}
			if row++; row <= *given {
				continue
			}
			*given = row
			if err := yield(cells); err != nil {
				return false, err
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return false, nil
		}
		token = out.NextToken
	}
}
