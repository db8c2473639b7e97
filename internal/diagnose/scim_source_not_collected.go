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
// was the mistake of the investigation that this program is built around.
func scimSourceNotCollected(in *inquiry) Finding {
	r := in.reachOf(awsid.SourceSCIM)
	if grade, set, ok := r.best(); ok {
		f := Finding{Status: Refuted, Because: []Reason{{Text: "SCIM was searched: " + r.describe(set, grade) + "."}}}
		if window, any := in.c.Window(casefile.DirectorySources...); any {
			for _, gap := range set.Gaps(window) {
				f.Because = append(f.Because, Reason{Text: fmt.Sprintf("It was not searched %s.", during(gap))})
			}
		}
		return f
	}
	f := Finding{
		Status: Undetermined,
		Summary: fmt.Sprintf("Why %s is not determined: SCIM was never searched. No evidence here covers %s, the only event source that shows what an identity provider writes.",
			in.whatIsAsked(), awsid.SourceSCIM),
		Because: []Reason{{Text: "Identity Store API and console events never show SCIM traffic, so finding none there says nothing about it."}},
		Needs:   in.fetch(r),
	}
	if elsewhere := in.c.Coverage.Of(awsid.SourceSCIM, casefile.Place{}, casefile.Unknown); !elsewhere.Empty() {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("It was searched, but only outside %s, where the identity store lives.", placeName(in.place))})
	}
	return f
}
