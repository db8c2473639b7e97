package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/intake"
	"github.com/scimtrail/scimtrail/internal/live"
)

// What S3 takes for requests in its Standard class in us-east-1, in US dollars
// (https://aws.amazon.com/s3/pricing/, November 2026); other Regions take up to
// twice that.
const (
	dollarsPerGet  = 0.0004 / 1000
	dollarsPerList = 0.005 / 1000
)

// What an estimate of the time rests on: an answer of S3 begins after some 30 ms
// within a Region, and a machine unpacks and searches about this much as stored.
const (
	perAnswer   = 30 * time.Millisecond
	bytesSecond = 60 << 20
	keysAPage   = 1000
)

// maxPlanned is how many pages are listed to count; what follows is not.
const maxPlanned = 1000

var errEnough = errors.New("enough was counted")

// Plan counts what Collect would fetch, by listing it.
func (s *Source) Plan(ctx context.Context) (live.Plan, error) {
	plan := live.Plan{Source: s.name()}
	l, err := s.explore(ctx)
	if err != nil {
		return plan, err
	}
	note := func(text string) { plan.Notes = append(plan.Notes, text) }
	areas, err := s.areas(ctx, l, note)
	if err != nil {
		return plan, err
	}
	if _, err := s.resume(ctx, areas); err != nil {
		return plan, err
	}
	only := s.only()
	if s.o.Verify {
		only = widened(only)
	}
	logs, bytes, cut, err := s.count(ctx, areas, &only)
	if err != nil {
		return plan, err
	}
	digests := 0
	if s.o.Verify {
		var trees []area
		for _, t := range digestTrees(areas) {
			trees = append(trees, area{tree: t})
		}
		var more int64
		var cutToo bool
		if digests, more, cutToo, err = s.count(ctx, trees, &only); err != nil {
			return plan, err
		}
		bytes, cut = bytes+more, cut || cutToo
	}
	lists := l.listed + len(areas) + (logs+digests)/keysAPage
	plan.Calls, plan.Bytes = lists+logs+digests, bytes
	plan.CostUSD = float64(lists)*dollarsPerList + float64(logs+digests)*dollarsPerGet
	answers := time.Duration(logs+digests) * perAnswer / time.Duration(s.o.Parallel)
	plan.Duration = (answers + time.Duration(float64(bytes)/bytesSecond*float64(time.Second))).Round(100 * time.Millisecond)
	plan.What = s.what(areas, logs, digests, &only)
	plan.Permissions = s.permissions(areas)
	if cut {
		note(fmt.Sprintf("counting stopped after %d objects: there are more", logs+digests))
	}
	note("the price is that of the requests in us-east-1; what leaves AWS, or the bucket's Region, costs extra by the gigabyte")
	note(fmt.Sprintf("the time is reckoned with %d downloads at once, %v an answer and %d MB a second", s.o.Parallel, perAnswer, bytesSecond>>20))
	return plan, nil
}

// count lists what would be fetched.
func (s *Source) count(ctx context.Context, areas []area, only *intake.Only) (n int, bytes int64, cut bool, err error) {
	err = s.walk(ctx, areas, only, func(_ int, o object) error {
		n, bytes = n+1, bytes+o.size
		if n >= maxPlanned*keysAPage {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return n, bytes, true, nil
	}
	return n, bytes, false, err
}

func (s *Source) what(areas []area, logs, digests int, only *intake.Only) []string {
	what := fmt.Sprintf("%d log files in %s", logs, s.name())
	if areas[0].flat {
		what = fmt.Sprintf("%d objects in %s, which has no folders of a trail", logs, s.name())
	} else {
		var places []string
		seen := map[string]bool{}
		for _, a := range areas {
			if name := a.place.Account + " " + a.place.Region; !seen[name] {
				seen[name] = true
				places = append(places, name)
			}
		}
		what += " of " + list(some(places, 10))
		when := only.Deliveries()
		if !when.From.IsZero() {
			what += ", delivered from " + when.From.UTC().Format(time.RFC3339)
		}
		what += ", delivered until " + when.To.UTC().Format(time.RFC3339)
	}
	out := []string{what}
	if s.o.Verify {
		out = append(out, fmt.Sprintf("%d digests of the same time, and the public keys to check them with", digests))
	}
	return out
}

// permissions are the least that Collect needs.
func (s *Source) permissions(areas []area) []live.Permission {
	partition := "aws"
	for _, a := range areas {
		switch {
		case strings.HasPrefix(a.place.Region, "cn-"):
			partition = "aws-cn"
		case strings.HasPrefix(a.place.Region, "us-gov-"):
			partition = "aws-us-gov"
		}
	}
	arn := "arn:" + partition + ":s3:::" + s.o.Bucket
	out := []live.Permission{
		{Action: "s3:ListBucket", Resource: arn, IAM: true, Why: fmt.Sprintf("to find and list the log files; a condition StringLike on s3:prefix may narrow it to %q", s.o.Prefix+"*")},
		{Action: "s3:GetObject", Resource: arn + "/" + s.o.Prefix + "*", IAM: true, Why: "to read the log files"},
		{Action: "kms:Decrypt", Resource: "the KMS key of the trail", Why: "only when the trail encrypts its files with a KMS key; the key's own policy must allow it too"},
	}
	if s.o.Verify {
		out = append(out, live.Permission{Action: "cloudtrail:ListPublicKeys", Resource: "*", IAM: true, Why: "to check the signatures of the digests"})
	}
	return out
}
