// Package actor says who is behind a call.
package actor

import (
	"iter"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Actor is who is behind a call.
type Actor struct {
	Kind   string
	Name   string
	Client string
	Basis  string
}

// Catalogue names clients.
type Catalogue struct{}

// Rhythm is what is known of how each principal spreads its calls over time.
type Rhythm struct{}

// LearnRhythm reads all records once.
func LearnRhythm(records iter.Seq[cloudtrail.Record]) *Rhythm { return &Rhythm{} }

// Identify says who made a call.
func (c *Catalogue) Identify(r *cloudtrail.Record, rhythm *Rhythm) Actor { return Actor{} }
