package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// AccountLine is what the evidence holds of one account.
type AccountLine struct {
	Account  string     `json:"account"`
	Regions  []string   `json:"regions"`
	SCIM     int        `json:"scim"` // writes, attempts included
	API      int        `json:"api"`
	Console  int        `json:"console"`
	Other    int        `json:"other"`
	Failed   int        `json:"failed"`
	Reads    int        `json:"reads"`
	First    *time.Time `json:"first,omitempty"`
	Last     *time.Time `json:"last,omitempty"`
	Searched []string   `json:"searched"` // the directory sources that were looked at there
	Callers  []string   `json:"callers"`
	More     int        `json:"moreCallers,omitempty"`
}

// accounts lists every account of the evidence.
func (q *inquest) accounts() []AccountLine {
	by := map[string]*AccountLine{}
	of := func(account string) *AccountLine {
		if by[account] == nil {
			by[account] = &AccountLine{Account: account, Regions: []string{}, Searched: []string{}, Callers: []string{}}
		}
		return by[account]
	}
	for _, cover := range q.c.Coverage {
		a := of(cover.Account)
		a.Regions = addOnce(a.Regions, cover.Region)
		if slices.Contains(casefile.DirectorySources, cover.Source) {
			a.Searched = addOnce(a.Searched, doorOf(cover.Source))
		}
	}
	for _, ev := range q.counted {
		a := of(ev.Account)
		a.Regions = addOnce(a.Regions, ev.Region)
		if a.First == nil {
			a.First = when(ev.Time)
		}
		a.Last = when(ev.Time)
		if ev.ReadOnly {
			a.Reads++
			continue
		}
		switch ev.Source {
		case awsid.SourceSCIM:
			a.SCIM++
		case awsid.SourceAPI:
			a.API++
		case awsid.SourceConsole:
			a.Console++
		default:
			a.Other++
		}
		if ev.Failed() {
			a.Failed++
		}
		a.Callers = addOnce(a.Callers, ev.Actor.Label())
	}
	out := []AccountLine{}
	for _, a := range by {
		if n := len(a.Callers) - 8; n > 0 {
			a.Callers, a.More = a.Callers[:8], n
		}
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b AccountLine) int { return cmp.Compare(a.Account, b.Account) })
	return out
}

// addOnce inserts s in order unless it is empty or there.
func addOnce(list []string, s string) []string {
	if at, found := slices.BinarySearch(list, s); !found && s != "" {
		return slices.Insert(list, at, s)
	}
	return list
}

func (q *inquest) statistics() []Count {
	s := q.c.Statistics
	var out []Count
	add := func(name string, n int) { out = append(out, Count{name, fmt.Sprint(n)}) }
	add("Inputs", s.Files)
	out = append(out, Count{"Bytes as stored", fmt.Sprint(s.Bytes)})
	add("CloudTrail records of any service", s.Records)
	add("Identity events", s.IdentityEvents)
	add("of them reads", s.Reads)
	writes, failed := map[string]int{}, 0
	for _, ev := range q.writes {
		writes[ev.Source]++
		if ev.Failed() {
			failed++
		}
	}
	for _, source := range casefile.ManagementSources {
		add("Writes: "+doorOf(source), writes[source])
	}
	add("Writes that failed or were refused", failed)
	add("Repeated copies merged", s.Duplicates)
	add("Superseded by later records", s.Superseded)
	add("Without a readable time", s.Undated)
	add("Listings of an identity store", s.Snapshots)
	add("Groups known", len(q.l.Groups()))
	add("Users known", len(q.l.Users()))
	add("Memberships known, past ones included", len(q.l.Rows))
	known := map[ledger.Known]int{}
	present := 0
	for i := range q.l.Rows {
		r := &q.l.Rows[i]
		if !r.Is() {
			continue
		}
		present++
		if o := r.Periods[len(r.Periods)-1].Began; o != nil {
			known[o.Known]++
		} else {
			known[ledger.Unexplained]++
		}
	}
	add("Memberships known to exist", present)
	for _, k := range []ledger.Known{ledger.Recorded, ledger.Inferred, ledger.Declared, ledger.Predates, ledger.Unexplained} {
		add("of them "+string(k), known[k])
	}
	add("Deletions by an unknown membership id", len(q.l.Unresolved()))
	add("Inputs or parts not read", len(q.c.Unreadable))
	if !s.First.IsZero() {
		out = append(out, Count{"First identity event", moment(s.First)}, Count{"Last identity event", moment(s.Last)})
	}
	return out
}

// Custody is where the evidence comes from: what was read and what not.
type Custody struct {
	Inputs     []InputLine     `json:"inputs"`
	Unreadable []casefile.Loss `json:"unreadable"`
	Notes      []string        `json:"notes"`
	Seals      []SealLine      `json:"digests,omitempty"`
}

// InputLine is one input of the case.
type InputLine struct {
	Path   string         `json:"path"`
	Kind   string         `json:"kind,omitempty"`
	Size   *int64         `json:"size,omitempty"` // bytes as stored
	SHA256 string         `json:"sha256,omitempty"`
	Time   *time.Time     `json:"modified,omitempty"`
	Taken  map[string]int `json:"taken"`
}

// SealLine is what the signed digests of one account and Region say.
type SealLine struct {
	Account  string   `json:"account"`
	Region   string   `json:"region"`
	Proven   []string `json:"proven"`
	Tampered []string `json:"tampered"`
	Limits   []string `json:"limits"`
}

func custody(c *casefile.Case) Custody {
	out := Custody{Inputs: []InputLine{}, Unreadable: slices.Clone(c.Unreadable), Notes: listed(c.Notes)}
	if out.Unreadable == nil {
		out.Unreadable = []casefile.Loss{}
	}
	for _, in := range c.Inputs {
		line := InputLine{Path: in.Path, Kind: in.Kind, SHA256: in.SHA256, Time: when(in.Time), Taken: in.Taken}
		if in.Size >= 0 && (in.Size > 0 || in.SHA256 != "") {
			line.Size = new(in.Size)
		}
		out.Inputs = append(out.Inputs, line)
	}
	for _, s := range c.Integrity {
		line := SealLine{Account: s.Account, Region: s.Region, Proven: []string{}, Tampered: []string{}, Limits: listed(s.Limits)}
		for _, p := range s.Proven.Spans() {
			line.Proven = append(line.Proven, moment(p.From)+" to "+moment(p.To))
		}
		for _, t := range s.Tampered {
			line.Tampered = append(line.Tampered, t.Object+": "+t.What)
		}
		out.Seals = append(out.Seals, line)
	}
	return out
}
