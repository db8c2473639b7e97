package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
)

// Collected is what one run of `collect` kept.
type Collected struct {
	Into        string
	Sources     []string
	Events      int // identity events fetched
	New         int // of these, the ones that were not kept before; -1 when not known
	Users       int
	Groups      int
	Memberships int
	Snapshots   int
	Upstream    int // entries of identity providers and governance products
	Coverage    casefile.Coverage
	InAll       casefile.Coverage // what the archive covers after the run; nil when not known
	Failed      []string          // sources that could not be collected to the end: name and sentence
	Losses      []casefile.Loss
	Notes       []string
	Live        bool   // something was looked up in CloudTrail's event history
	Cut         bool   // the run was interrupted
	Ask         string // the command that asks what was kept; "" when it is not to be named
}

// maxLossLines bounds how many losses a person is shown; the JSON has them all.
const maxLossLines = 10

// CollectText says what was kept, and what of the ground was looked at.
func CollectText(w io.Writer, c Collected, style Style) error {
	p := &page{w: w, style: style}
	kept := []string{plural(c.Events, "identity event", "identity events")}
	switch {
	case c.New == 0 && c.Events == 0:
		kept[0] = "no new identity event"
	case c.New < 0 && c.Events == 0:
		kept[0] = "no identity event"
	case c.New < 0:
	case c.New == 0:
		kept[0] += " (none new)"
	case c.New < c.Events:
		kept[0] += fmt.Sprintf(" (%d new)", c.New)
	default:
		kept[0] += " (all new)"
	}
	if c.Snapshots > 0 {
		kept = append(kept, fmt.Sprintf("%s, %s, %s", plural(c.Users, "user", "users"), plural(c.Groups, "group", "groups"), plural(c.Memberships, "membership", "memberships")))
	}
	if c.Upstream > 0 {
		kept = append(kept, plural(c.Upstream, "entry of a provider", "entries of providers"))
	}
	p.painted(bold, "", "", "Kept in "+c.Into+": "+strings.Join(kept, "; "))
	if c.Cut {
		p.text("", "", "The collection was interrupted. The same command goes on where it stopped.")
	}
	if len(c.Failed) > 0 {
		p.heading("Could not be collected to the end")
		for _, f := range c.Failed {
			p.item(f)
		}
		p.text("  ", "  ", "What came until then is kept. The same command goes on from there.")
	}
	p.heading("Looked at in this run")
	switch {
	case len(c.Coverage) > 0:
	case c.Events > 0:
		p.item("no log whose completeness anybody claims: what is missing from it proves nothing")
	case c.Snapshots > 0:
		p.item("an identity store, as it is now; no log of calls")
	default:
		p.item("no log of calls")
	}
	for _, line := range coverageLines(c.Coverage) {
		p.item(line)
	}
	if slices.ContainsFunc(c.Coverage, func(x casefile.Cover) bool { return x.Channel == "lookup-events" && x.Complete == casefile.Claimed }) && c.Live {
		p.text("  ", "  ", "CloudTrail shows calls up to 15 minutes late, so the newest are kept and not claimed to be all; the same command adds the rest later.")
	}
	if inAll := coverageLines(c.InAll); len(inAll) > 0 && !slices.Equal(inAll, coverageLines(c.Coverage)) {
		p.heading("Looked at in all, with what was kept before")
		for _, line := range inAll {
			p.item(line)
		}
	}
	if len(c.Losses) > 0 {
		p.heading("Could not be read")
		for i, l := range c.Losses {
			if i == maxLossLines {
				p.item(fmt.Sprintf("and %d more; --format json has all", len(c.Losses)-i))
				break
			}
			text := l.Path + ": " + l.Reason
			if l.Lost != "" {
				text += " (lost: " + l.Lost + ")"
			}
			p.item(text)
		}
	}
	if len(c.Notes) > 0 {
		p.heading("To know")
		for _, n := range c.Notes {
			p.item(n)
		}
	}
	if c.Ask != "" && !c.Cut && len(c.Failed) == 0 && c.Events+c.Snapshots+c.Upstream > 0 {
		p.blank()
		p.text("", "  ", "To ask it: "+c.Ask)
	}
	return p.err
}

// CollectJSON is the same for programs.
func CollectJSON(c Collected) any {
	type counts struct {
		Events      int  `json:"events"`
		New         *int `json:"new,omitempty"`
		Snapshots   int  `json:"snapshots"`
		Users       int  `json:"users"`
		Groups      int  `json:"groups"`
		Memberships int  `json:"memberships"`
		Upstream    int  `json:"upstream"`
	}
	doc := struct {
		Schema      string          `json:"schema"`
		Into        string          `json:"into"`
		Sources     []string        `json:"sources"`
		Kept        counts          `json:"kept"`
		Coverage    []coverDoc      `json:"coverage"`
		InAll       []coverDoc      `json:"coverageInAll,omitempty"` // of an archive, with what was kept before
		Unreadable  []casefile.Loss `json:"unreadable"`
		Notes       []string        `json:"notes"`
		Interrupted bool            `json:"interrupted,omitempty"`
		Failed      []string        `json:"failed,omitempty"`
	}{
		Schema: "scimtrail/collect/v1", Into: c.Into, Sources: c.Sources,
		Kept:     counts{Events: c.Events, Snapshots: c.Snapshots, Users: c.Users, Groups: c.Groups, Memberships: c.Memberships, Upstream: c.Upstream},
		Coverage: coverDocs(c.Coverage), Unreadable: append([]casefile.Loss{}, c.Losses...), Notes: append([]string{}, c.Notes...), Interrupted: c.Cut, Failed: c.Failed,
	}
	if len(c.InAll) > 0 {
		doc.InAll = coverDocs(c.InAll)
	}
	if c.New >= 0 {
		doc.Kept.New = &c.New
	}
	return doc
}

// PlanText says what `collect` would do, and ends with the least IAM policy.
func PlanText(w io.Writer, plans []live.Plan, style Style) error {
	p := &page{w: w, style: style}
	for i, plan := range plans {
		if i > 0 {
			p.blank()
		}
		p.painted(bold, "", "", plan.Source)
		for _, what := range plan.What {
			p.item(what)
		}
		var about []string
		if plan.Calls > 0 {
			about = append(about, plural(plan.Calls, "call", "calls"))
		}
		if plan.Bytes > 0 {
			about = append(about, Size(plan.Bytes))
		}
		if plan.Duration > 0 {
			about = append(about, "about "+roughly(plan.Duration))
		}
		switch {
		case plan.CostUSD >= 0.01:
			about = append(about, fmt.Sprintf("about %.2f US dollars", plan.CostUSD))
		case plan.CostUSD > 0:
			about = append(about, "less than a cent")
		}
		if len(about) > 0 {
			p.item("Estimate: " + strings.Join(about, ", "))
		}
		for _, n := range plan.Notes {
			p.item(n)
		}
		if others := slices.DeleteFunc(slices.Clone(plan.Permissions), func(x live.Permission) bool { return x.IAM }); len(others) > 0 {
			p.heading("Needs")
			for _, x := range others {
				text := x.Action
				if x.Resource != "" {
					text += " on " + x.Resource
				}
				p.item(text + ": " + x.Why)
			}
		}
	}
	policy := IAMPolicy(plans)
	if policy == nil {
		return p.err
	}
	p.heading("The least IAM policy for it")
	text, err := json.MarshalIndent(policy, "", "  ")
	if err != nil {
		return err
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		p.raw(Clean(line) + "\n")
	}
	return p.err
}

// PlanJSON is the same for programs.
func PlanJSON(plans []live.Plan) any {
	type doc struct {
		live.Plan
		Seconds float64 `json:"seconds"`
	}
	out := struct {
		Schema  string `json:"schema"`
		Sources []doc  `json:"sources"`
		Policy  any    `json:"iamPolicy,omitempty"`
	}{Schema: "scimtrail/collect-plan/v1", Sources: []doc{}}
	for _, plan := range plans {
		out.Sources = append(out.Sources, doc{plan, plan.Duration.Seconds()})
	}
	if policy := IAMPolicy(plans); policy != nil {
		out.Policy = policy
	}
	return out
}

// Policy is an IAM policy document
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html).
type Policy struct {
	Version   string            `json:"Version"`
	Statement []PolicyStatement `json:"Statement"`
}

// PolicyStatement allows actions on one resource.
type PolicyStatement struct {
	Effect   string   `json:"Effect"`
	Action   []string `json:"Action"`
	Resource string   `json:"Resource"`
}

// IAMPolicy joins the IAM permissions of all plans, nil when none needs any.
func IAMPolicy(plans []live.Plan) *Policy {
	actions := map[string][]string{}
	for _, plan := range plans {
		for _, x := range plan.Permissions {
			if !x.IAM {
				continue
			}
			on := x.Resource
			if on == "" {
				on = "*"
			}
			if !slices.Contains(actions[on], x.Action) {
				actions[on] = append(actions[on], x.Action)
			}
		}
	}
	if len(actions) == 0 {
		return nil
	}
	policy := &Policy{Version: "2012-10-17"}
	for _, on := range slices.Sorted(maps.Keys(actions)) {
		slices.Sort(actions[on])
		policy.Statement = append(policy.Statement, PolicyStatement{"Allow", actions[on], on})
	}
	return policy
}

// Size writes bytes in decimal units.
func Size(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f kB", float64(n)/1e3)
}

// roughly writes a duration as people say it.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return plural(max(1, int(d.Round(time.Second)/time.Second)), "second", "seconds")
	case d < 2*time.Hour:
		return plural(int(d.Round(time.Minute)/time.Minute), "minute", "minutes")
	}
	return plural(int(d.Round(time.Hour)/time.Hour), "hour", "hours")
}
