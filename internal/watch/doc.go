// Package watch keeps looking: it reads what an archive is given, holds it
// against rules, and raises alerts that open once, close when mended and carry
// the answer of why.
//
// # Order
//
// Evidence comes late, twice and in any order. The rules see it in order of event
// time, once: what is older than the watermark (now less Rules.Lateness, six hours
// unless told otherwise) is settled and consumed for good; what is younger is
// consumed by a copy of the rules, at once, so that an alert does not wait, and
// again whenever something earlier arrives. An event that arrives after the
// watermark has passed its time makes the watcher read the archive from its
// beginning. So the alerts depend on the evidence and not on the order in which
// it came, and a replay of the past gives those that watching gave.
//
// An alert opens at the moment at which its condition held, by the clock of the
// events: silence opens when it has lasted too long, whenever that was noticed.
//
// # Silence
//
// Only time that was looked at counts, claimed as complete at least. Where nobody
// looked, that is the alert: nothing-collected, and not scim-silent.
//
// The package fetches nothing and sends nothing: sources, the clock and whoever
// delivers are given to it.
package watch
