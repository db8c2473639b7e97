package diagnose

import (
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/span"
)

var _ = register(Cause{
	Slug:    "scim-never-used",
	Title:   "SCIM has not written at all",
	Step:    Pattern,
	Rank:    4,
	Needs:   []string{awsid.SourceSCIM},
	Examine: scimNeverUsed,
})

// silentTokens is when SCIM calls began to be logged: a token made before
// September 2024 may log nothing until it is rotated (cloudtrail reference 0, 4).
var silentTokens = time.Date(2024, 9, 1, 0, 0, 0, 0, time.UTC)

// whole reports whether a proven set has no gap and reaches the end of the
// evidence.
func (in *inquiry) whole(proven span.Set) bool {
	for _, seal := range in.c.Integrity {
		if len(seal.Tampered) > 0 {
			return false
		}
	}
	spans := proven.Spans()
	return len(spans) == 1 && !spans[0].To.Before(in.end().Add(-slack))
}

// notSince says what a statement about all that was looked at since a time leaves
// open: causes.md lets one proven day establish it, and the reader must see that it
// is one.
func (in *inquiry) notSince(from time.Time) []Reason {
	var out []Reason
	for _, life := range []*ledger.Life{in.group, in.user} {
		if life != nil && life.Created != nil && life.Created.Time.Before(from) {
			out = append(out, Reason{Text: fmt.Sprintf("%s is from %s, before that: whether SCIM wrote until %s is not known.", name(life), day(life.Created.Time), day(from))})
			break
		}
	}
	if brief := in.brief(in.reachOf(awsid.SourceSCIM)); brief != "" {
		out = append(out, Reason{Text: brief})
	}
	return out
}

// scimNeverUsed says the hardest thing of all, that something never happened. It
// is established on a proven chain of digests alone (ruling 4), and even then a
// token from before September 2024 may have written without a trace.
func scimNeverUsed(in *inquiry) Finding {
	if len(in.scimWrites) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(in.scimWrites, "SCIM made %s, the last on %s.", count(len(in.scimWrites), "write"), when(last(in.scimWrites).Time))}}
	}
	if len(in.undated) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(in.undated, "SCIM made %s at a time that the evidence blanks.", count(len(in.undated), "write"))}}
	}
	r := in.reachOf(awsid.SourceSCIM)
	grade, set, ok := r.best()
	if !ok {
		return Finding{Status: Undetermined, Because: []Reason{{Text: "Not looked at: SCIM."}}, Needs: in.fetch(r)}
	}
	f := Finding{
		Because: []Reason{
			{Text: "No SCIM write in what was looked at: " + r.describe(set, grade) + "."},
			{Text: fmt.Sprintf("A token made before %s may write without being logged until it is rotated.", silentTokens.Format("January 2006"))},
		},
		Needs: []Need{{Text: "See in IAM Identity Center > Settings > Identity source > Actions > Manage provisioning whether provisioning is on and when its tokens were made; CloudTrail cannot tell."}},
		Fix:   []Fix{{Text: "If SCIM should write: set it up at the identity provider with the endpoint and a new token, and assign or push users and groups.", Who: "idp"}},
	}
	if silent := in.traceless(set.Spans()[0]); len(silent) > 0 {
		f.Status = Refuted
		f.Because = append(f.Because, Reason{Text: "But SCIM wrote without being logged: " + silentWords(silent) + "."})
		f.Needs = []Need{{Text: "Rotate the SCIM token, so that what it writes is logged from then on: IAM Identity Center > Settings > Identity source > Actions > Manage provisioning > Access tokens."}}
		return f
	}
	bounds, _ := set.Bounds()
	f.Summary = fmt.Sprintf("SCIM has not written to this identity store since %s, when the evidence begins.", day(bounds.From))
	if all, ok := in.bounds(); ok && all.From.Before(bounds.From.Add(-slack)) {
		f.Summary = fmt.Sprintf("SCIM has not written to this identity store since %s; what was before is not proven.", day(bounds.From))
	}
	f.Because = append(f.Because, in.notSince(bounds.From)...)
	switch {
	case grade == casefile.Proven && !in.whole(r.proven):
		f.Status = Undetermined
		f.Because = append(f.Because, Reason{Text: "The proven chain has gaps or tampered files, and a write may lie there."})
	case grade == casefile.Proven && in.place.Account != "":
		f.Status = Established
		if doubt := in.ownerDoubt(); doubt != "" {
			f.Because = append(f.Because, Reason{Text: doubt})
			f.Needs = append(f.Needs, instanceNeed(in))
		}
	case grade == casefile.Proven:
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: in.ownerDoubt()})
		f.Needs = append(f.Needs, instanceNeed(in))
	case grade == casefile.Claimed:
		f.Status = Undetermined
		f.Because = append(f.Because, Reason{Text: "That something never happened takes a proven chain of digests; a claim is not enough."})
		f.Needs = append(f.Needs, digestNeeds(in)...)
	default:
		f.Status = Undetermined
		f.Needs = append(f.Needs, in.fetch(r)...)
	}
	return f
}
