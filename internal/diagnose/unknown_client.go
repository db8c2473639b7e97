package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:    "unknown-client",
	Title:   "A SCIM client that was never seen before",
	Step:    Aside,
	Rank:    2,
	Needs:   []string{awsid.SourceSCIM},
	Examine: unknownClient,
})

// fewestCalls is how many SCIM calls must come before a client can be called
// new: without a past there is nothing to be new against.
const fewestCalls = 5

// unknownClient holds when SCIM writes come from a client family or a token that
// had never been seen while others wrote: a second, rotated or stolen token
// (ruling 3). A new address alone is at most possible; providers move.
func unknownClient(in *inquiry) Finding {
	seen := in.callers()
	strangers, moved := seen.strangers.events, seen.moved
	switch {
	case len(strangers) > 0:
		ev := first(strangers)
		what := "a client"
		if seen.families[ev.Actor.Family] < fewestCalls {
			what = "a token"
		}
		return Finding{
			Status:  Established,
			Summary: fmt.Sprintf("SCIM writes came from %s that no earlier call in the evidence had: %s, first on %s.", what, ev.Actor.Label(), when(ev.Time)),
			Because: []Reason{
				because(strangers, "%s with a user agent or token that no earlier call had: %s from %s.", count(len(strangers), "SCIM write"), list(seen.strangers.actors, 3), shorten(ev.SourceIP, 60)),
				{Text: "A rotated token looks the same; so does a stolen one. A user agent is only what the client says of itself."},
			},
			At: ev.Time,
			Fix: []Fix{
				{Text: "Compare with the ids and dates of the tokens in IAM Identity Center > Settings > Identity source > Actions > Manage provisioning > Access tokens. If nobody knows of this one, delete it; the identity provider's own goes on working.", Who: "aws"},
			},
		}
	case len(moved) > 0:
		return Finding{Status: Possible, Because: []Reason{because(moved, "%s from an address that no earlier call had, by a known client with a known token; identity providers change addresses.", count(len(moved), "SCIM write"))}}
	}
	r := in.reachOf(awsid.SourceSCIM)
	if len(in.scim) > fewestCalls {
		f := Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("All %s come from clients and tokens seen from the beginning.", count(len(in.scim), "SCIM call"))}}}
		if status, _ := in.absence(r, Undetermined); status != Established { // a stranger may be where nobody looked
			f.Status, f.Needs = Undetermined, in.fetch(r)
		}
		return f
	}
	if _, _, ok := r.best(); !ok {
		return Finding{Status: Undetermined, Because: []Reason{{Text: "Not looked at: SCIM."}}, Needs: in.fetch(r)}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: fmt.Sprintf("Too little of a past for a client to be new against: %s.", count(len(in.scim), "SCIM call"))}}}
}

// callers is which clients, tokens and addresses call over SCIM.
type callers struct {
	families  map[string]int    // index of the first call with the user agent's family
	strangers lot               // writes by a family or token that began after others
	moved     []*casefile.Event // other writes, from an address that began after others
}

func callersOf(scim, writes []*casefile.Event) callers {
	families, tokens, addresses := map[string]int{}, map[string]int{}, map[string]int{}
	for i, ev := range scim {
		for _, seen := range []struct {
			in  map[string]int
			key string
		}{{families, ev.Actor.Family}, {tokens, ev.Identity.AccessKey}, {addresses, ev.SourceIP}} {
			if _, known := seen.in[seen.key]; !known && seen.key != "" {
				seen.in[seen.key] = i
			}
		}
	}
	out := callers{families: families}
	var strangers []*casefile.Event
	for _, ev := range writes {
		switch {
		case families[ev.Actor.Family] >= fewestCalls || tokens[ev.Identity.AccessKey] >= fewestCalls:
			strangers = append(strangers, ev)
		case addresses[ev.SourceIP] >= fewestCalls:
			out.moved = append(out.moved, ev)
		}
	}
	out.strangers = lotOf(strangers)
	return out
}
