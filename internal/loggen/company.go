package loggen

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Company is one large identity store and everything that was logged of it, to
// measure an archive and an answer on: unlike a tree, its groups and users have
// beginnings, and the listing at its end fits its log.
//
// A provider makes the users and groups and fills most groups over SCIM, a
// pipeline fills the others through the API, and both read far more than they
// write. One group, EmptyGroup, is made and never filled.
type Company struct {
	Seed        uint64
	Users       int // 20,000 by default
	Groups      int // 2,000
	Memberships int // 100,000
	Events      int // 1,000,000; at least one for each user, group and membership made through the API
	From        time.Time
	Days        int // 365
}

// EmptyGroup is the name of the group that nobody is in.
const EmptyGroup = "App-AWS-Empty"

const (
	companyAccount = "111122223333"
	companyRegion  = "us-east-2"
)

func (c Company) complete() Company {
	set := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	set(&c.Users, 20_000)
	set(&c.Groups, 2_000)
	set(&c.Memberships, 100_000)
	set(&c.Events, 1_000_000)
	set(&c.Days, 365)
	if c.From.IsZero() {
		c.From = time.Date(2024, 11, 1, 0, 0, 0, 0, time.UTC)
	}
	return c
}

// company is a Company that is being written.
type company struct {
	Company
	s     *scribe
	sink  casefile.Sink
	input int
	now   time.Time
	step  time.Duration
	n     int

	users, groups []string
	snapshot      directory.Snapshot
	tenant, store string
}

// Give writes the company to sink: records in order of time, one listing at the
// end, the coverage of all of it.
func (c Company) Give(sink casefile.Sink) error {
	c = c.complete()
	w := &company{
		Company: c, s: &scribe{r: rand.New(rand.NewPCG(c.Seed, 7))}, sink: sink, now: c.From,
		step: time.Duration(c.Days) * 24 * time.Hour / time.Duration(c.Events), store: "d-9a67000001",
	}
	w.tenant = "AbCdEf12345-" + w.s.id()
	end := c.From.Add(time.Duration(c.Days) * 24 * time.Hour)
	w.input = sink.Input(casefile.Input{Path: "company.jsonl", Size: -1, Kind: "cloudtrail-log"})
	listing := sink.Input(casefile.Input{Path: "company-listing.json", Size: -1, Kind: "identitystore", Time: end})
	w.snapshot = directory.Snapshot{
		Store: w.store, Account: companyAccount, Region: companyRegion, Input: listing, NotBefore: end, NotAfter: end, Clock: directory.ClockManifest,
		AllUsers: true, AllGroups: true,
	}
	if err := w.write(); err != nil {
		return err
	}
	for _, g := range w.snapshot.Groups {
		w.snapshot.MembersOf = append(w.snapshot.MembersOf, g.ID)
	}
	sink.Records(w.input, w.n)
	sink.Snapshot(w.snapshot)
	sink.Home(casefile.Home{Store: w.store, Account: companyAccount, Region: companyRegion, Because: "the manifest says so"})
	for _, source := range casefile.ManagementSources {
		sink.Cover(casefile.Cover{Account: companyAccount, Region: companyRegion, Source: source, Span: span.Of(c.From, end), Channel: "log-files", Complete: casefile.Claimed})
	}
	return nil
}

func (w *company) write() error {
	for i := range w.Users {
		id := w.s.id()
		w.users = append(w.users, id)
		audit := directory.Audit{CreatedAt: w.now, UpdatedAt: w.now}
		name := fmt.Sprintf("person.%05d@example.com", i)
		w.snapshot.Users = append(w.snapshot.Users, directory.User{ID: id, UserName: name, DisplayName: fmt.Sprintf("Person %05d", i), Email: name, Status: "ENABLED",
			ExternalIDs: []directory.ExternalID{{Issuer: "https://scim.aws.com/" + w.tenant, ID: fmt.Sprintf("00u%017d", i)}}, Audit: audit})
		if err := w.scim(cloudtrail.SCIMCreateUser(w.tenant, id, true)); err != nil {
			return err
		}
	}
	for i := range w.Groups {
		id, name := w.s.id(), fmt.Sprintf("App-AWS-Team-%04d", i)
		if i == 0 {
			name = EmptyGroup
		}
		w.groups = append(w.groups, id)
		w.snapshot.Groups = append(w.snapshot.Groups, directory.Group{ID: id, Name: name, Audit: directory.Audit{CreatedAt: w.now, UpdatedAt: w.now},
			ExternalIDs: []directory.ExternalID{{Issuer: "https://scim.aws.com/" + w.tenant, ID: fmt.Sprintf("00g%017d", i)}}})
		if err := w.scim(cloudtrail.SCIMCreateGroup(w.tenant, id, false)); err != nil {
			return err
		}
	}
	// Filling takes its events between reads, so that both go on all year.
	fillings := w.Memberships
	for filled := 0; w.n < w.Events; {
		left := w.Events - w.n
		if filled < fillings && w.s.r.IntN(left) < 2*(fillings-filled) {
			if err := w.fill(filled); err != nil {
				return err
			}
			filled++
			continue
		}
		if err := w.everyday(); err != nil {
			return err
		}
	}
	return nil
}

// fill makes one membership, through the API or by a patch over SCIM, which does
// not say whom it added.
func (w *company) fill(n int) error {
	// A user is in a group once: both numbers follow from the membership's own.
	pair := func(n int) (group, user string) {
		return w.groups[1+n%(w.Groups-1)], w.users[(n/(w.Groups-1)+n*7)%w.Users]
	}
	group, user := pair(n)
	id := w.s.id()
	w.snapshot.Memberships = append(w.snapshot.Memberships, directory.Membership{ID: id, Group: group, User: user, Audit: directory.Audit{CreatedAt: w.now, UpdatedAt: w.now}})
	if n%5 == 0 {
		return w.api(cloudtrail.APICreateMembership(w.store, group, user, id))
	}
	return w.scim(cloudtrail.SCIMPatchGroup(w.tenant, group, cloudtrail.SCIMOperation{Op: "add", Path: "members"}))
}

func (w *company) everyday() error {
	user, group := w.users[w.s.r.IntN(len(w.users))], w.groups[w.s.r.IntN(len(w.groups))]
	switch w.s.r.IntN(12) {
	case 0, 1:
		return w.scim(cloudtrail.SCIMPutUser(w.tenant, user, true))
	case 2, 3, 4, 5:
		return w.scim(cloudtrail.SCIMRead("GetUser", w.tenant, user))
	case 6, 7:
		return w.scim(cloudtrail.SCIMRead("ListGroups", w.tenant, ""))
	case 8:
		return w.api(cloudtrail.APIRead("DescribeUser", w.store, "", user))
	}
	return w.api(cloudtrail.APIRead("ListGroupMemberships", w.store, group, ""))
}

func (w *company) scim(a cloudtrail.Action) error {
	return w.log(cloudtrail.Draft{Action: a, UserAgent: "Okta SCIM Client 1.0.0", SourceIP: w.s.text(func() { w.s.address("203.0.113.", 4) }),
		Caller: cloudtrail.Caller{Account: companyAccount, AccessKey: "ASIAEXAMPLESCIMTOKEN"}})
}

func (w *company) api(a cloudtrail.Action) error {
	return w.log(cloudtrail.Draft{Action: a, UserAgent: "Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux#6.1.119 md/arch#x86_64 lang/python#3.12.8 md/pyimpl#CPython",
		SourceIP: w.s.text(func() { w.s.address("198.51.100.", 4) }),
		Caller: cloudtrail.Caller{Type: "AssumedRole", Account: companyAccount, Role: "identity-governance", RoleID: "AROAEXAMPLEGOVERNANCE", Session: "governance",
			AccessKey: "ASIA" + w.s.text(func() { w.s.random(16, base32) }), Since: w.now.Truncate(time.Hour)}})
}

func (w *company) log(d cloudtrail.Draft) error {
	d.Time, d.ID, d.RequestID, d.Account, d.Region = w.now.Truncate(time.Second), w.s.id(), w.s.id(), companyAccount, companyRegion
	w.now = w.now.Add(w.step)
	w.n++
	return w.sink.Record(w.input, d.Record())
}
