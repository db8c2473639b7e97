package diagnose

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/scimtrail/scimtrail/internal/ledger"
)

// Absence is the answer to a question about a name that no evidence has (ruling
// 7), but for that name: all of it that is the same whichever name is asked for.
type Absence struct {
	Kind     string // group or user
	Known    int    // groups or users of which anything is known
	Findings []Finding
	AsOf     time.Time
}

// Absence returns the answer to every question about a group, or a user, that the
// evidence does not name. It returns nil where it depends on the name: when an
// identity provider or governance is among the evidence, which may know it.
func (b *Bench) Absence(kind string) *Absence {
	if b.AskedMatters() {
		return nil
	}
	x := b.absence(kind, nil)
	leaveBefore(x.Findings)
	return x
}

// absence is Absence before anybody looked at the identity provider. user is the
// one of a question about a group that is not there, else nil.
func (b *Bench) absence(kind string, user *ledger.Life) *Absence {
	in := b.inquire(Question{Kind: kind}, nil, user)
	in.rows = nil
	masked := "CloudTrail masks the names of users, so names come from the identity store's own lists."
	if kind == "group" {
		masked = "CloudTrail masks the names of groups since July 2025 and never shows those of SCIM, so names come from the identity store's own lists."
	}
	x := &Absence{Kind: kind, Known: len(b.lives(kind)), AsOf: b.c.AsOf()}
	for _, cause := range Causes() {
		f := Finding{Status: Undetermined, Because: []Reason{{Text: "The " + kind + " asked for is not in the evidence."}}}
		switch cause.Slug {
		case "wrong-place":
			f.Because = []Reason{{Text: masked}}
			f.Needs = []Need{{
				Text:    "List the store's groups and users, in the Region where Identity Center was switched on.",
				Command: fmt.Sprintf("aws identitystore list-%ss --region %s --identity-store-id %s --output json", kind, safeRegion(in.place.Region), in.safeStore()),
			}}
		case "evidence-tampered", "scim-source-not-collected":
			f = cause.Examine(in)
		}
		f.Cause = cause
		x.Findings = append(x.Findings, f)
	}
	sort.SliceStable(x.Findings, func(i, j int) bool {
		return x.Findings[i].Cause.Slug == "wrong-place" && x.Findings[j].Cause.Slug != "wrong-place"
	})
	return x
}

// Answer is the answer about a name. names are those of all groups, or users, that
// the evidence knows, in the order of the ledger; the nearest are offered.
func (x *Absence) Answer(asked string, names []string) *Answer {
	summary := fmt.Sprintf("No %s called %q is in the evidence, which knows %s by name or id.", x.Kind, asked, count(x.Known, x.Kind))
	if x.Known == 0 {
		summary = fmt.Sprintf("The evidence names no %s at all, so %q cannot be looked up in it.", x.Kind, asked)
	}
	a := &Answer{Question: Question{Kind: x.Kind, Asked: asked}, AsOf: x.AsOf, Near: near(names, asked), Findings: slices.Clone(x.Findings)}
	a.Findings[0].Summary = summary
	a.Verdict = Verdict{Status: Undetermined, Cause: "wrong-place", Summary: summary}
	return a
}

// leaveBefore says that nothing before AWS was looked at.
func leaveBefore(findings []Finding) {
	for i := range findings {
		if f := &findings[i]; f.Cause.Step == Before {
			f.Unexamined = true
		}
	}
}

// missing answers a question about a name that no evidence of AWS has.
func (b *Bench) missing(kind, asked string, user *ledger.Life) *Answer {
	return b.absence(kind, user).Answer(asked, b.names(kind))
}

// lives are all groups or all users, by name, then id.
func (b *Bench) lives(kind string) []*ledger.Life {
	if kind == "user" {
		return b.l.Users()
	}
	return b.l.Groups()
}

func (b *Bench) names(kind string) []string {
	var out []string
	for _, life := range b.lives(kind) {
		out = append(out, life.Name)
	}
	return out
}

// AskedMatters reports whether an answer can depend on the name that was asked by,
// and not only on whom it means: the identity provider's names are compared with it
// too.
func (b *Bench) AskedMatters() bool { return !b.c.Upstream.Empty() }

// Elsewhere returns the names of groups, or of users, that an identity provider among
// the evidence gives and AWS's evidence does not, in order: there is more to say of
// them than of a name that nobody knows.
func (b *Bench) Elsewhere(kind string) []string {
	var names []string
	st := &b.c.Upstream
	known := b.l.FindGroup
	if kind == "user" {
		known = b.l.FindUser
		for i := range st.Okta.Users {
			names = append(names, st.Okta.Users[i].Profile.Login)
		}
		for i := range st.Okta.AppUsers {
			names = append(names, st.Okta.AppUsers[i].Credentials.UserName)
		}
		for i := range st.Entra.Users {
			names = append(names, st.Entra.Users[i].UserPrincipalName)
		}
	} else {
		for i := range st.Okta.Groups {
			names = append(names, st.Okta.Groups[i].Profile.Name)
		}
		for i := range st.Entra.Groups {
			names = append(names, st.Entra.Groups[i].DisplayName)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" || len(known(bare(name))) > 0 })
}
