package diagnose

import (
	"fmt"
	"slices"
)

var _ = register(Cause{
	Slug:     "request-unfinished",
	Title:    "The access was requested and the request did not come through",
	Step:     Before,
	Rank:     10,
	Explains: []string{"idp-group-lacks-user"},
	Examine:  requestUnfinished,
})

// requestUnfinished is C18: the newest request for the access waits, was turned
// down, or expired. That nobody asked is never established: SailPoint does not
// list every request (okta-sailpoint reference 8.8).
func requestUnfinished(in *inquiry) Finding {
	c, f, ok := in.governed()
	if !ok {
		return f
	}
	waits := false
	f, concerned := c.perGrant(func(g *grants) judgement {
		r := g.request
		if r == nil {
			return judgement{status: Refuted}
		}
		if g.add != nil && !g.add.at.Before(r.Created) && (g.add.done() || g.add.failed() || g.add.status == "RETRY") {
			return judgement{status: Refuted} // it was carried out, or tried
		}
		text := fmt.Sprintf("SailPoint: the request of %s for %s, made on %s, is %s.", g.who(), shorten(r.Name, 80), when(r.Created), r.State)
		for _, a := range r.Approvals {
			switch {
			case a.Status == "PENDING" && r.State == "EXECUTING":
				waits = true
				return judgement{Established, []Reason{{Text: text + fmt.Sprintf(" It waits for the approval of %s (%s).", nobodyIf(a.Owner.Name), lower(a.Scheme))}}}
			case a.Status == "REJECTED" || a.Status == "EXPIRED" || a.Status == "CANCELLED":
				if r.State != "REQUEST_COMPLETED" {
					return judgement{Established, []Reason{{Text: text + fmt.Sprintf(" The approval of %s is %s.", nobodyIf(a.Owner.Name), lower(a.Status))}}}
				}
			}
		}
		switch {
		case slices.Contains([]string{"REJECTED", "CANCELLED", "TERMINATED"}, r.State):
			return judgement{Established, []Reason{{Text: text}}}
		case r.State == "EXECUTING" && len(r.ManualWorkItems) > 0:
			waits = true
			return judgement{Established, []Reason{{Text: text + " Somebody has to carry it out by hand: a manual work item is open."}}}
		case r.State == "EXECUTING":
			waits = true
			return judgement{Supported, []Reason{{Text: text + " What it waits for is not shown."}}}
		}
		return judgement{status: Refuted}
	}, c.noGrant)
	if len(concerned) == 0 {
		return f
	}
	f.At = concerned[0].request.Created
	state := "did not come through"
	if waits {
		state = "still waits"
	}
	f.Summary = fmt.Sprintf("The request in SailPoint that would bring %s into %s %s.", list(grantNames(concerned), 3), in.theGroup(), state)
	f.Fix = []Fix{{Text: "See the request and who has it. In SailPoint: Request Center > My Requests (or Admin > Access Model > Access Requests) > the request; ask the approver, or request again if it was turned down or expired.", Who: "governance"}}
	return f
}

func nobodyIf(name string) string {
	if name == "" {
		return "somebody whom it does not name"
	}
	return name
}
