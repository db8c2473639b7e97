package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/repair"
	"github.com/scimtrail/scimtrail/internal/report"
)

// How much of a plan is shown to a person; the file and JSON have all.
const (
	shownPeople = 20 // a group and direction
	shownLines  = 20 // of each list
)

// planText prints a plan as a difference: + is added, - is removed.
func planText(w io.Writer, p *repair.Plan, limit repair.Limit, file string, style report.Style) error {
	var b strings.Builder
	paint := func(code, s string) string {
		if !style.Colour {
			return s
		}
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
	where := "the identity store"
	if p.Store != "" {
		where = "identity store " + p.Store
	}
	if p.Region != "" {
		where += " in " + p.Region
	}
	fmt.Fprintf(&b, "Plan for %s, %s.\n", report.Clean(where), asOf(p))
	if p.Undoes != "" {
		fmt.Fprintf(&b, "It takes back what %s says was done.\n", report.Clean(p.Undoes))
	}
	for _, g := range p.Groups {
		b.WriteString("\n" + paint("1", report.Clean(g.Name)))
		if !g.OnlyThese {
			fmt.Fprintf(&b, " (%s now, %d after)", counted(len(g.Members), "member"), len(g.Members)+len(g.Add)-len(g.Remove))
		}
		b.WriteString("\n")
		people(&b, paint, "32", "+", g.Add)
		people(&b, paint, "31", "-", g.Remove)
	}
	var cannot []string
	for _, c := range p.CannotAdd {
		cannot = append(cannot, c.User+" to "+c.Group+": "+c.Why)
	}
	lines(&b, "Cannot be added", cannot)
	lines(&b, "Groups that are not in AWS", untouched(p.Missing))
	lines(&b, "Left as they are", untouched(p.Untouched))
	lines(&b, "Mind", p.Warnings)

	add, remove := p.Counts()
	b.WriteString("\n")
	if p.Empty() {
		b.WriteString("Nothing is to be changed.\n")
	} else {
		fmt.Fprintf(&b, "%d to add, %d to remove, in %s.\n", add, remove, counted(len(p.Groups), "group"))
	}
	if err := p.Guard(limit); err != nil {
		fmt.Fprintf(&b, "Apply will refuse: %s.\n", report.Clean(err.Error()))
	}
	if file != "" && file != "-" {
		fmt.Fprintf(&b, "Saved as %s.\n", report.Clean(file))
		if !p.Empty() {
			fmt.Fprintf(&b, "Next: scimtrail apply %s --reason \"...\"\n", report.Clean(file))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func asOf(p *repair.Plan) string {
	if p.Taken.IsZero() {
		return "made on members of an unknown time"
	}
	at := p.Taken.UTC().Format(time.DateTime) + " UTC"
	switch p.Clock {
	case "content":
		return "made on members as of " + at + " or later"
	case "file-time":
		return "made on members as of " + at + " or earlier (the file's time)"
	}
	return "made on members as of " + at
}

func people(b *strings.Builder, paint func(code, s string) string, code, sign string, list []repair.Person) {
	for i, p := range list {
		if i == shownPeople {
			fmt.Fprintf(b, "  %s and %d more\n", sign, len(list)-i)
			return
		}
		name := p.Name
		if name == "" {
			name = p.ID
		}
		fmt.Fprintf(b, "  %s\n", paint(code, sign+" "+report.Clean(name)))
	}
}

func untouched(list []repair.Untouched) (out []string) {
	for _, u := range list {
		out = append(out, u.Group+": "+u.Why)
	}
	return out
}

func lines(b *strings.Builder, title string, list []string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s (%d):\n", title, len(list))
	for i, line := range list {
		if i == shownLines {
			fmt.Fprintf(b, "  and %d more; the plan file has all\n", len(list)-i)
			return
		}
		fmt.Fprintf(b, "  %s\n", report.Clean(line))
	}
}
