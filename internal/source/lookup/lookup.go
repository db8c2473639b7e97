// Package lookup fetches identity events from CloudTrail's Event history, through
// LookupEvents: what is there without a trail, for 90 days, of one account and
// Region at a time (cloudtrail reference 3).
//
// A call takes one attribute, so each event source is a walk of its own. A walk goes
// from the newest event to the oldest; what it has passed is claimed as covered,
// bit by bit, and nothing else is.
package lookup

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
)

const (
	// Channel is the channel of the coverage, and the kind of the input.
	Channel = "lookup-events"
	// Retention is how far back LookupEvents reaches (cloudtrail reference 3.4).
	Retention = 90 * 24 * time.Hour
	// Lag is how much of the newest time is not claimed, since its events may not
	// be visible yet. AWS documents about 5 minutes on average and guarantees
	// nothing; older AWS material says up to 15 minutes, which is taken here
	// (cloudtrail reference 3.4).
	Lag = 15 * time.Minute
	// perSecond is what an account may call in a Region, all callers together
	// (cloudtrail reference 3.4).
	perSecond = 2
)

// Options says whose Event history is fetched, and what of it.
type Options struct {
	// Accesses are looked through one after the other's account; two for the same
	// account count once.
	Accesses []awsaccess.Access
	Region   string   // "" for that of each access
	Sources  []string // event sources; casefile.ManagementSources when empty
	Query    live.Query
	// Sleep waits; live.Sleep when nil. Query.Now and it are the only clock.
	Sleep func(context.Context, time.Duration) error
}

// Source is the Event history of some accounts in one Region.
type Source struct{ o Options }

var _ live.Source = (*Source)(nil)

// New returns the source. Query.User and Query.Group do not narrow it: a lookup
// takes one attribute, and SCIM's events can't be found by group.
func New(o Options) *Source {
	if len(o.Sources) == 0 {
		o.Sources = casefile.ManagementSources
	}
	if o.Sleep == nil {
		o.Sleep = live.Sleep
	}
	return &Source{o: o}
}

var regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)

// ParseName reads lookup://REGION, and lookup:// for the Region of the
// credentials. Its error says what the form is.
func ParseName(name string) (region string, err error) {
	region, ok := strings.CutPrefix(name, "lookup://")
	region = strings.TrimSuffix(region, "/")
	if !ok || region != "" && !regionForm.MatchString(region) {
		return "", fmt.Errorf("%q is not of the form lookup://REGION, such as lookup://us-east-2", name)
	}
	return region, nil
}

// history is the Event history of one account in one Region.
type history struct {
	s       *Source
	access  awsaccess.Access
	account string // "" when nobody knows
	region  string
	client  *api.Client
	caller  awsaccess.Caller
}

// name is how the history is called in --from and among the inputs.
func (h *history) name() string {
	if h.account == "" {
		return "lookup://" + h.region
	}
	return "lookup://" + h.region + "/" + h.account
}

// where is how the history is called in a sentence.
func (h *history) where() string {
	if h.account == "" {
		return h.region + " with " + h.access.Name
	}
	return h.region + " of account " + h.account
}

// open finds out whose histories the accesses open: one an account.
func (s *Source) open(ctx context.Context) ([]*history, []string, error) {
	var out []*history
	var notes []string
	var failed []error
	seen := map[string]string{}
	for _, access := range s.o.Accesses {
		h, err := s.enter(ctx, access)
		switch {
		case ctx.Err() != nil:
			return out, notes, ctx.Err()
		case err != nil:
			failed = append(failed, err)
			continue
		}
		want := s.o.Query.Place
		key := h.account + " " + h.region
		first, again := seen[key]
		switch {
		case want.Account != "" && h.account != "" && h.account != want.Account, want.Region != "" && h.region != want.Region:
			notes = append(notes, fmt.Sprintf("The Event history in %s was not looked at, since another account or Region was asked for.", h.where()))
			continue
		case again && h.account != "":
			notes = append(notes, fmt.Sprintf("%s and %s are of one account, %s; its Event history was looked at once.", first, access.Name, h.account))
			continue
		}
		seen[key] = access.Name
		out = append(out, h)
	}
	return out, notes, errors.Join(failed...)
}

func (s *Source) enter(ctx context.Context, access awsaccess.Access) (*history, error) {
	h := &history{s: s, access: access, region: s.o.Region}
	if h.region == "" {
		h.region = access.Config.Region
	}
	if h.region == "" {
		return nil, &live.Problem{Kind: live.WrongPlace, Doing: "looking up events with " + access.Name, Reason: "no Region is named",
			Next: "name it: lookup://us-east-1"}
	}
	h.access = access.In(h.region)
	h.client = api.NewFromConfig(h.access.Config, func(o *api.Options) {
		o.APIOptions = append(o.APIOptions, awsaccess.Watch(s.o.Query.Progress))
	})
	h.caller = h.access.Caller()
	h.caller.Pacer = live.NewPacer(perSecond, 1).By(s.o.Query.Now, s.o.Sleep)
	h.caller.Sleep, h.caller.Now, h.caller.Progress = s.o.Sleep, s.o.Query.Clock, s.o.Query.Progress
	var err error
	if h.account, err = h.access.AccountBy(ctx, h.caller); err != nil {
		return nil, err
	}
	if h.account == "" {
		// There is no STS here. Any record says whose history it is in.
		h.account, err = h.ask(ctx)
	}
	return h, err
}

// ask returns the account that the newest record was logged in, "" when there is
// no record.
func (h *history) ask(ctx context.Context) (string, error) {
	out, err := h.call(ctx, &api.LookupEventsInput{MaxResults: aws.Int32(1)})
	if err != nil {
		return "", h.explain(ctx, err)
	}
	for _, ev := range out.Events {
		if account := recipient(aws.ToString(ev.CloudTrailEvent)); awsid.IsAccount(account) {
			return account, nil
		}
	}
	return "", nil
}

func (h *history) call(ctx context.Context, in *api.LookupEventsInput) (*api.LookupEventsOutput, error) {
	return awsaccess.Call(ctx, h.caller, func(ctx context.Context) (*api.LookupEventsOutput, error) {
		out, err := h.client.LookupEvents(ctx, in)
		if err == nil && out.Events == nil {
			return nil, awsaccess.Incomplete // an empty list is sent, so the body broke off
		}
		return out, err
	})
}

// explain returns the error for the reader, or that of ctx.
func (h *history) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return h.access.Explain(err, "looking up events in "+h.where())
}

// Collect walks the Event history of every account, all its event sources at
// once within the two calls a second that the account has. When one account or
// source fails the others are finished first. With a Journal, ground that was
// claimed before is not walked again.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	histories, notes, failed := s.open(ctx)
	for _, note := range notes {
		sink.Note(note)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if why := s.outOfReach(); why != "" {
		sink.Note(why)
	}
	problems := []error{failed}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, h := range histories {
		all.Go(func() {
			err := h.collect(ctx, sink)
			mu.Lock()
			defer mu.Unlock()
			problems = append(problems, err)
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return one(problems)
}

// outOfReach says why nothing of what is asked for can be claimed, "" when some of
// it can.
func (s *Source) outOfReach() string {
	q := s.o.Query
	now := q.Clock()
	switch {
	case !q.Span.To.IsZero() && q.Span.To.Before(now.Add(-Retention)):
		return fmt.Sprintf("What was asked for ends on %s, and the Event history holds 90 days: nothing of it can be seen there. A trail's bucket holds more (s3://).", q.Span.To.UTC().Format(time.DateOnly))
	case q.Span.From.After(now):
		return fmt.Sprintf("What was asked for begins on %s, which is still to come.", q.Span.From.UTC().Format(time.RFC3339))
	case q.Span.From.After(now.Add(-Lag)):
		return fmt.Sprintf("What was asked for begins within the last %d minutes, in which events may still be missing: what is not there proves nothing. Ask again later.", int(Lag.Minutes()))
	}
	return ""
}

// one joins problems; a single one is returned as it is, and the same sentence
// once.
func one(problems []error) error {
	var distinct []error
	said := map[string]bool{}
	for _, err := range problems {
		if err != nil && !said[err.Error()] {
			said[err.Error()] = true
			distinct = append(distinct, err)
		}
	}
	if len(distinct) == 1 {
		return distinct[0]
	}
	return errors.Join(distinct...)
}

// collect walks the history once a source. Denied or dead credentials end all
// walks, any other failure only its own.
func (h *history) collect(ctx context.Context, sink casefile.Sink) error {
	all, cancel := context.WithCancel(ctx)
	defer cancel()
	input := sink.Input(casefile.Input{Path: h.name(), Size: -1})
	sink.Recognised(input, Channel)
	h.s.o.Query.Progress.Doing("looking up events in " + h.where())
	var mu sync.Mutex
	var problems []error
	var walks sync.WaitGroup
	for _, source := range h.s.o.Sources {
		walks.Go(func() {
			w := newWalk(h, source, sink, input)
			err := w.run(all)
			if err == nil || all.Err() != nil && errors.Is(err, all.Err()) {
				return
			}
			mu.Lock()
			problems = append(problems, err)
			mu.Unlock()
			if p, ok := errors.AsType[*live.Problem](err); ok && (p.Kind == live.Denied || p.Kind == live.Credentials) {
				cancel()
			}
		})
	}
	walks.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return one(problems)
}
