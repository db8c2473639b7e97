package diagnose

import (
	"fmt"
	"time"
)

var _ = register(Cause{
	Slug:     "access-expired-on-purpose",
	Title:    "The access was ended on purpose",
	Step:     Before,
	Rank:     5,
	Explains: []string{"removed-by-scim", "idp-group-lacks-user", "request-unfinished"},
	Examine:  accessExpiredOnPurpose,
})

// onPurpose are the kinds of activities that end access because somebody decided
// so (okta-sailpoint reference 8.9).
var onPurpose = map[string]string{
	"Certification":        "an access review decided so",
	"LifecycleStateChange": "the person's lifecycle state changed",
}

// accessExpiredOnPurpose holds when the access had an end date that has passed, or
// was taken back by a decision: no fault, and nothing to repair.
func accessExpiredOnPurpose(in *inquiry) Finding {
	c, f, ok := in.governed()
	if !ok {
		return f
	}
	var at time.Time
	f, concerned := c.perGrant(func(g *grants) judgement {
		end := time.Time{}
		if g.add != nil {
			end = g.add.removes
		}
		if g.request != nil && end.IsZero() {
			end = g.request.RemoveDate
		}
		if d := g.remove; d != nil && d.done() && (g.add == nil || d.at.After(g.add.at)) {
			if why := onPurpose[d.kind]; why != "" {
				at = later(at, d.at)
				return judgement{Established, []Reason{{Text: fmt.Sprintf("SailPoint took the access of %s back on %s: %s (%s).", g.who(), when(d.at), why, d.kind)}}}
			}
			if !end.IsZero() && !d.at.Before(end.Add(-slackOfClocks)) {
				at = later(at, d.at)
				return judgement{Established, []Reason{{Text: fmt.Sprintf("The access of %s was granted until %s, and SailPoint took it back on %s.", g.who(), when(end), when(d.at))}}}
			}
			return judgement{status: Refuted}
		}
		switch {
		case end.IsZero():
			return judgement{status: Refuted}
		case end.After(c.asOf()):
			return judgement{status: Refuted}
		case g.person != nil && g.person.inGroup == No:
			at = later(at, end)
			return judgement{Established, []Reason{{Text: fmt.Sprintf("The access of %s was granted until %s, which has passed, and the person is not in the identity provider's group any more.", g.who(), when(end))}}}
		}
		at = later(at, end)
		return judgement{Supported, []Reason{{Text: fmt.Sprintf("The access of %s was granted until %s, which has passed.", g.who(), when(end))}}}
	}, c.noGrant)
	if len(concerned) == 0 {
		return f
	}
	f.At = at
	f.Summary = fmt.Sprintf("The access of %s to %s was ended on purpose; that is no fault.", list(grantNames(concerned), 3), in.theGroup())
	if f.Status != Established {
		f.Summary = fmt.Sprintf("The access of %s to %s had an end date that has passed; if it was ended for that, it is no fault.", list(grantNames(concerned), 3), in.theGroup())
	}
	f.Fix = []Fix{{Text: "Nothing has to be repaired. Who needs the access again requests it again. In SailPoint: Request Center > Request Access.", Who: "governance"}}
	return f
}
