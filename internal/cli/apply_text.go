package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/repair"
	"github.com/scimtrail/scimtrail/internal/report"
)

// appliedJSON is the answer of apply in JSON.
type appliedJSON struct {
	Schema   string          `json:"schema"`
	Store    string          `json:"identityStore"`
	Journal  string          `json:"journal,omitempty"`
	Before   time.Time       `json:"doneBefore,omitzero"`
	Resumed  bool            `json:"resumed"`
	Added    int             `json:"added"`
	Removed  int             `json:"removed"`
	Refused  []refusedChange `json:"refused"`
	Verified bool            `json:"verified"`
	Differs  []string        `json:"differs,omitempty"`
}

type refusedChange struct {
	Op    repair.Op `json:"op"`
	Group string    `json:"group"`
	User  string    `json:"user"`
	Why   string    `json:"why"`
}

// applied says how an apply ended.
func (a *app) applied(opts *applyOptions, p *repair.Plan, out *repair.Outcome, journal string) error {
	o := output{format: opts.format}
	return a.write(&o, func(w io.Writer, _ report.Style) error {
		if opts.format == "json" {
			doc := appliedJSON{Schema: "scimtrail/apply/v1", Store: p.Store, Journal: journal, Before: out.Before, Resumed: out.Resumed,
				Added: out.Added, Removed: out.Removed, Refused: []refusedChange{}, Verified: out.Verified, Differs: out.Differs}
			for _, e := range out.Refused {
				doc.Refused = append(doc.Refused, refusedChange{e.Op, e.Name, e.User.Name, e.Why})
			}
			return report.WriteJSON(w, doc)
		}
		_, err := io.WriteString(w, appliedText(p, out, journal))
		return err
	})
}

func appliedText(p *repair.Plan, out *repair.Outcome, journal string) string {
	var b strings.Builder
	switch {
	case p.Empty() && p.Undoes != "":
		return "There is nothing to take back: the groups are as they were before.\n"
	case p.Empty():
		return "The plan is empty. Nothing was changed.\n"
	case !out.Before.IsZero():
		fmt.Fprintf(&b, "The plan was done already, on %s. Nothing was changed now. Then:\n", out.Before.UTC().Format(time.DateTime)+" UTC")
	case out.Resumed && out.Settled > 0:
		fmt.Fprintf(&b, "Resumed. Of %s that had been interrupted it was looked up how they ended.\n", counted(out.Settled, "change"))
	case out.Resumed:
		b.WriteString("Resumed.\n")
	}
	fmt.Fprintf(&b, "%d added, %d removed, %d refused.\n", out.Added, out.Removed, len(out.Refused))
	var refused []string
	for _, e := range out.Refused {
		refused = append(refused, fmt.Sprintf("%s %s (%s): %s", e.Op, e.User.Name, e.Name, e.Why))
	}
	lines(&b, "Refused", refused)
	switch {
	case out.Verified && len(out.Refused) == 0:
		b.WriteString("The groups were read again and are as planned.\n")
	case out.Verified:
		b.WriteString("The groups were read again; but for what was refused they are as planned.\n")
	case len(out.Differs) > 0:
		lines(&b, "Read again, the groups differ from the plan; AWS may take a moment, or somebody else changed them", out.Differs)
	}
	fmt.Fprintf(&b, "Journal: %s\n", report.Clean(journal))
	return b.String()
}
