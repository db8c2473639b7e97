package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The causes of part A that the identity provider can tell of as well (causes.md:
// name-taken, group-recreated, throttled). Okta names the group that CloudTrail
// masks.

// with joins what the provider tells to what AWS's own evidence shows of the same
// cause: the stronger status leads, and both give their reasons.
func (f Finding) with(told Finding, ok bool) Finding {
	if !ok {
		return f
	}
	if strength(f.Status) <= strength(told.Status) {
		f.Because = append(f.Because, told.Because...)
		return f
	}
	if f.Status == Supported || f.Status == Possible {
		told.Because = append(told.Because, f.Because...)
	}
	return told
}

// told asks the provider's state, when there is any and a group is asked about or
// the cause is about people too.
func (in *inquiry) told(of func(*chain) (Finding, bool)) (Finding, bool) {
	c := in.before()
	if !c.provider() || in.group == nil && len(c.people) == 0 {
		return Finding{}, false
	}
	return of(c)
}

// nameTaken is C13 as the provider tells it: making the group was refused because
// AWS has one of the name.
func (c *chain) nameTaken() (Finding, bool) {
	if c.in.group == nil {
		return Finding{}, false
	}
	for _, r := range reversed(c.said) {
		if r.where == trail {
			continue
		}
		making := r.kind == "application.provision.group.add" || strings.Contains(strings.ToLower(r.text), "creating user group") || c.mapping != nil && c.mapping.LastPush.IsZero()
		sure := r.is("duplicate-group-name") || making && r.is("duplicate-resource", "conflict")
		if !sure && !(making && r.is("okta-create-group-refused")) {
			continue
		}
		f := Finding{
			Status:  Established,
			Summary: fmt.Sprintf("The push of %s was refused because AWS has a group of that name already, one that the identity provider did not make.", c.in.theGroup()),
			Because: []Reason{r.reason()},
			Fix:     r.fixes(),
			At:      r.at,
		}
		if !sure {
			f.Status = Possible
			f.Because = append(f.Because, Reason{Text: "AWS's answer is cut off; a name that is taken reads so, and so does a form that it does not take."})
		}
		return c.contradicted(f, r.at), true
	}
	return Finding{}, false
}

// groupRecreated is C14 as the provider tells it: the group that it is linked to is
// gone in AWS.
func (c *chain) groupRecreated() (Finding, bool) {
	if c.in.group == nil {
		return Finding{}, false
	}
	for _, r := range reversed(c.said) {
		if r.where == trail || !r.is("okta-linked-group-missing", "okta-remote-group-missing", "group-not-found") {
			continue
		}
		f := Finding{
			Status:  Established,
			Summary: fmt.Sprintf("The AWS group that the identity provider pushes %s to is gone: it was deleted in AWS, and one of the name that is there now is another.", c.in.theGroup()),
			Because: []Reason{r.reason()},
			Fix:     append(r.fixes(), Fix{Text: "Make the account assignments of the old group again for the new one: they hang on the id.", Who: "aws"}),
			At:      r.at,
		}
		if c.in.group.ID == "" {
			f.Summary = fmt.Sprintf("The AWS group that the identity provider pushes %s to is gone: it was deleted in AWS.", c.in.theGroup())
		}
		if old := r.x.RememberedGroupID; old != "" && strings.EqualFold(old, c.in.group.ID) {
			f.Status = Possible
			f.Because = append(f.Because, Reason{Text: "Yet the id that Okta remembers is that of the group asked about, which AWS has."})
		}
		return c.contradicted(f, r.at), true
	}
	made := c.in.group.Created
	if m := c.mapping; m != nil && made != nil && !m.LastPush.IsZero() && m.Created.Before(made.Time) && made.Time.After(m.LastPush.Add(time.Hour)) {
		return Finding{
			Status:  Supported,
			Summary: fmt.Sprintf("%s in AWS is younger than the last push to a group of that name, so it is not the one that was pushed.", name(c.in.group)),
			Because: []Reason{{Text: fmt.Sprintf("Okta last pushed the group on %s; the AWS group was made on %s.", when(m.LastPush), when(made.Time))}},
			Fix: []Fix{{Text: "Link the push to the group of today. In Okta: Applications > AWS IAM Identity Center > Push Groups > the group > Unlink (leave the group in the app), Refresh App Groups, then push and link it again.", Who: "idp"},
				{Text: "Make the account assignments of the old group again for the new one: they hang on the id.", Who: "aws"}},
			At: made.Time,
		}, true
	}
	return Finding{}, false
}

// throttled is C25 as the provider tells it: the last push of the group, or of the
// person, was refused for its rate, or ran out of time.
func (c *chain) throttled() (Finding, bool) {
	said := c.said
	if c.in.group == nil && len(c.people) == 1 {
		said = c.personFailures(c.people[0])
	}
	said = slices.DeleteFunc(slices.Clone(said), func(f failure) bool { return f.where == trail })
	if len(said) == 0 {
		return Finding{}, false
	}
	final := said[len(said)-1]
	f := Finding{
		Status:  Established,
		Summary: fmt.Sprintf("The last push of %s was refused for the rate of calls, and none succeeded after it.", c.in.subject()),
		Because: []Reason{final.reason()},
		Fix:     append(final.fixes(), Fix{Text: "Wait for the retry, then push again: " + pushNow + "; assign many people in waves.", Who: "idp"}),
		At:      final.at,
	}
	switch {
	case final.is("throttled", "kms-throttling") || final.kind == "application.integration.rate_limit_exceeded":
	case final.is("remote-timeout"):
		f.Status = Possible
		f.Summary = fmt.Sprintf("The last push of %s got no answer in time; whether it was carried out is not known.", c.in.subject())
	default:
		return Finding{}, false
	}
	return c.contradicted(f, final.at), true
}
