package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:    "scim-source-not-collected",
	Title:   "SCIM was never searched",
	Step:    Aside, // headline treats it apart (ruling 2)
	Rank:    1,
	Examine: scimSourceNotCollected,
})

// scimSourceNotCollected holds, always as undetermined, when the only event
// source that shows an identity provider's writes was never looked at where it
// is logged. Finding nothing elsewhere is no sign that SCIM is not working: that
// was the mistake of the investigation that this program is built around. A
// search that ends early or covers less than half of the time is no search.
func scimSourceNotCollected(in *inquiry) Finding {
	r := in.reachOf(awsid.SourceSCIM)
	grade, set, some := r.best()
	_, looked := in.absence(r, Supported)
	if looked != "" {
		f := Finding{Status: Refuted, Because: []Reason{{Text: "SCIM was searched: " + r.describe(set, grade) + "."}}}
		if doubt := in.ownerDoubt(); doubt != "" {
			f.Because = append(f.Because, Reason{Text: doubt})
			f.Needs = append(f.Needs, instanceNeed(in))
		}
		if window, any := in.c.Window(casefile.DirectorySources...); any {
			for _, gap := range set.Gaps(window) {
				f.Because = append(f.Because, Reason{Text: fmt.Sprintf("It was not searched %s.", during(gap))})
			}
		}
		return f
	}
	f := Finding{
		Status: Undetermined,
		Summary: fmt.Sprintf("%s is not determined: SCIM was never searched. No evidence here covers %s, the only event source that shows what an identity provider writes.",
			in.open(), awsid.SourceSCIM),
		Because: []Reason{{Text: "Identity Store API and console events never show SCIM traffic, so finding none there says nothing about it."}},
		Needs:   in.fetch(r),
	}
	if some {
		f.Summary = fmt.Sprintf("%s is not determined: SCIM was searched only in part. %s is the only event source that shows what an identity provider writes, and the search does not reach far enough.",
			in.open(), awsid.SourceSCIM)
		f.Because = append(f.Because, Reason{Text: "Searched: " + r.describe(set, grade) + "."})
	}
	if len(in.undated) > 0 {
		if !some {
			f.Summary = fmt.Sprintf("%s is not determined: SCIM calls are in the evidence, but the time of each is blanked, so what was searched is not known. %s is the only event source that shows what an identity provider writes.",
				in.open(), awsid.SourceSCIM)
		}
		f.Because = append(f.Because, because(in.undated, "The time is blanked: %s.", count(len(in.undated), "SCIM write")))
	}
	if members := in.members(); len(members) > 0 {
		f.Because = append(f.Because, Reason{Text: in.membersSentence(members) + " by the last event that names them; SCIM may have taken them out since."})
	}
	if elsewhere := in.c.Coverage.Of(awsid.SourceSCIM, casefile.Place{}, casefile.Unknown); !some && !elsewhere.Empty() {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("It was searched, but only outside %s, where the identity store lives.", placeName(in.place))})
	}
	return f
}

// open names the question that stays open.
func (in *inquiry) open() string {
	if len(in.members()) == 0 {
		return in.whyOpen()
	}
	if in.user != nil {
		return "Whether " + name(in.user) + " still has the access that was given"
	}
	return "Whether " + name(in.group) + " still has the members that were added"
}
