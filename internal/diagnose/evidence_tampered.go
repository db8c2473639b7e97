package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:    "evidence-tampered",
	Title:   "The log files are not what CloudTrail delivered",
	Step:    Unfit,
	Rank:    1,
	Examine: evidenceTampered,
})

// evidenceTampered holds when a signed log file is missing or differs from what
// was signed. A gap in the chain or a restart of logging is no tampering
// (cloudtrail reference 4.4); it only limits what is proven.
func evidenceTampered(in *inquiry) Finding {
	var bad []casefile.Tampering
	limits := 0
	for _, seal := range in.c.Integrity {
		bad = append(bad, seal.Tampered...)
		limits += len(seal.Limits)
	}
	switch {
	case len(bad) > 0:
		f := Finding{
			Status:  Established,
			Summary: fmt.Sprintf("The evidence is not fit to answer: %s failed CloudTrail's signed digests.", count(len(bad), "file")),
			Fix: []Fix{{
				Text:    "Fetch the log files and digests again from the trail's bucket, and check the originals there.",
				Command: "aws cloudtrail validate-logs --trail-arn <trail-arn> --start-time <start> --verbose",
				Who:     "aws",
			}},
		}
		for i, t := range bad {
			if i == maxQuoted {
				f.Because = append(f.Because, Reason{Text: fmt.Sprintf("and %d more", len(bad)-i)})
				break
			}
			f.Because = append(f.Because, Reason{Text: t.Object + ": " + t.What})
			if f.At.IsZero() {
				f.At = t.Span.From
			}
		}
		return f
	case len(in.c.Integrity) > 0:
		f := Finding{Status: Refuted, Because: []Reason{{Text: "No log file that the digests could check differs from what CloudTrail signed."}}}
		if limits > 0 {
			f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The digests do not reach everywhere: %s.", count(limits, "limit"))})
		}
		for _, seal := range in.c.Integrity {
			if seal.Proven.Empty() {
				f.Status = Undetermined
				f.Because[0].Text = "The digests could not be checked, so they prove nothing either way."
				f.Needs = digestNeeds(in)
			}
		}
		return f
	}
	return Finding{
		Status:  Undetermined,
		Because: []Reason{{Text: "No digest files are among the evidence, so nothing is known of changed or missing log files."}},
		Needs:   digestNeeds(in),
	}
}

func digestNeeds(in *inquiry) []Need {
	return []Need{{
		Text:    "Put the trail's digest files (CloudTrail-Digest) and the public keys beside the log files.",
		Command: fmt.Sprintf("aws cloudtrail list-public-keys --region %s --start-time <start> --end-time <end> --output json", safeRegion(in.place.Region)),
	}}
}
