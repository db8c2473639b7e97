package lake

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/live"
)

// pageRows is the most rows that a page of GetQueryResults has.
const pageRows = 1000

// answer reads the answer page by page; once more from the beginning, passing over
// what was given, when a token was not known any more.
func (s *Source) answer(ctx context.Context, id string, yield func([]string) error) error {
	given := 0
	err := s.pages(ctx, id, &given, yield)
	if is[*types.InvalidNextTokenException](err) {
		err = s.pages(ctx, id, &given, yield)
	}
	return err
}

func (s *Source) pages(ctx context.Context, id string, given *int, yield func([]string) error) error {
	doing := "reading the answer of the event data store " + s.name.Store
	var token *string
	for row := 0; ; {
		out, err := awsaccess.Call(ctx, s.caller, func(ctx context.Context) (*cloudtrail.GetQueryResultsOutput, error) {
			out, err := s.api.GetQueryResults(ctx, &cloudtrail.GetQueryResultsInput{QueryId: &id, NextToken: token, MaxQueryResults: aws.Int32(pageRows)})
			if err == nil && out.QueryStatus == "" {
				err = awsaccess.Incomplete
			}
			return out, err
		})
		if err != nil {
			return s.explain(ctx, err, doing)
		}
		if out.QueryStatus != types.QueryStatusFinished {
			return s.ended(out.QueryStatus, aws.ToString(out.ErrorMessage))
		}
		for _, r := range out.QueryResultRows {
			if row++; row <= *given {
				continue
			}
			*given = row
			cells, err := cellsOf(r)
			if err != nil {
				return &live.Problem{Kind: live.Malformed, Doing: doing, Reason: err.Error(), Err: err}
			}
			if err := yield(cells); err != nil {
				return err
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return nil
		}
		token = out.NextToken
	}
}

// cellsOf puts the one-key maps of a row in the order of the columns. A column
// that is missing is null: Lake leaves it out.
func cellsOf(row []map[string]string) ([]string, error) {
	cells := make([]string, len(engine.Columns))
	for _, one := range row {
		for name, value := range one {
			known := false
			for i, column := range engine.Columns {
				if strings.EqualFold(name, column) {
					cells[i], known = value, true
				}
			}
			if !known {
				return nil, errors.New("the answer has a column that was not asked for")
			}
		}
	}
	for i, name := range engine.Columns {
		if cells[i] == "null" && name != "record" {
			cells[i] = ""
		}
	}
	return cells, nil
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// notTaken reports whether Lake says that it did not take a start.
func notTaken(err error) bool {
	return is[*types.MaxConcurrentQueriesException](err) || awsaccess.Explain(err, "").Kind == live.Throttled
}

func (s *Source) explain(ctx context.Context, err error, doing string) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p := &live.Problem{Kind: live.Refused, Doing: doing, Err: err}
	switch {
	case is[*types.EventDataStoreNotFoundException](err), is[*types.EventDataStoreARNInvalidException](err):
		p.Kind, p.Reason, p.Next = live.Missing, "there is no such event data store in this account and Region", "list them with `aws cloudtrail list-event-data-stores --region "+s.name.Region+"`"
	case is[*types.InactiveEventDataStoreException](err):
		p.Kind, p.Reason, p.Next = live.Missing, "the event data store is to be deleted, and not asked any more", "restore it with `aws cloudtrail restore-event-data-store`, within seven days of its deletion"
	case is[*types.MaxConcurrentQueriesException](err):
		p.Kind, p.Reason, p.Next = live.Throttled, "ten queries are running already", "run it again later"
	case is[*types.QueryIdNotFoundException](err):
		p.Kind, p.Reason, p.Next = live.Missing, "Lake does not know the query any more", "run it again"
	case is[*types.InvalidNextTokenException](err):
		p.Kind, p.Reason, p.Next = live.Malformed, "Lake does not know its own page any more", "run it again"
	case is[*types.UnsupportedOperationException](err), is[*types.OperationNotPermittedException](err):
		p.Reason, p.Next = "CloudTrail Lake is not there for this account or Region", "take lookup://"+s.name.Region+" or the trail's bucket instead"
	case is[*types.InvalidQueryStatementException](err):
		p.Reason = "Lake does not take the query, which is a fault of this program"
	default:
		return s.access.Explain(err, doing)
	}
	return p
}

// ended says why a query ended without an answer.
func (s *Source) ended(status types.QueryStatus, message string) error {
	p := &live.Problem{Kind: live.Refused, Doing: s.doing(), Reason: "the query ended as " + engine.Short(string(status)), Next: "run it again"}
	if message != "" {
		p.Reason += ": " + engine.Short(message)
	}
	switch status {
	case types.QueryStatusCancelled:
		p.Reason = "somebody cancelled the query"
	case types.QueryStatusTimedOut:
		p.Reason, p.Next = "the query took longer than the hour that Lake gives it", "ask for a shorter time with --since and --until"
	}
	return p
}
