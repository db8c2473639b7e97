// Package engine is what the sources share that ask a query engine for the
// identity events of a trail: the SQL, by dialect; the definition of a table that
// the SQL fits (DDL); what the rows of an answer are, and the ground that they
// cover; and how many bytes may be read.
//
// It speaks to no engine: source/athena, source/lake and source/trino do, through
// the Runner that each gives to a Walk. It makes no record of columns by itself
// either: the SQL does that, so that a row brings a whole record as JSON.
package engine

// Dialect is whose SQL it is. All three descend from Presto and differ in how a
// table is named, and in what they have (cloudtrail reference 5.1, 5.2).
type Dialect string

// The dialects.
const (
	Athena Dialect = "athena"
	Lake   Dialect = "lake"
	Trino  Dialect = "trino"
)

// Channel returns the channel that coverage is stated for.
func (d Dialect) Channel() string { return string(d) }
