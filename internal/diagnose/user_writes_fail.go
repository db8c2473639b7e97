package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:    "user-writes-fail",
	Title:   "AWS refuses the users, so their memberships never follow",
	Step:    Mechanism,
	Rank:    5,
	Needs:   []string{awsid.SourceSCIM},
	Examine: userWritesFail,
})

// userWritesFail is fingerprint F3: SCIM failed to make or find users, and no
// member was sent for the group afterwards (C11, C12). A failed create names
// nobody, so for a group it is established only where SCIM had to do with the
// group at all and sent nobody since.
func userWritesFail(in *inquiry) Finding {
	users := where(in.scim, func(ev *casefile.Event) bool {
		return isUserWrite(ev) || failed(ev) && slices.Contains([]string{"GetUser", "ListUsers"}, ev.Name)
	})
	if in.user != nil {
		own := where(in.ofUser, isSCIM)
		if refused := trailing(own, failed); len(refused) > 0 {
			f := in.usersRefused(refused)
			f.Status = Established
			f.Summary = refusedLast(refused, in.subject())
			return f
		}
	}
	refused := where(users, failed)
	if len(refused) == 0 {
		return in.noneRefused(users, "SCIM write of a user")
	}
	f := in.usersRefused(refused)
	if in.group == nil {
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: "A refused create names nobody, so whether it was this user is not known."})
		return f
	}
	own := where(in.ofGroup, isSCIM)
	sent := where(own, func(ev *casefile.Event) bool {
		return ev.MayAdd() && succeeded(ev) && ev.Time.After(first(refused).Time)
	})
	unmended := trailing(where(users, isUserWrite), failed)
	switch {
	case len(sent) > 0:
		f.Status = Refuted
		f.Because = append(f.Because, because(sent, "SCIM sent members of this group afterwards."))
	case len(unmended) > 0 && len(own) > 0 && !slices.ContainsFunc(own, func(ev *casefile.Event) bool { return succeeded(ev) && changesMembers(ev) }):
		f.Status = Established
		f.Because = append(f.Because, because(own, "SCIM has to do with this group, and no member of it was ever sent with success."))
	case len(unmended) > 0 && len(own) > 0:
		f.Status = Supported
		f.Because = append(f.Because, because(own, "SCIM sent members of this group before, and none since; a refused call names nobody, so whether the refused users are meant for it is not known."))
	case !slices.ContainsFunc(refused, isUserWrite):
		f.Status = Possible
		f.Summary = fmt.Sprintf("SCIM looked for users whom AWS does not know: %s.", errorName(last(refused)))
		f.Because = append(f.Because, Reason{Text: "Only look-ups failed. A provider looks before it creates, so that alone is no refusal; but no user was written after it either."})
		if len(where(users, func(ev *casefile.Event) bool {
			return isUserWrite(ev) && succeeded(ev) && ev.Time.After(last(refused).Time)
		})) > 0 {
			f.Because[len(f.Because)-1].Text = "Only look-ups failed, and users were written after them: a provider looks before it creates."
		}
	case len(own) > 0 || in.group.External:
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: "Other users were written since; whether the refused ones are meant for this group is not known."})
	default:
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: "A refused create names nobody, and SCIM never touched this group, so whether the two are connected is not known."})
	}
	return in.unlessMendedUnseen(f, last(refused))
}

func (in *inquiry) usersRefused(refused []*casefile.Event) Finding {
	final := last(refused)
	return Finding{
		Summary: fmt.Sprintf("AWS refuses users that SCIM sends, so their memberships in %s can't follow: %s.", in.theGroup(), errorName(final)),
		Because: []Reason{
			because(refused, "%s by %s failed, %s.", count(len(refused), "SCIM user call"), list(who(refused), 3), fromTo(refused)),
			because([]*casefile.Event{final}, "AWS said: %s", refusal(final)),
		},
		Fix: append(refusalFixes(final), Fix{Text: "When the user exists in AWS, push the group's members again: the identity provider does not repeat them by itself.", Who: "idp"}),
		At:  final.Time,
	}
}
