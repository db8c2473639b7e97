package diagnose

import (
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "memberships-never-pushed",
	Title:    "The group is pushed and its members never were",
	Step:     Before,
	Rank:     63,
	Explains: []string{"created-not-filled"},
	Examine:  membershipsNeverPushed,
})

// quiet is how long after a change of members a push may take before its absence
// means something; Okta pushes within seconds (okta-sailpoint reference 4).
const quiet = 10 * time.Minute

// membershipsNeverPushed is C04: the mapping is active, the people are there and
// provisioned, and their memberships were not sent: never, or not since they
// changed.
func membershipsNeverPushed(in *inquiry) Finding {
	c := in.before()
	if f, ok := c.oktaOnly(); !ok {
		return f
	}
	if f, ok := c.mappingIs("ACTIVE"); !ok {
		return f
	}
	m := c.mapping
	if in.user != nil && len(c.people) == 1 && c.people[0].inGroup == No {
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("%s is not in Okta's group, so a push has nobody to send.", c.people[0].name())}}}
	}
	if sent := c.written(); len(sent) > 0 && last(sent).Time.After(m.Created) && (c.source == nil || !c.source.LastMembershipUpdated.After(last(sent).Time.Add(quiet))) {
		return Finding{Status: Refuted, Because: []Reason{because(sent, "SCIM sent members of the group, the last time on %s.", when(last(sent).Time))}}
	}
	for _, e := range c.pushLog() {
		if e.EventType == "application.provision.group_push.push_memberships" && e.Outcome.Result == "SUCCESS" && (c.source == nil || !c.source.LastMembershipUpdated.After(e.Published.Add(quiet))) {
			return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("%s: the members were pushed on %s.", systemLog, when(e.Published))}}}
		}
	}
	if len(c.said) > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: "The push was tried and refused: " + c.said[len(c.said)-1].reason().Text}}}
	}
	ready, unready := 0, 0
	for _, p := range c.people {
		if p.inGroup != Yes {
			continue
		}
		switch {
		case p.provisioned == No, p.away():
			unready++
		case p.provisioned == Yes:
			ready++
		}
	}
	fixes := []Fix{
		{Text: "Send the members: " + pushNow + ". For groups that a push rule adds, tick \"Push group memberships immediately\" in the rule.", Who: "idp"},
		{Text: "If a push by hand does nothing, see that whoever made the mapping (a script's API user) may administer the AWS app, and save the mapping once as an administrator.", Who: "idp"},
	}
	f := Finding{Fix: fixes, At: m.Created}
	scope := upstream.Scope{App: c.appID, Group: c.groupID}
	read := c.readAt(upstream.ProductOkta, upstream.ListMappings, scope)
	changed := time.Time{}
	if c.source != nil {
		changed = c.source.LastMembershipUpdated
	}
	switch {
	case len(c.people) == 0 && in.user == nil && c.membersWhole():
		return Finding{Status: Refuted, Because: []Reason{{Text: "Okta's group has no members that could be sent."}}}
	case ready == 0 && unready > 0:
		return Finding{Status: Refuted, Because: []Reason{{Text: "None of the people is provisioned in AWS and active, so there is nobody whom a push could send."}}}
	case m.LastPush.IsZero():
		f.Because = []Reason{{Text: fmt.Sprintf("Okta shows the push mapping as ACTIVE%s, and names no push that ever took place.", madeOn(m.Created))}}
		f.Summary = fmt.Sprintf("Okta has the push of %s active and has never pushed it.", in.theGroup())
		f.Status = Supported
		if ready > 0 {
			f.Status = Established
			f.Because = append(f.Because, Reason{Text: fmt.Sprintf("In Okta's group and provisioned in AWS: %s.", people(ready))})
		}
		switch {
		case m.Created.IsZero() || read.IsZero() && c.oktaSeen().Sub(m.Created) < quiet:
			f.Status = Supported
			f.Because = append(f.Because, Reason{Text: "How long after the mapping was made it was read is not known, so the push may have come since."})
			f.Needs = append(f.Needs, c.readNeed())
		case !read.IsZero() && read.Sub(m.Created) < quiet:
			f.Status = Possible
			f.Because = append(f.Because, Reason{Text: "The mapping was read minutes after it was made, so the push may have come since."})
		}
	case c.logCovers(m.Created) && ready > 0:
		f.Because = []Reason{{Text: fmt.Sprintf("%s was read in whole since the mapping was made (%s) and has no push of members of this group.", systemLog, when(m.Created))}, {Text: fmt.Sprintf("In Okta's group and provisioned in AWS: %s.", people(ready))}}
		f.Summary = fmt.Sprintf("Okta pushes %s as a group and has sent no members since the mapping was made on %s.", in.theGroup(), day(m.Created))
		f.Status = Established
	case ready > 0 && c.trailCovers(m.Created):
		f.Because = []Reason{
			{Text: fmt.Sprintf("Okta shows the push mapping as ACTIVE%s.%s", madeOn(m.Created), pushedWords(m))},
			{Text: "CloudTrail was searched for SCIM from then to the end of the evidence, complete according to its source, and has no write of the group's members."},
			{Text: fmt.Sprintf("In Okta's group and provisioned in AWS: %s.", people(ready))},
		}
		f.Summary = fmt.Sprintf("Okta pushes %s as a group and has sent none of its members to AWS since the mapping was made on %s.", in.theGroup(), day(m.Created))
		f.Status = Established
	case !changed.IsZero() && changed.After(m.LastPush.Add(quiet)):
		f.Because = []Reason{{Text: fmt.Sprintf("The members of Okta's group changed on %s, and the last push was on %s.", when(changed), when(m.LastPush))}}
		f.Summary = fmt.Sprintf("Okta has not pushed %s since its members changed on %s.", in.theGroup(), day(changed))
		f.Status, f.At = Supported, changed
	default:
		return Finding{Status: Possible, Because: []Reason{{Text: fmt.Sprintf("Okta says that the mapping was last pushed on %s, and knows of no later change of the group's members. Whether that push sent members is not shown.", when(m.LastPush))}}}
	}
	if f.Status == Established && in.user != nil && c.people != nil && c.people[0].inGroup != Yes {
		f.Status = Supported
	}
	return c.ofThisApp(f)
}

// trailCovers reports whether CloudTrail shows, without a gap and complete by the
// word of its source, all SCIM calls from a moment to the end of the evidence.
func (c *chain) trailCovers(from time.Time) bool {
	r := c.in.reachOf(awsid.SourceSCIM)
	status, _ := c.in.absence(r, Supported)
	stretch, reaches := c.in.lately(r, casefile.Claimed)
	return status == Established && reaches && !from.IsZero() && stretch.Contains(from) && c.in.end().Sub(from) > round
}

// oktaSeen is the newest time that Okta's state holds: it was not read before that.
func (c *chain) oktaSeen() time.Time {
	var at time.Time
	for _, e := range c.st.Okta.Events {
		at = later(at, e.Published)
	}
	for _, m := range c.st.Okta.Mappings {
		at = later(at, later(m.LastPush, m.LastUpdated))
	}
	for _, u := range c.st.Okta.AppUsers {
		at = later(at, later(u.LastSync, u.LastUpdated))
	}
	for _, u := range c.st.Okta.Users {
		at = later(at, u.LastUpdated)
	}
	for _, g := range c.st.Okta.Groups {
		at = later(at, later(g.LastUpdated, g.LastMembershipUpdated))
	}
	return at
}

func madeOn(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return ", made on " + when(t)
}

// logCovers reports whether the System Log was read in whole from a moment to
// when it was last read.
func (c *chain) logCovers(from time.Time) bool {
	k := c.st.Known(upstream.ProductOkta, upstream.ListLog, upstream.Scope{})
	return k.Whole && !from.IsZero() && k.Spans.Covers(span.Span{From: from, To: k.AsOf})
}
