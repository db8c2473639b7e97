package diagnose

import (
	"fmt"
	"slices"
)

var _ = register(Cause{
	Slug:     "governance-provisioning-failed",
	Title:    "Governance could not carry out the change",
	Step:     Before,
	Rank:     20,
	Explains: []string{"idp-group-lacks-user"},
	Examine:  governanceProvisioningFailed,
})

// governanceProvisioningFailed is C19: SailPoint's newest try to write the
// membership to its source failed.
func governanceProvisioningFailed(in *inquiry) Finding {
	c, f, ok := in.governed()
	if !ok {
		return f
	}
	var fixes []Fix
	f, concerned := c.perGrant(func(g *grants) judgement {
		if d := g.add; d != nil {
			why := ""
			if len(d.errors) > 0 {
				e := d.errors[0]
				x := c.failure(d.at, e, "SailPoint")
				why = fmt.Sprintf(" SailPoint says: %q.", shorten(e, 200))
				if x.known {
					why += " " + x.x.Meaning()
				}
				if fixes == nil {
					fixes = x.fixes()
				}
			}
			text := fmt.Sprintf("SailPoint tried on %s to add %s to the group, and the change is %s.%s", when(d.at), g.who(), d.status, why)
			switch {
			case d.failed() && d.concludes && len(d.errors) == 0:
				return judgement{Supported, []Reason{{Text: text + " That is said of the whole activity, without a reason."}}}
			case d.failed():
				return judgement{Established, []Reason{{Text: text}}}
			case d.status == "RETRY":
				return judgement{Supported, []Reason{{Text: text + " It says that it will try again."}}}
			case d.done():
				return judgement{status: Refuted}
			}
		}
		if r := g.request; r != nil && slices.Contains([]string{"PROVISIONING_FAILED", "NOT_ALL_ITEMS_PROVISIONED", "ERROR"}, r.State) {
			text := fmt.Sprintf("SailPoint: the request of %s for %s, made on %s, is %s.", g.who(), shorten(r.Name, 80), when(r.Created), r.State)
			if len(r.Errors) > 0 {
				e := r.Errors[0]
				text += fmt.Sprintf(" It says: %q.", shorten(e, 200))
				if fixes == nil {
					x := c.failure(r.Created, e, "SailPoint")
					fixes = x.fixes()
				}
			}
			if r.State == "NOT_ALL_ITEMS_PROVISIONED" {
				return judgement{Supported, []Reason{{Text: text}}}
			}
			return judgement{Established, []Reason{{Text: text}}}
		}
		return judgement{status: Refuted}
	}, c.noGrant)
	if len(concerned) == 0 {
		return f
	}
	if g := concerned[0]; g.add != nil {
		f.At = g.add.at
	}
	f.Summary = fmt.Sprintf("SailPoint could not add %s to %s: its change to the identity provider failed.", list(grantNames(concerned), 3), in.theGroup())
	for _, s := range c.st.SailPoint.Sources {
		if s.Healthy == "false" {
			f.Because = append(f.Because, Reason{Text: fmt.Sprintf("SailPoint shows its source %q as not healthy (%s).", shorten(s.Name, 80), s.Status)})
		}
	}
	f.Fix = append(fixes, Fix{Text: "Cure the reason, then run the request again; SailPoint does not always repeat it. In SailPoint: Admin > Connections > Sources > the source > Test Connection, and Search > Account Activity for the change.", Who: "governance"})
	return f
}
