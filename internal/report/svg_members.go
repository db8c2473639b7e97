package report

import (
	"fmt"
	"time"
)

const (
	memberLeft  = 250
	memberRow   = 22
	memberBar   = 10
	maxBars     = 40
	maxBarName  = 34 // columns
	longestPast = 2 * 365 * 24 * time.Hour
)

// drawMembers draws the memberships of a group, or of a user, over time. It
// returns nil when there are none or the evidence holds no time.
func drawMembers(sub *Subjected, t *Timeline, asOf *time.Time) *picture {
	from, to, ok := memberWindow(sub, t, asOf)
	if !ok || len(sub.Members) == 0 {
		return nil
	}
	rows := sub.Members[:min(len(sub.Members), maxBars)]
	p := &picture{ID: "memberships-" + sub.Kind, Title: "Memberships over time", W: pictureWidth, H: px(len(rows)*memberRow + 44)}
	p.Desc = fmt.Sprintf("%s: %d known to exist, %d not known, %d past. The table beside the picture says the same in words.",
		plural(len(sub.Members)+sub.More, "membership"), sub.Present, sub.Doubtful, len(sub.Members)+sub.More-sub.Present-sub.Doubtful)
	s := newScale(from, to, memberLeft, pictureWidth-memberLeft-30)
	s.dates(p, 4, p.H-28)
	if t.From != nil && t.From.After(from) {
		x := s.x(*t.From)
		p.Lines = append(p.Lines, line{x, 4, x, p.H - 28, "begin"})
	}
	for i := range rows {
		p.member(&rows[i], s, px(i*memberRow+8))
	}
	p.Legend = []legend{
		{"via-scim", "over SCIM"}, {"via-api", "over the API"}, {"via-console", "in the console"}, {"via-unknown", "in an unknown way"},
		{"guess", "dashed: no event records how it began"},
		{"open", "arrow: goes on beyond this side of the picture"},
		{"ended", "upright line: the moment of its end is known"},
		{"doubt", "broken line and question mark: whether or when it ended is not known"},
	}
	if t.From != nil && t.From.After(from) {
		p.Legend = append(p.Legend, legend{"begin", "dashed upright line: the evidence begins"})
	}
	return p
}

// memberWindow spans what is known of the memberships and of the evidence, and
// at most two years before its end.
func memberWindow(sub *Subjected, t *Timeline, asOf *time.Time) (from, to time.Time, ok bool) {
	note := func(x *time.Time) {
		if x == nil {
			return
		}
		if !ok || x.Before(from) {
			from = *x
		}
		if !ok || x.After(to) {
			to = *x
		}
		ok = true
	}
	note(t.From)
	note(t.To)
	note(asOf)
	for _, m := range sub.Members {
		for _, p := range m.Spans {
			note(p.From)
			note(p.To)
		}
	}
	if ok && from.Before(to.Add(-longestPast)) {
		from = to.Add(-longestPast)
		if t.From != nil && t.From.Before(from) {
			from = *t.From
		}
	}
	return from, to, ok
}

func (p *picture) member(m *MemberLine, s scale, y px) {
	p.Labels = append(p.Labels, label{s.left - 12, y + 9, fit(Clean(m.Other), maxBarName), "member", "end"})
	for i, span := range m.Spans {
		last := i == len(m.Spans)-1
		class, words := "via-unknown", "began: not known"
		if span.Began != nil {
			if via := span.Began.Via; via == "scim" || via == "api" || via == "console" {
				class = "via-" + via
			}
			words = "began: " + span.Began.Known
			if span.Began.Known != "recorded" {
				class += " guess"
			}
		} else {
			class += " guess"
		}
		x1, x2 := s.left, s.right()
		if span.From != nil {
			x1 = s.x(*span.From)
			words += ", " + moment(*span.From)
		}
		openEnd := span.Ended == nil
		switch {
		case span.To != nil:
			x2 = s.x(*span.To)
			words += "; ended " + moment(*span.To)
		case !openEnd:
			words += "; ended at an unknown time"
			if m.AsOf != nil {
				x2 = s.x(*m.AsOf)
			}
		case m.Present == nil && last && m.AsOf != nil:
			x2 = s.x(*m.AsOf)
			words += "; whether it still exists is not known after " + moment(*m.AsOf)
		default:
			words += "; still there"
		}
		x2 = max(x2, x1+3)
		p.Rects = append(p.Rects, rectangle{x1, y, x2 - x1, memberBar, class, Clean(m.Other) + ": " + words})
		mid := y + memberBar/2
		if span.From == nil || span.From.Unix() < s.from {
			p.Arrows = append(p.Arrows, arrow{points(s.left-1, mid, s.left+7, mid-6, s.left+7, mid+6), "open"})
		}
		switch {
		case span.To != nil:
			p.Lines = append(p.Lines, line{x2, y - 3, x2, y + memberBar + 3, "ended"})
		case !openEnd || m.Present == nil && last:
			p.Lines = append(p.Lines, line{x2, mid, min(x2+26, s.right()), mid, "doubt"})
			p.Labels = append(p.Labels, label{min(x2+32, s.right()+8), y + 10, "?", "note", "middle"})
		default:
			p.Arrows = append(p.Arrows, arrow{points(x2+8, mid, x2, mid-6, x2, mid+6), "open"})
		}
	}
}

func points(x1, y1, x2, y2, x3, y3 px) string {
	return fmt.Sprintf("%v,%v %v,%v %v,%v", x1, y1, x2, y2, x3, y3)
}
