package athena

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/smithy-go"

	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/live"
)

// message returns what Athena says of a request that it refuses, "" otherwise.
func message(err error) string {
	if _, ok := errors.AsType[*types.InvalidRequestException](err); !ok {
		return ""
	}
	api, _ := errors.AsType[smithy.APIError](err)
	return api.ErrorMessage()
}

// unknownQuery reports whether Athena has forgotten a query, as after 45 days.
func unknownQuery(err error) bool {
	text := message(err)
	return strings.Contains(text, "QueryExecution") && strings.Contains(text, "not found")
}

func badToken(err error) bool { return strings.Contains(strings.ToLower(message(err)), "token") }

// explain reads Athena's own refusals; the rest is as everywhere in AWS.
func (s *Source) explain(ctx context.Context, err error, doing string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p := &live.Problem{Kind: live.Refused, Doing: doing, Err: err}
	text := strings.ToLower(message(err))
	switch {
	case is[*types.MetadataException](err), strings.Contains(text, "entitynotfound"):
		p.Kind, p.Reason, p.Next = live.Missing, "there is no such catalogue, database or table in this account and Region", "check the names and --region; `scimtrail collect --print-ddl athena` defines a table"
		if refused := s.access.Explain(err, doing); strings.Contains(strings.ToLower(apiMessage(err)), "not authorized") || refused.Kind == live.Denied {
			p.Kind, p.Reason, p.Permission, p.Next = live.Denied, "access to the table's description is denied", "glue:GetTable", "print the least policy with `scimtrail collect --plan`"
		}
	case strings.Contains(text, "output location"):
		p.Reason, p.Next = "the workgroup "+s.opts.Workgroup+" has no place for results", "name one with --results s3://BUCKET/PREFIX, or another workgroup with --workgroup"
	case strings.Contains(text, "workgroup") && (strings.Contains(text, "not found") || strings.Contains(text, "disabled")):
		p.Kind, p.Reason, p.Next = live.Missing, "there is no workgroup "+s.opts.Workgroup+", or it is disabled", "name one with --workgroup"
	case text != "":
		p.Reason, p.Next = "Athena refuses the request: "+engine.Short(message(err)), ""
	default:
		return s.access.Explain(err, doing)
	}
	return p
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func apiMessage(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorMessage()
	}
	return ""
}

// ended says why a query ended without an answer. The texts are those of Athena's
// StateChangeReason (https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
// and the knowledge base beside it).
func (s *Source) ended(q *types.QueryExecution) error {
	reason := aws.ToString(q.Status.StateChangeReason)
	if reason == "" && q.Status.AthenaError != nil {
		reason = aws.ToString(q.Status.AthenaError.ErrorMessage)
	}
	p := &live.Problem{Kind: live.Refused, Doing: s.doing(), Reason: "the query failed: " + engine.Short(reason)}
	switch lower := strings.ToLower(reason); {
	case strings.Contains(lower, "bytes scanned limit"):
		p.Kind, p.Reason = live.TooExpensive, "the workgroup's limit of bytes for a query was reached"
		p.Next = "ask for a shorter time with --since and --until, name one account and Region, or use another workgroup"
	case q.Status.State == types.QueryExecutionStateCancelled:
		p.Reason, p.Next = "somebody cancelled the query", "run it again"
	case strings.Contains(lower, "access denied"), strings.Contains(lower, "insufficient permission"), strings.Contains(lower, "insufficient lake formation"):
		p.Kind, p.Permission = live.Denied, "s3:GetObject on the trail's bucket (or kms:Decrypt on its key, or Lake Formation's SELECT)"
		p.Next = "print the least policy with `scimtrail collect --plan`"
	case strings.Contains(lower, "does not exist"):
		p.Kind, p.Next = live.Missing, "check the names and --region"
	case strings.Contains(lower, "injected"):
		p.Next = "name the account with --account and the Region with --region"
	case strings.Contains(lower, "exhausted"), strings.Contains(lower, "timed out"), strings.Contains(lower, "timeout"):
		p.Next = "ask for a shorter time with --since and --until, or for one account and Region"
	case strings.Contains(lower, "hive_bad_data"), strings.Contains(lower, "hive_cursor_error"):
		p.Next = "the table's definition does not fit its files; compare it with `scimtrail collect --print-ddl athena`"
	}
	return p
}
