package diagnose

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:    "wrong-place",
	Title:   "The evidence is from another account, Region or identity store",
	Step:    Unfit,
	Rank:    2,
	Examine: wrongPlace,
})

// wrongPlace holds when what was looked at lies elsewhere than the identity
// store (C29 of the okta-sailpoint reference). A name that is in no evidence at
// all is answered by missing.
func wrongPlace(in *inquiry) Finding {
	if in.store == "" || in.place == (casefile.Place{}) {
		return Finding{
			Status:  Undetermined,
			Because: []Reason{{Text: "The evidence does not say in which account and Region the identity store lives."}},
			Needs:   []Need{instanceNeed(in)},
		}
	}
	var regions, accounts []string
	for _, cover := range in.c.Coverage {
		if slices.Contains(casefile.DirectorySources, cover.Source) {
			regions = append(regions, cover.Region)
			accounts = append(accounts, cover.Account)
		}
	}
	stores := in.bench.survey().named
	_, here := slices.BinarySearch(stores, in.store)
	wrongRegion := in.place.Region != "" && len(regions) > 0 && !slices.Contains(regions, in.place.Region) && !slices.Contains(regions, "")
	wrongStore := len(stores) > 0 && !here && len(in.scim) == 0
	switch {
	case wrongRegion:
		return Finding{
			Status:  Established,
			Summary: fmt.Sprintf("The logs are from another Region: the identity store lives in %s, and the search was in %s.", in.place.Region, list(distinct(regions), 4)),
			Because: []Reason{{Text: "Users, groups and memberships are written in the store's primary Region alone, and logged there."}},
			Needs:   in.fetch(in.reachOf(casefile.DirectorySources...)),
		}
	case wrongStore:
		return Finding{
			Status:  Established,
			Summary: fmt.Sprintf("The logs are about another identity store: %s is in %s, and every event that names a store names %s.", in.subject(), in.store, list(stores, 4)),
			Because: []Reason{{Text: fmt.Sprintf("No event names identity store %s.", in.store)}},
			Needs:   in.fetch(in.reachOf(casefile.DirectorySources...)),
		}
	}
	f := Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("The evidence includes the store's own place (%s).", placeName(in.place))}}}
	if len(regions) == 0 {
		f.Because[0].Text = "The identity store itself was listed; no logs are among the evidence that could be from elsewhere."
	}
	if in.place.Account != "" && len(accounts) > 0 && !slices.Contains(accounts, in.place.Account) && !slices.Contains(accounts, "") {
		f = Finding{
			Status:  Supported,
			Summary: fmt.Sprintf("The logs are not from the store's own account %s, where SCIM is logged; they are from %s.", in.place.Account, list(distinct(accounts), 4)),
			Because: []Reason{{Text: "API calls are logged in the caller's account, so these logs can hold some, and never the SCIM calls."}},
			Needs:   in.fetch(in.reachOf(casefile.DirectorySources...)),
		}
	}
	return f
}

func placeName(p casefile.Place) string {
	switch {
	case p.Account == "":
		return p.Region
	case p.Region == "":
		return "account " + p.Account
	}
	return "account " + p.Account + ", " + p.Region
}

func distinct(words []string) []string {
	var out []string
	for _, w := range words {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}

// maxNear is how many names are offered in place of one that is not there.
const maxNear = 5

// near returns those of names, which are in order, that are most like asked, the
// nearest first.
func near(names []string, asked string) []string {
	type scored struct {
		name string
		far  int
	}
	var all []scored
	var least []int // the distances of the nearest names so far, in order
	budget, of := maxWork, lettersOf(asked)
	for _, name := range names {
		work := min(len(name), maxCompared) * min(len(asked), maxCompared)
		if name == "" || work > budget {
			continue
		}
		budget -= work
		if len(least) == maxNear && of.apart(lettersOf(name)) > least[maxNear-1] {
			continue
		}
		if d := distance(name, asked); d <= max(len(asked), len(name))/2 {
			if len(all) == 0 || all[len(all)-1].name != name {
				at, _ := slices.BinarySearch(least, d)
				least = slices.Insert(least, at, d)
				least = least[:min(len(least), maxNear)]
			}
			all = append(all, scored{name, d})
		}
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].far != all[j].far {
			return all[i].far < all[j].far
		}
		return all[i].name < all[j].name
	})
	var out []string
	for _, s := range all {
		if len(out) < maxNear && !slices.Contains(out, s.name) {
			out = append(out, s.name)
		}
	}
	return out
}

// maxWork bounds the comparisons of one answer, in pairs of letters: about a
// second's work. Of a store with more names the first in order are compared.
const maxWork = 100_000_000

// maxCompared bounds the length of the names that are compared, and with it the
// work: names come from strangers.
const maxCompared = 200

// distance is the edit distance of two names, case aside.
func distance(a, b string) int {
	x, y := fold(a), fold(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range x {
		before := row[0]
		row[0] = i + 1
		for j, d := range y {
			cost := 1
			if c == d {
				cost = 0
			}
			before, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, before+cost)
		}
	}
	return row[len(y)]
}

// letters counts the letters of a name, which letters stand for one another by
// their last digits.
type letters [32]int16

func lettersOf(s string) letters {
	var n letters
	for _, r := range fold(s) {
		n[r%32]++
	}
	return n
}

// apart is a bound below the edit distance of two names: a step changes one letter
// into another, or adds one, or takes one away.
func (n letters) apart(other letters) int {
	more, less := 0, 0
	for i := range n {
		if d := int(n[i] - other[i]); d > 0 {
			more += d
		} else {
			less -= d
		}
	}
	return max(more, less)
}

func fold(s string) []rune {
	r := []rune(strings.ToLower(s))
	return r[:min(len(r), maxCompared)]
}

// bare lets ids be asked for as ARNs.
func bare(asked string) string { return awsid.Bare(asked) }
