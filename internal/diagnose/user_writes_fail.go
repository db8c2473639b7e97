package diagnose

import (
	"fmt"
	"slices"
	"time"

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
	users := in.userCalls()
	if in.user != nil {
		own := where(in.ofUser, isSCIM)
		if refused := trailing(own, failed); len(refused) > 0 {
			f := in.usersRefused(lotOf(refused))
			f.Status = Established
			f.Summary = refusedLast(refused, in.subject())
			return f
		}
	}
	refused := users.refused.events
	if len(refused) == 0 {
		return in.noneRefused(nil, "SCIM write of a user")
	}
	f := in.usersRefused(users.refused)
	if in.group == nil {
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: "A refused create names nobody, so whether it was this user is not known."})
		return f
	}
	own := where(in.ofGroup, isSCIM)
	sent := where(own, func(ev *casefile.Event) bool {
		return ev.MayAdd() && succeeded(ev) && ev.Time.After(first(refused).Time)
	})
	switch {
	case len(sent) > 0:
		f.Status = Refuted
		f.Because = append(f.Because, because(sent, "SCIM sent members of this group afterwards."))
	case users.unmended && len(own) > 0 && !slices.ContainsFunc(own, func(ev *casefile.Event) bool { return succeeded(ev) && changesMembers(ev) }):
		f.Status = Established
		f.Because = append(f.Because, because(own, "SCIM has to do with this group, and no member of it was ever sent with success."))
	case users.unmended && len(own) > 0:
		f.Status = Supported
		f.Because = append(f.Because, because(own, "SCIM sent members of this group before, and none since; a refused call names nobody, so whether the refused users are meant for it is not known."))
	case !users.writeRefused:
		f.Status = Possible
		f.Summary = fmt.Sprintf("SCIM looked for users whom AWS does not know: %s.", errorName(last(refused)))
		f.Because = append(f.Because, Reason{Text: "Only look-ups failed. A provider looks before it creates, so that alone is no refusal; but no user was written after it either."})
		if users.done.After(last(refused).Time) {
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

// userCalls is how SCIM fared with users.
type userCalls struct {
	refused      lot       // writes and look-ups of users that failed
	writeRefused bool      // one of them is a write
	unmended     bool      // the last write of a user failed
	done         time.Time // when a write of a user succeeded last
}

func userCallsOf(scim []*casefile.Event) userCalls {
	var out userCalls
	var refused []*casefile.Event
	for _, ev := range scim {
		write := isUserWrite(ev)
		if failed(ev) && (write || slices.Contains([]string{"GetUser", "ListUsers"}, ev.Name)) {
			refused = append(refused, ev)
			out.writeRefused = out.writeRefused || write
		}
		if write {
			out.unmended = failed(ev)
			if succeeded(ev) {
				out.done = ev.Time
			}
		}
	}
	out.refused = lotOf(refused)
	return out
}

func (in *inquiry) usersRefused(refused lot) Finding {
	final := last(refused.events)
	return Finding{
		Summary: fmt.Sprintf("AWS refuses users that SCIM sends, so their memberships in %s can't follow: %s.", in.theGroup(), errorName(final)),
		Because: []Reason{
			because(refused.events, "%s by %s failed, %s.", count(len(refused.events), "SCIM user call"), list(refused.actors, 3), fromTo(refused.events)),
			because([]*casefile.Event{final}, "AWS said: %s", refusal(final)),
		},
		Fix: append(refusalFixes(final), Fix{Text: "When the user exists in AWS, push the group's members again: the identity provider does not repeat them by itself.", Who: "idp"}),
		At:  final.Time,
	}
}
