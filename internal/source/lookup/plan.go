package lookup

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Plan asks for one page of every walk and reckons from how much time it spans how
// many pages there are.
func (s *Source) Plan(ctx context.Context) (live.Plan, error) {
	plan := live.Plan{Source: "lookup://" + s.o.Region, Permissions: s.permissions()}
	histories, notes, err := s.open(ctx)
	if err != nil {
		return plan, err
	}
	plan.Notes = notes
	calls := 0.0
	for _, h := range histories {
		// Each account has its own two calls a second, so accounts cost no more time.
		own := 0.0
		for _, source := range s.o.Sources {
			w := newWalk(h, source, nil, 0)
			before, err := w.journal.load(ctx)
			if err != nil {
				return plan, err
			}
			if w.asked.Empty() {
				continue
			}
			plan.What = append(plan.What, fmt.Sprintf("events of %s in %s from %s to %s", source, h.where(),
				w.asked.From.Format(time.RFC3339), w.asked.To.Format(time.RFC3339)))
			pages, err := w.pages(ctx)
			if err != nil {
				return plan, h.explain(ctx, err)
			}
			open := 0.0
			for _, gap := range before.Gaps(w.asked) {
				open += float64(gap.Length())
			}
			own += max(1, math.Ceil(pages*open/max(1, float64(w.asked.Length()))))
		}
		calls += own
		plan.Duration = max(plan.Duration, time.Duration(own/perSecond*float64(time.Second)))
	}
	plan.Calls = int(min(calls, math.MaxInt32))
	plan.Notes = append(plan.Notes,
		"The number of calls is reckoned from the newest page of each event source, as if events came evenly.",
		"LookupEvents costs nothing; it answers 2 calls a second for an account and Region, whoever calls.",
		"It reaches 90 days back, and its newest 15 minutes are not claimed as complete, since events appear late.",
		"API and console calls are recorded in the caller's account: delegated administrators need a profile or a role each.")
	return plan, nil
}

// pages estimates how many pages the span asked for holds.
func (w *walk) pages(ctx context.Context) (float64, error) {
	out, err := w.h.call(ctx, &api.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventSource, AttributeValue: &w.source}},
		StartTime:        &w.asked.From, EndTime: &w.asked.To, MaxResults: aws.Int32(pageSize),
	})
	if err != nil {
		return 0, err
	}
	if out.NextToken == nil || len(out.Events) == 0 {
		return 1, nil
	}
	spanned := w.asked.To.Sub(aws.ToTime(out.Events[len(out.Events)-1].EventTime))
	return float64(w.asked.Length()) / float64(max(spanned, time.Second)), nil
}

func (s *Source) permissions() []live.Permission {
	out := []live.Permission{{Action: "cloudtrail:LookupEvents", Resource: "*", Why: "to read the Event history", IAM: true}}
	for _, a := range s.o.Accesses {
		if a.Role != "" {
			out = append(out, live.Permission{Action: "sts:AssumeRole", Resource: a.Role, Why: "to look into its account", IAM: true})
		}
	}
	return out
}

// recipient returns recipientAccountId of a record, "" when it has none.
func recipient(record string) string {
	var fields struct {
		RecipientAccountID string `json:"recipientAccountId"`
	}
	if json.Unmarshal([]byte(record), &fields) != nil {
		return ""
	}
	return fields.RecipientAccountID
}
