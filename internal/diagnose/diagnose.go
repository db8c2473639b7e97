// Package diagnose answers why: why a group is empty or who filled it, why a
// user has no access.
//
// It weighs every cause of its catalogue against a case and a ledger and gives
// each a status with the reasons, not only the winner. Each cause is one file;
// it declares the coverage that it needs, and no cause is established by an
// absence outside claimed or proven coverage. The package is pure: no clock, no
// network, no disk, and it prints nothing.
package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// Status is how far the evidence supports a cause.
type Status string

// The statuses, from the strongest to the weakest, then the two that are not
// on that scale.
const (
	Established  Status = "established"  // the evidence shows it
	Supported    Status = "supported"    // the evidence points to it and does not prove it
	Possible     Status = "possible"     // nothing speaks against it
	Refuted      Status = "refuted"      // the evidence shows the opposite
	Undetermined Status = "undetermined" // the evidence does not reach
	// Healthy is a verdict's status alone: there is nothing to explain.
	Healthy Status = "healthy"
)

// Reason is one sentence with the events that show it.
type Reason struct {
	Text   string
	Events []string // keys, at most maxQuoted of them; Text has the full count
}

// Need is something to fetch, and the command that fetches it.
type Need struct {
	Text    string
	Command string // "" when no command can
}

// Fix is something to do. Who is aws, idp or governance.
type Fix struct {
	Text    string
	Command string
	Who     string
}

// Finding is the status of one cause.
type Finding struct {
	Cause   *Cause
	Status  Status
	Summary string // the headline if this cause leads; one sentence
	Because []Reason
	Needs   []Need
	Fix     []Fix
	At      time.Time // when it happened or began; zero when it has no moment
	// Unexamined is true when nothing of the product that the cause is about is
	// among the evidence: the cause is undetermined and need not be told to people.
	Unexamined bool
}

// Question is what was asked and whom it turned out to mean.
type Question struct {
	Kind  string // group or user
	Asked string
	Group *ledger.Entity // of a group question; of a user question with a group
	User  *ledger.Entity // of a user question
}

// Verdict is the headline.
type Verdict struct {
	Status  Status
	Cause   string // slug, always present
	Summary string
}

// Answer is everything that is said of a question.
type Answer struct {
	Question    Question
	Verdict     Verdict
	Findings    []Finding // every cause; the headline first, then by status
	Memberships []*ledger.Row
	Near        []string // names like the one asked for, when it is not in the evidence
	Matrix      *Matrix  // hop by hop for everybody of the group; nil without the provider's state
	Hops        []Hop    // the way of one person and one group; nil when not both were asked about
	AsOf        time.Time
}

// Lead returns the finding behind the headline.
func (a *Answer) Lead() *Finding { return &a.Findings[0] }

// AmbiguousError says that a name has several bearers (design ruling 7).
type AmbiguousError struct {
	Kind, Asked string
	Bearers     []*ledger.Life
}

// Error names the bearers' ids, which the caller can ask for instead.
func (e *AmbiguousError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %ss bear the name %q; ask for one of them by its id:", len(e.Bearers), e.Kind, e.Asked)
	for _, life := range e.Bearers {
		b.WriteString("\n  " + life.ID)
		if life.Store != "" {
			b.WriteString("  in identity store " + life.Store)
		}
		if life.Created != nil {
			b.WriteString("  created " + life.Created.Time.Format(time.RFC3339))
		}
	}
	return b.String()
}

// Group answers why a group is empty or who filled it. asked is a name or an id.
// It returns an *AmbiguousError when several groups bear the name; a name that
// is not in the evidence is an answer, not an error. Who has many questions to one
// case asks a Bench.
func Group(c *casefile.Case, l *ledger.Ledger, asked string) (*Answer, error) {
	return On(c, l).Group(asked)
}

// User answers why a user has or lacks access, in one group when group is not
// "". Errors are those of Group.
func User(c *casefile.Case, l *ledger.Ledger, asked, group string) (*Answer, error) {
	return On(c, l).User(asked, group)
}

func one(kind, asked string, found []*ledger.Life) (*ledger.Life, error) {
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, &AmbiguousError{Kind: kind, Asked: asked, Bearers: found}
}

// answer examines every cause and picks the headline.
func answer(in *inquiry) *Answer {
	a := &Answer{Question: in.question, Memberships: in.rows, AsOf: in.c.AsOf(), Matrix: in.matrix()}
	for _, cause := range Causes() {
		f := cause.Examine(in)
		f.Cause = cause
		a.Findings = append(a.Findings, f)
	}
	if in.user != nil && in.group != nil {
		a.Hops = in.hops(a.Findings)
	}
	lead := headline(in, a.Findings)
	a.Verdict = lead.verdict
	slices.SortStableFunc(a.Findings, func(x, y Finding) int {
		leads := func(f Finding) int {
			if f.Cause.Slug == lead.verdict.Cause {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(leads(x), leads(y)), cmp.Compare(strength(x.Status), strength(y.Status)), order(x.Cause, y.Cause))
	})
	return a
}

func strength(s Status) int {
	return slices.Index([]Status{Established, Supported, Possible, Undetermined, Refuted}, s)
}
