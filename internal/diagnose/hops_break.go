package diagnose

import (
	"cmp"
	"slices"
)

// BreaksAt returns the hop at which the way breaks: the one of the headline's
// cause, else the first with an established cause, else the first that is broken.
// It returns nil when none is broken, and when only the end is: that the person is
// not in the AWS group says nothing of where the way breaks while hops before it
// could not be judged.
func (a *Answer) BreaksAt() *Hop {
	var first, caused, lead *Hop
	unknown := false
	for i := range a.Hops {
		h := &a.Hops[i]
		switch {
		case h.State == HopUnknown:
			unknown = true
		case h.State != HopBroken:
		case h.Cause != "" && h.Cause == a.Verdict.Cause && lead == nil:
			lead = h
		case h.Cause != "" && caused == nil:
			caused = h
		case first == nil && (h.ID == "membership" && !unknown || h.ID == "grant" && a.arrived() || h.ID != "membership" && h.ID != "grant"):
			first = h
		}
	}
	return cmp.Or(lead, caused, first)
}

// arrived reports whether the person is in the AWS group.
func (a *Answer) arrived() bool {
	return slices.ContainsFunc(a.Hops, func(h Hop) bool { return h.ID == "membership" && h.State == HopOK })
}
