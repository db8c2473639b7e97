package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

var _ = register(Cause{
	Slug:    "identity-source-changed",
	Title:   "The identity source or provisioning was switched",
	Step:    Mechanism,
	Rank:    4,
	Needs:   []string{awsid.SourceConsole},
	Examine: identitySourceChanged,
})

// identitySourceChanged holds when the external identity provider or automatic
// provisioning was switched off, changed or switched on again. AWS may log the
// provisioning calls under unlisted names or not at all (cloudtrail reference
// 2.4), so their absence is never proof.
func identitySourceChanged(in *inquiry) Finding {
	changes := in.switches()
	if len(changes) == 0 {
		f := in.none("change of the identity source", awsid.SourceConsole)
		if f.Status == Refuted {
			f.Because = append(f.Because, Reason{Text: "AWS does not promise to log changes of SCIM tokens."})
			if in.reachOf(awsid.SourceAssignments).any.Empty() {
				f.Because = append(f.Because, Reason{Text: "Connecting another directory is logged under sso.amazonaws.com, which was not searched."})
				f.Needs = append(f.Needs, in.lookupNeed(awsid.SourceAssignments))
			}
		}
		return f
	}
	final := last(changes)
	f := Finding{
		Summary: fmt.Sprintf("The identity source was changed on %s by %s (%s).", when(final.Time), final.Actor.Label(), final.Name),
		Because: []Reason{because(changes, "%s, the last %s by %s on %s.", count(len(changes), "change"), final.Name, final.Actor.Label(), when(final.Time))},
		At:      final.Time,
		Fix: []Fix{
			{Text: "See in IAM Identity Center > Settings > Identity source what is set now; a new provisioning tenant has a new endpoint and token, which the identity provider must be given.", Who: "aws"},
			{Text: "Enter the endpoint and token at the identity provider, test them, and push users and groups again.", Who: "idp"},
		},
	}
	if after := after(in.scimDone(), final.Time); len(after) > 0 {
		f.Status = Possible
		f.Because = append(f.Because, because(after, "SCIM wrote %s after it, so provisioning works with the new setting.", times(len(after))))
		return f
	}
	f.Status = Established
	if !slices.ContainsFunc(changes, func(ev *casefile.Event) bool { return ev.Effect == cloudtrail.SourceChanged || !deletesToken(ev.Name) }) && !in.silentSince(final.Time) {
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: "Deleting a token stops only the client that used it; an old one is deleted after every rotation, and the time since is too short for the silence of SCIM to mean anything."})
	}
	if _, _, looked := in.reachOf(awsid.SourceSCIM).best(); looked {
		f.Because = append(f.Because, Reason{Text: "No successful SCIM write after it is in the evidence."})
	}
	if !in.searchedAfter(final, awsid.SourceSCIM) {
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: "SCIM was not searched from then to the end of the evidence, so provisioning may work with the new setting."})
		f.Needs = append(f.Needs, in.lookupNeed(awsid.SourceSCIM))
	}
	return f
}

func deletesToken(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), "deletebearertoken")
}

// silentSince reports whether SCIM has been silent since a moment for longer
// than it ever was before, as far as that can be told.
func (in *inquiry) silentSince(at time.Time) bool {
	beat := in.beat()
	return len(beat.pauses) >= fewestPauses && in.silenceLooked(in.reachOf(awsid.SourceSCIM), beat.last).Length() > beat.longest() &&
		in.end().Sub(at) > beat.longest()
}

// benign are changes that leave provisioning as it is: a certificate beside the
// old one, or a token more.
func benign(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "import") || strings.HasPrefix(lower, "createbearertoken") || strings.HasSuffix(lower, "certificate")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
