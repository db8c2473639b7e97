package diagnose

import (
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "user-refused",
	Title:    "AWS refuses the person's data",
	Step:     Before,
	Rank:     55,
	Explains: []string{"user-writes-fail", "created-not-filled"},
	Examine:  userRefused,
})

// refusedData are the entries of the error catalogue for a value in a person's
// profile (C11).
var refusedData = []string{"validation-empty", "validation-pattern", "validation-too-long", "validation-failed", "list-attribute-limit", "attribute-required"}

// refusedDataPerhaps may be about the form of the request as well.
var refusedDataPerhaps = []string{"request-unparsable", "okta-user-refused", "validation"}

// userRefused is C11: AWS answered the create or change of a person with a
// validation error, and none succeeded since.
func userRefused(in *inquiry) Finding {
	c := in.before()
	if !c.provider() {
		return unexamined("")
	}
	var fixes []Fix
	t := c.perPerson(func(p *person) judgement {
		for _, f := range reversed(c.personFailures(p)) {
			switch {
			case f.is(refusedData...), f.is(refusedDataPerhaps...):
				if fixes == nil {
					fixes = f.fixes()
				}
				return judgement{Established, []Reason{f.reason()}}
			}
		}
		if p.provisioned == Yes {
			return judgement{status: Refuted}
		}
		if p.appUser != nil && (p.appUser.Status == "STAGED" || p.appUser.SyncState == "ERROR") {
			if what := badProfile(p.okta); what != "" {
				return judgement{Supported, []Reason{{Text: fmt.Sprintf("Making %s in AWS is not done (status %s), and the Okta profile has what AWS refuses: %s.", p.name(), p.appUser.Status, what)}}}
			}
			return judgement{Undetermined, []Reason{{Text: fmt.Sprintf("Making %s in AWS is not done (status %s, %s); why is not among the evidence.", p.name(), p.appUser.Status, p.appUser.SyncState)}}}
		}
		if p.appUser != nil || p.assigned == No {
			return judgement{status: Refuted}
		}
		return judgement{status: Undetermined}
	})
	f := t.finding(func(n int) string {
		if n == 1 {
			return "could not be made or changed in AWS, because AWS refuses a value in the profile"
		}
		return "could not be made or changed in AWS, because AWS refuses a value in their profiles"
	})
	if f.Status == Established || f.Status == Supported || f.Status == Possible {
		f.Fix = append(fixes, Fix{Text: "Repair the profile or the attribute mapping (send nothing rather than an empty text), retry the task (in Okta: Dashboard > Tasks), then send the members again: " + pushNow + ".", Who: "idp"})
	}
	if f.Status == Undetermined && len(f.Needs) == 0 {
		f.Needs = []Need{c.readNeed()}
	}
	return f
}

// badProfile names what AWS refuses in a profile: a first or last name that is
// empty, characters that it does not take (okta-sailpoint reference 6.4).
func badProfile(u *upstream.OktaUser) string {
	if u == nil {
		return ""
	}
	for _, attribute := range []struct {
		name, value string
		required    bool
	}{{"first name", u.Profile.FirstName, true}, {"last name", u.Profile.LastName, true}, {"display name", u.Profile.DisplayName, false}, {"login", u.Profile.Login, true}} {
		switch {
		case attribute.required && strings.TrimSpace(attribute.value) == "":
			return "the " + attribute.name + " is empty"
		case strings.ContainsAny(attribute.value, "<>;:%"):
			return "the " + attribute.name + " holds one of < > ; : %"
		}
	}
	return ""
}

func reversed(list []failure) []failure {
	out := make([]failure, 0, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		out = append(out, list[i])
	}
	return out
}
