package diagnose

import (
	"cmp"
	"slices"
)

// Step is a cause's place in the order in which established causes lead
// (design ruling 1).
type Step int

// The steps, the first to lead first.
const (
	Unfit     Step = iota + 1 // the evidence itself can't carry an answer
	Mechanism                 // positive events show what happened to this very group or person
	Before                    // what the identity provider or governance shows (parts B and C)
	Stopped                   // SCIM stopped
	Pattern                   // what happened to other groups
	Bare                      // an absence alone
	Aside                     // worth knowing, explains nothing by itself
)

// Cause is one entry of the catalogue of causes.md. Adding one is one file that
// registers it and one case in testdata/corpus.
type Cause struct {
	Slug  string
	Title string
	Step  Step
	// Rank orders causes within a step: the more specific, then the further
	// upstream, has the lower rank. Among equals the latest leads.
	Rank int
	// Explains names the causes that this one is the reason of: where both are
	// established, this one leads. Causes never explain each other in a circle.
	Explains []string
	// Needs are the event sources whose coverage the cause asks for.
	Needs []string
	// Examine weighs the cause against a question.
	Examine func(*inquiry) Finding
}

var registered []*Cause

// register adds a cause to the catalogue; it is called once for each, from the
// file that defines it.
func register(c Cause) *Cause {
	registered = append(registered, &c)
	return &c
}

// Causes returns the catalogue in the order in which causes lead.
func Causes() []*Cause {
	out := slices.Clone(registered)
	slices.SortFunc(out, order)
	return out
}

func order(a, b *Cause) int {
	return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Slug, b.Slug))
}
