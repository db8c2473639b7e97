package actor

import (
	"slices"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Identifier returns Identify for many records with one rhythm: callers repeat,
// and what is judged alike is judged once and shares its words. It may be used by
// one goroutine.
func (c *Catalogue) Identifier(rhythm *Rhythm) func(*cloudtrail.Record) Actor {
	known := map[grounds]Actor{}
	byKey := c != nil && slices.ContainsFunc(c.own, func(row Row) bool { return row.Match == MatchCredential })
	return func(r *cloudtrail.Record) Actor {
		if r == nil {
			return c.Identify(r, rhythm)
		}
		on := grounds{r.Source, r.UserAgent, r.SourceIP, r.Account, r.FromConsole, r.Identity}
		if !byKey {
			// A session has a new key every hour. Unless a row of the user's looks at
			// it, it is only handed on.
			on.identity.AccessKey, on.identity.Credential = "", ""
		}
		a, ok := known[on]
		if !ok {
			a = c.Identify(r, rhythm)
			if len(known) >= maxMemos {
				clear(known)
			}
			known[on] = a
		}
		a.Credential = cut(credential(r), maxName)
		return a
	}
}

// grounds is all of a record that Identify and Rhythm look at.
type grounds struct {
	source, agent, address, account string
	console                         bool
	identity                        cloudtrail.Identity
}
