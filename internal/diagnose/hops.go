package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// HopState says how one hop of the way from governance to AWS stands.
type HopState string

// The states of a hop.
const (
	HopOK      HopState = "OK"      // the evidence shows that the person or group is past it
	HopBroken  HopState = "BROKEN"  // the evidence shows that it holds them up
	HopUnknown HopState = "UNKNOWN" // the evidence does not reach; Reason says why
	HopSkipped HopState = "SKIPPED" // not on this way, or of no use to look at
)

// Hop is one step on which a person's membership travels (okta-sailpoint
// reference 1 and 15).
type Hop struct {
	ID      string // governance, person, group, app, assignment, provisioning, push, delivery, membership, grant
	Title   string
	Where   string // SailPoint, Okta, Entra ID, the identity provider, SCIM, AWS
	State   HopState
	Reason  string   // one clause: what is so, or why it is not known
	Because []Reason // the evidence
	Cause   string   // slug of the cause that breaks it; "" when none is established
	Fix     []Fix    // what mends it where no cause says so
}

// hopCauses are the causes that break each hop, the most telling first.
var hopCauses = map[string][]string{
	"governance":   {"access-expired-on-purpose", "request-unfinished", "governance-provisioning-failed", "governance-wrote-elsewhere", "directory-import-late"},
	"person":       {"idp-user-inactive"},
	"group":        {"nested-group", "idp-group-lacks-user"},
	"app":          {"app-inactive", "provisioning-off", "job-quarantined", "token-rejected", "wrong-endpoint", "idp-sends-no-groups", "identity-source-changed"},
	"assignment":   {"members-not-assigned"},
	"provisioning": {"assigned-before-provisioning", "user-refused", "duplicate-user", "username-mismatch", "user-gone-in-aws", "user-writes-fail"},
	"push":         {"no-mapping", "mapping-inactive", "mapping-error", "one-group-for-both", "memberships-never-pushed", "group-not-pushed", "scim-writes-users-only"},
	"delivery":     {"name-taken", "unsupported-request", "throttled", "group-writes-fail", "scim-stopped", "scim-never-used", "created-not-filled"},
	"membership":   {"removed-outside-scim", "removed-by-scim", "emptied-by-deletion", "two-writers", "group-recreated"},
	"grant":        {"assignment-to-old-group"},
}

// hops follows the person and the group of a question from governance to AWS.
// A hop is broken when a cause of it is established, or when the evidence shows
// that the person is not past it; what was not looked at is unknown, never broken.
func (in *inquiry) hops(findings []Finding) []Hop {
	by := map[string]*Finding{}
	for i := range findings {
		by[findings[i].Cause.Slug] = &findings[i]
	}
	c := in.before()
	w := &way{in: in, c: c, by: by, provider: "the identity provider"}
	if c.entra && (!c.okta || c.groupIn == upstream.ProductEntra) {
		w.provider, w.product = "Entra ID", upstream.ProductEntra
	} else if c.okta {
		w.provider, w.product = "Okta", upstream.ProductOkta
	}
	if len(c.people) == 1 && in.user != nil {
		w.person = c.people[0]
	}
	w.cells()
	return []Hop{
		w.governance(), w.active(), w.inGroup(), w.app(), w.assignment(), w.provisioning(),
		w.push(), w.delivery(), w.membership(), w.grant(),
	}
}

// way is one walk over the hops.
type way struct {
	in       *inquiry
	c        *chain
	by       map[string]*Finding
	provider string // for people
	product  string // "" when nothing of a provider is known
	person   *person

	group, assigned, provisioned, member Cell
}

// cells gathers what is known of the person at each hop.
func (w *way) cells() {
	w.group, w.assigned, w.provisioned, w.member = Unknown, Unknown, Unknown, Unknown
	if w.person != nil {
		w.group, w.assigned, w.provisioned = w.person.inGroup, w.person.assigned, w.person.provisioned
	}
	if w.in.user == nil || w.in.group == nil {
		return
	}
	switch {
	case w.in.group.ID == "" && w.noGroup(), w.in.user.ID == "" && w.nobody():
		w.member = No
	case w.in.group.ID == "" || w.in.user.ID == "":
		// Whoever is unknown to AWS's evidence may be there under another name.
		if w.person != nil {
			w.member = w.person.inAWS
		}
	case slices.ContainsFunc(w.in.rows, func(r *ledger.Row) bool { return r.Is() }):
		w.member = Yes
	case w.in.emptyNow():
		w.member = No
	case w.person != nil:
		w.member = w.person.inAWS
	}
}

// settle makes a hop: broken by the first established cause, else as fact says.
func (w *way) settle(h Hop, fact Cell, yes, no, unknown string) Hop {
	for _, slug := range hopCauses[h.ID] {
		f := w.by[slug]
		if f == nil || f.Status != Established {
			continue
		}
		if fact == Yes && h.ID != "grant" {
			continue // it was so, and is past: the person is beyond this hop
		}
		h.State, h.Cause, h.Reason, h.Because = HopBroken, slug, f.Summary, f.Because
		return h
	}
	switch fact {
	case Yes:
		h.State, h.Reason = HopOK, yes
	case No:
		h.State, h.Reason = HopBroken, no
		h.Because = w.suspects(h.ID)
	default:
		h.State, h.Reason = HopUnknown, unknown
		h.Because = w.suspects(h.ID)
	}
	return h
}

// suspects tells of the causes of a hop that are not established and may hold: the
// first that is supported, else the first that is possible.
func (w *way) suspects(hop string) []Reason {
	for _, status := range []Status{Supported, Possible} {
		for _, slug := range hopCauses[hop] {
			if f := w.by[slug]; f != nil && f.Status == status {
				return append([]Reason{{Text: fmt.Sprintf("%s is %s.", slug, status)}}, f.Because...)
			}
		}
	}
	return nil
}

// unread says why something of the provider is not known.
func (w *way) unread(list string, scope upstream.Scope, what string) string {
	if w.product == "" {
		return "nothing of it is among the evidence"
	}
	k := w.c.st.Known(w.product, list, scope)
	switch {
	case k.LeftOut:
		return what + " was not asked for in full"
	case k.Why != "" && k.Permission != "":
		return fmt.Sprintf("%s could not be read: %s (missing: %s)", what, shorten(k.Why, 200), shorten(k.Permission, 80))
	case k.Why != "":
		return fmt.Sprintf("%s could not be read: %s", what, shorten(k.Why, 200))
	}
	return fmt.Sprintf("%s is not in what was read of %s", what, w.provider)
}

// governance is skipped when the person is in the provider's group already:
// whatever governance did, it did what it had to (reference 15, step 11).
func (w *way) governance() Hop {
	h := Hop{ID: "governance", Title: "Access granted in governance", Where: "SailPoint"}
	switch {
	case w.group == Yes:
		h.State, h.Reason = HopSkipped, "the person is in the provider's group, so governance has done its part"
		return h
	case !w.c.sailpoint:
		h.State, h.Reason = HopSkipped, "nothing of a governance product is among the evidence"
		return h
	}
	fact := Unknown
	for _, g := range w.c.grantsByPerson() {
		if g.add != nil && g.add.done() {
			fact = Yes
		}
	}
	reason := "SailPoint shows neither a request nor a grant of this access"
	for _, r := range w.c.st.Reach {
		if r.Product == upstream.ProductSailPoint && !r.Whole && !r.LeftOut && r.Failed != "" {
			reason = "SailPoint could not be read: " + shorten(r.Failed, 200)
		}
	}
	if fact == Yes {
		// That SailPoint wrote is no proof that it arrived: the causes go first.
		for _, slug := range hopCauses["governance"] {
			if f := w.by[slug]; f != nil && f.Status == Established {
				fact = Unknown
			}
		}
	}
	return w.settle(h, fact, "SailPoint says that it granted the access", "", reason)
}

func (w *way) active() Hop {
	h := Hop{ID: "person", Title: "The person is active", Where: w.provider}
	fact, reason := Unknown, w.unread(upstream.ListUsers, upstream.Scope{}, "the person")
	if p := w.person; p != nil {
		switch {
		case p.okta != nil && p.okta.Status != "":
			fact = No
			// Whoever has to change a password or is locked out keeps what was
			// assigned (okta-sailpoint reference 3.1).
			if slices.Contains([]string{"ACTIVE", "PASSWORD_EXPIRED", "LOCKED_OUT", "RECOVERY", "PROVISIONED"}, p.okta.Status) {
				fact = Yes
			}
			return w.settle(h, fact, fmt.Sprintf("%s is %s in Okta", p.name(), p.okta.Status), fmt.Sprintf("%s is %s in Okta", p.name(), p.okta.Status), reason)
		case p.entra != nil && p.entra.Enabled != "":
			fact = No
			if p.entra.Enabled == "true" {
				fact = Yes
			}
			return w.settle(h, fact, p.name()+" is enabled in Entra ID", p.name()+" is disabled in Entra ID", reason)
		}
	}
	return w.settle(h, fact, "", "", reason)
}

func (w *way) inGroup() Hop {
	h := Hop{ID: "group", Title: "In the provider's group", Where: w.provider}
	if w.c.groupID == "" && w.product != "" {
		return w.settle(h, Unknown, "", "", w.unread(upstream.ListGroups, upstream.Scope{}, "a single group of this name"))
	}
	source := ""
	if w.c.groupID != "" {
		source = w.c.theSource()
	}
	return w.settle(h, w.group, "in "+source, "not in "+source, w.unread(upstream.ListMembers, upstream.Scope{Group: w.c.groupID}, "the list of who is in the group"))
}

func (w *way) app() Hop {
	h := Hop{ID: "app", Title: "The AWS app is on and connected", Where: w.provider}
	switch {
	case w.product == upstream.ProductOkta && w.c.app != nil:
		fact := Unknown
		if w.c.app.Status == "ACTIVE" && slices.Contains(w.c.app.Features, "PUSH_NEW_USERS") && slices.Contains(w.c.app.Features, "GROUP_PUSH") {
			fact = Yes
		}
		// A token may be dead although the switches are on: established causes
		// of the connection go before.
		for _, slug := range []string{"token-rejected", "wrong-endpoint", "identity-source-changed"} {
			if f := w.by[slug]; f != nil && f.Status == Established {
				fact = Unknown
			}
		}
		return w.settle(h, fact, w.c.theApp()+" is active, creates people and pushes groups", "", "the provisioning switches of "+w.c.theApp()+" are not known, or not all on")
	case w.product == upstream.ProductEntra:
		fact := Unknown
		if w.jobRuns() {
			fact = w.unless(Yes, "token-rejected", "wrong-endpoint", "identity-source-changed")
		}
		return w.settle(h, fact, "the synchronisation job is active", "", w.unread(upstream.ListJobs, upstream.Scope{}, "the synchronisation job"))
	}
	return w.settle(h, Unknown, "", "", w.unread(upstream.ListApps, upstream.Scope{}, "the AWS app"))
}

// jobRuns reports whether a synchronisation job of Entra ID is at work.
func (w *way) jobRuns() bool {
	return slices.ContainsFunc(w.c.st.Entra.Jobs, func(j upstream.EntraJob) bool {
		return j.Status.Code == "Active" && j.Schedule.State != "Disabled" && j.Schedule.State != "Paused"
	})
}

func (w *way) assignment() Hop {
	h := Hop{ID: "assignment", Title: "Assigned to the AWS app", Where: w.provider}
	// A job that runs and leaves somebody out does so for want of an assignment, or
	// by its scope.
	if f := w.by["job-quarantined"]; w.product == upstream.ProductEntra && w.jobRuns() && f != nil && f.Status == Established {
		h.State, h.Cause, h.Reason, h.Because = HopBroken, f.Cause.Slug, f.Summary, f.Because
		return h
	}
	return w.settle(h, w.assigned, "assigned to the AWS app", "not assigned to the AWS app",
		w.unread(upstream.ListAppUsers, upstream.Scope{App: w.c.appID}, "the list of who is assigned"))
}

func (w *way) provisioning() Hop {
	h := Hop{ID: "provisioning", Title: "Made in AWS", Where: "AWS"}
	fact, no, unknown := Unknown, "there is no such user in AWS", "whether the person exists in AWS is not known: no list of its users is among the evidence"
	switch {
	case w.in.user != nil && w.in.user.ID != "" && w.in.user.Gone():
		fact, no = No, "the AWS user was deleted"
	case w.in.user != nil && w.in.user.ID != "":
		fact = Yes
	case w.c.usersListed():
		fact = No
	case w.nobody():
		fact, no = No, "AWS was asked for "+w.asked()+" and has no user of that name or address"
	}
	if fact == Yes {
		// The user is there; that the provider remembers another one breaks it.
		for _, slug := range []string{"username-mismatch", "user-gone-in-aws"} {
			if f := w.by[slug]; f != nil && f.Status == Established && !(slug == "user-gone-in-aws" && w.linked()) {
				fact = Unknown
			}
		}
	}
	return w.settle(h, fact, "the user exists in AWS", no, unknown)
}

func (w *way) push() Hop {
	h := Hop{ID: "push", Title: "The group is pushed", Where: w.provider}
	if w.product == upstream.ProductEntra {
		h.Title = "The group is in scope"
		fact := Unknown
		if slices.ContainsFunc(w.c.st.Entra.AppRoles, func(r upstream.EntraAppRole) bool { return w.c.groupID != "" && r.PrincipalID == w.c.groupID }) {
			fact = Yes
		}
		return w.settle(h, fact, "the group is assigned to the app", "", w.unread(upstream.ListAppRoles, upstream.Scope{}, "the list of groups assigned to the app"))
	}
	m := w.c.mapping
	switch {
	case m != nil && m.Status == "ACTIVE" && !m.LastPush.IsZero():
		return w.settle(h, w.unless(Yes, "one-group-for-both", "mapping-error", "memberships-never-pushed"), "the push mapping is ACTIVE, last pushed on "+when(m.LastPush), "", "the push mapping is ACTIVE and more is known against it")
	case m != nil && m.Status == "ACTIVE":
		return w.settle(h, Unknown, "", "", "the push mapping is ACTIVE and does not say that it ever pushed")
	case m != nil:
		return w.settle(h, No, "", "the push mapping is "+shorten(m.Status, 20), "")
	}
	return w.settle(h, Unknown, "", "", w.unread(upstream.ListMappings, upstream.Scope{App: w.c.appID}, "a push mapping of the group"))
}

// unless returns fact if none of the causes is established.
func (w *way) unless(fact Cell, slugs ...string) Cell {
	for _, slug := range slugs {
		if f := w.by[slug]; f != nil && f.Status == Established {
			return Unknown
		}
	}
	return fact
}

// delivery is whether AWS takes what is sent for this group.
func (w *way) delivery() Hop {
	h := Hop{ID: "delivery", Title: "AWS takes the SCIM writes", Where: "SCIM"}
	if f := w.by["user-gone-in-aws"]; f != nil && f.Status == Established && w.linked() {
		h.State, h.Cause, h.Reason, h.Because = HopBroken, f.Cause.Slug, f.Summary, f.Because
		return h
	}
	for _, slug := range hopCauses["delivery"] {
		if f := w.by[slug]; f != nil && f.Status == Established {
			return w.settle(h, Unknown, "", "", "")
		}
	}
	written := w.c.written()
	if n := len(written); n > 0 {
		h = w.settle(h, Yes, "AWS took a SCIM write to the group on "+when(written[n-1].Time), "", "")
		h.Because = []Reason{because(written[n-1:], "The latest of %s.", count(n, "write"))}
		return h
	}
	if !w.in.c.Coverage.Searched(awsid.SourceSCIM, casefile.Place{}) {
		return w.settle(h, Unknown, "", "", "SCIM's own event source was not searched")
	}
	return w.settle(h, Unknown, "", "", "no SCIM write to the group is in what was searched")
}

func (w *way) membership() Hop {
	h := Hop{ID: "membership", Title: "Member of the AWS group", Where: "AWS"}
	no, unknown := "not in the AWS group", "who is in the AWS group is not known: its members were not listed"
	switch {
	case w.in.group == nil || w.in.group.ID != "":
	case w.noGroup():
		no = "there is no such group in AWS"
	default:
		unknown = "whether there is such a group in AWS is not known: neither it nor a list of all groups is among the evidence"
	}
	return w.settle(h, w.member, "in the AWS group", no, unknown)
}

// grant is whether being in the group is of any use.
func (w *way) grant() Hop {
	h := Hop{ID: "grant", Title: "The group grants access", Where: "AWS"}
	switch {
	case w.in.group != nil && w.in.group.ID != "":
	case w.in.group != nil && w.noGroup():
		h.State, h.Reason = HopSkipped, "there is no such group in AWS"
		return h
	default:
		h.State, h.Reason = HopUnknown, "whether there is such a group in AWS is not known"
		return h
	}
	g, known := w.in.grantOf(w.in.group.ID)
	fact := Unknown
	switch {
	case known && len(g.accounts) > 0:
		fact = Yes
	case known && g.whole:
		fact = No
	}
	h = w.settle(h, fact, "the group gives access to "+count(len(g.accounts), "account"), "the group has no account assignment, so being in it gives access to no account", "the group's account assignments are not among the evidence")
	if h.State == HopBroken && h.Cause == "" {
		h.Fix = []Fix{{Text: "Assign the group to the accounts that it is for, with a permission set. In IAM Identity Center: AWS accounts > the account > Assign users or groups. (A group that is for applications only needs none; applications are not looked at.)", Who: "aws"}}
	}
	return h
}
