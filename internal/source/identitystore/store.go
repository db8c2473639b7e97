// Package identitystore lists an identity store as it is now: users, groups,
// memberships with who made them and when, and what the groups grant.
//
// It reads the Identity Store API and, for the instance and the account
// assignments, the IAM Identity Center API; it writes nothing. A listing takes
// its time, and the snapshot says from when to when; nothing is called whole whose
// every page did not come (cloudtrail reference 6.5).
package identitystore

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	api "github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/live"
)

const (
	// Kind is what the input is recognised as.
	Kind = "identity-store"
	// perSecond is what one store answers in a Region, and the IAM Identity Center
	// API an account (cloudtrail reference 6.7).
	perSecond = 20
	pageSize  = 100 // the most (cloudtrail reference 6.4)
	// workers list members side by side: at 20 calls a second a call may take 400 ms.
	workers = 8
)

// Options says which store is listed, and how much of it.
type Options struct {
	// Accesses are asked in turn which stores they see. A store that several see is
	// listed with the first.
	Accesses []awsaccess.Access
	Region   string // "" for that of each access
	Store    string // d-..., or "" for every store that ListInstances shows
	Query    live.Query
	Sleep    func(context.Context, time.Duration) error // live.Sleep when nil
}

// Source is one identity store, or those that can be seen.
type Source struct{ o Options }

var _ live.Source = (*Source)(nil)

// New returns the source. With Query.User or Query.Group only what bears on them
// is fetched, and with both in at most eight calls as a rule.
func New(o Options) *Source {
	if o.Sleep == nil {
		o.Sleep = live.Sleep
	}
	return &Source{o: o}
}

var regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)

// ParseName reads identitystore://REGION/STORE; either may be left out. Its error
// says what the form is.
func ParseName(name string) (region, store string, err error) {
	rest, ok := strings.CutPrefix(name, "identitystore://")
	region, store, _ = strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	// Stores of 2019 and before have a UUID for an id (cloudtrail reference 6.4).
	if !ok || region != "" && !regionForm.MatchString(region) || store != "" && !awsid.IsStore(store) && !awsid.IsResource(store) {
		return "", "", fmt.Errorf("%q is not of the form identitystore://REGION/STORE, such as identitystore://us-east-2/d-9a67000001", name)
	}
	return region, store, nil
}

// store is one identity store and the way to it.
type store struct {
	s        *Source
	access   awsaccess.Access
	region   string
	id       string
	instance directory.Instance // zero when ListInstances may not be called
	api      *api.Client
	sso      *ssoadmin.Client
	calls    awsaccess.Caller // of the Identity Store API
	ssoCalls awsaccess.Caller // of the IAM Identity Center API
}

func (st *store) name() string {
	if st.id == "" {
		return "identitystore://" + st.region
	}
	return "identitystore://" + st.region + "/" + st.id
}

// explain returns the error for the reader, or that of ctx.
func (st *store) explain(ctx context.Context, err error, doing string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return st.access.Explain(err, doing)
}

func (st *store) where() string { return "identity store " + st.id + " in " + st.region }

// enter prepares a way in with one access; which store is not known yet.
func (s *Source) enter(access awsaccess.Access) (*store, error) {
	region := s.o.Region
	if region == "" {
		region = access.Config.Region
	}
	if region == "" {
		return nil, &live.Problem{Kind: live.WrongPlace, Doing: "listing an identity store with " + access.Name, Reason: "no Region is named",
			Next: "name it: identitystore://us-east-1"}
	}
	st := &store{s: s, access: access.In(region), region: region, id: s.o.Store}
	watch := awsaccess.Watch(s.o.Query.Progress)
	st.api = api.NewFromConfig(st.access.Config, func(o *api.Options) { o.APIOptions = append(o.APIOptions, watch) })
	st.sso = ssoadmin.NewFromConfig(st.access.Config, func(o *ssoadmin.Options) { o.APIOptions = append(o.APIOptions, watch) })
	caller := st.access.Caller()
	caller.Sleep, caller.Now, caller.Progress = s.o.Sleep, s.o.Query.Clock, s.o.Query.Progress
	st.calls, st.ssoCalls = caller, caller
	st.calls.Pacer = live.NewPacer(perSecond, 1).By(s.o.Query.Now, s.o.Sleep)
	st.ssoCalls.Pacer = live.NewPacer(perSecond, 1).By(s.o.Query.Now, s.o.Sleep)
	return st, nil
}

// Collect lists the stores, one after the other.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	stores, notes, err := s.find(ctx)
	for _, note := range notes {
		sink.Note(note)
	}
	if err != nil {
		return err
	}
	var problems []error
	for _, st := range stores {
		if err := st.collect(ctx, sink); err != nil {
			problems = append(problems, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if len(problems) == 1 {
		return problems[0]
	}
	return errors.Join(problems...)
}

// collect lists one store. What came until an error is kept, and not called whole.
func (st *store) collect(ctx context.Context, sink casefile.Sink) error {
	q := &st.s.o.Query
	q.Progress.Doing("listing " + st.where())
	input := sink.Input(casefile.Input{Path: st.name(), Size: -1})
	sink.Recognised(input, Kind)
	l := &listing{store: st, sink: sink}
	l.snapshot = directory.Snapshot{Store: st.id, Account: st.instance.Owner, Region: st.region, Input: input,
		NotBefore: q.Clock(), Clock: directory.ClockManifest}
	if st.instance.Store != "" {
		l.snapshot.Instances = []directory.Instance{st.instance}
	}
	var err error
	if q.User != "" || q.Group != "" {
		err = l.narrow(ctx, q.User, q.Group)
	} else {
		err = l.whole(ctx)
	}
	l.tidy()
	l.snapshot.NotAfter = q.Clock()
	l.snapshot.Truncated = err != nil
	sink.Snapshot(l.snapshot)
	return err
}
