package story

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// collection is one collecting of trail events.
type collection struct {
	line
	channel         string // lookup, logs, jsonl, tree, digests
	sources         []string
	from, to        time.Time
	account, region string
	org             string
	claimed         bool
	only            []string
	shuffled        bool
	doubled         bool
	cut             bool
	tampered        time.Time
	missing         time.Time
}

var sourceNames = map[string][]string{
	"scim": {awsid.SourceSCIM}, "api": {awsid.SourceAPI}, "console": {awsid.SourceConsole},
	"sso": {awsid.SourceAssignments}, "sync": {awsid.SourceIdentitySync},
	"all": casefile.DirectorySources,
}

func (s *Story) readCoverage(l line) error {
	r := &reader{line: l}
	c := &collection{line: l, channel: "lookup", account: s.cast.account, region: s.cast.region}
	switch word := r.peek(); word {
	case "lookup", "logs", "jsonl", "tree", "digests":
		c.channel = word
		r.at++
	}
	for sourceNames[r.peek()] != nil {
		for _, source := range sourceNames[r.peek()] {
			if !slices.Contains(c.sources, source) {
				c.sources = append(c.sources, source)
			}
		}
		r.at++
	}
	whole := c.channel == "tree" || c.channel == "digests"
	switch {
	case whole && c.sources != nil:
		return l.errorf("a %s holds every source: name none", c.channel)
	case whole:
		c.sources = casefile.ManagementSources
	case c.sources == nil:
		return l.errorf("want a source: scim, api, console, sso, sync or all")
	}
	var only, tampered, missing string
	take := func() error {
		return r.options(
			map[string]*string{"account": &c.account, "region": &c.region, "only": &only, "org": &c.org, "tampered": &tampered, "missing": &missing},
			map[string]*bool{"claimed": &c.claimed, "shuffled": &c.shuffled, "doubled": &c.doubled, "cut": &c.cut})
	}
	// The span may stand before or between the options.
	for i := r.at; i < len(r.words); i++ {
		if !r.words[i].quoted && strings.Contains(r.words[i].text, "..") {
			var err error
			if c.from, c.to, err = l.parseSpan(r.words[i].text); err != nil {
				return err
			}
			r.words = slices.Delete(slices.Clone(r.words), i, i+1)
			break
		}
	}
	if c.from.IsZero() {
		return l.errorf("want a span such as 2025-09-01..2025-11-14")
	}
	if err := take(); err != nil {
		return err
	}
	if only != "" {
		c.only = strings.Split(only, ",")
	}
	for _, t := range []struct {
		text string
		into *time.Time
	}{{tampered, &c.tampered}, {missing, &c.missing}} {
		if t.text == "" {
			continue
		}
		if c.channel != "digests" {
			return l.errorf("only signed digests show tampering")
		}
		var err error
		if *t.into, err = l.parseTime(t.text); err != nil {
			return err
		}
	}
	if !awsid.IsAccount(c.account) {
		return l.errorf("%q is not an account id", c.account)
	}
	if !plainName(c.region) || c.org != "" && !plainName(c.org) {
		return l.errorf("a region or organisation is a plain word")
	}
	if whole {
		// The names of log files have the minute of delivery.
		c.from, c.to = c.from.Truncate(time.Minute), c.to.Truncate(time.Minute)
	}
	if limit := 400 * 24 * time.Hour; whole && c.to.Sub(c.from) > limit {
		return l.errorf("a %s may be 400 days long at most", c.channel)
	}
	if limit := 15 * 24 * time.Hour; c.channel == "digests" && c.to.Sub(c.from) > limit {
		return l.errorf("digests may be 15 days long at most: each hour has a signature")
	}
	s.collections = append(s.collections, c)
	return nil
}

// holds reports whether a record lies in what was collected.
func (c *collection) holds(rec logged, source string) bool {
	if rec.account != c.account || rec.region != c.region {
		return false
	}
	switch c.channel {
	case "tree":
		return !rec.delivered.Before(c.from) && !rec.delivered.After(c.to)
	case "digests":
		return !rec.delivered.Before(c.from) && rec.delivered.Before(c.to) // later ones are in the next digest
	}
	return rec.source == source && !rec.time.Before(c.from) && !rec.time.After(c.to) && (c.only == nil || slices.Contains(c.only, rec.name))
}

// arrange puts records into the order in which the story delivers them.
func (c *collection) arrange(records []logged) []logged {
	out := slices.Clone(records)
	if c.doubled {
		out = append(out, records...)
	}
	if c.shuffled {
		n := 0
		keys := make(map[int]string, len(out))
		for i := range out {
			keys[i] = digest("shuffle", string(out[i].raw), fmt.Sprint(n))
			n++
		}
		index := make([]int, len(out))
		for i := range index {
			index[i] = i
		}
		slices.SortStableFunc(index, func(a, b int) int { return strings.Compare(keys[a], keys[b]) })
		mixed := make([]logged, len(out))
		for to, from := range index {
			mixed[to] = out[from]
		}
		out = mixed
	}
	return out
}
