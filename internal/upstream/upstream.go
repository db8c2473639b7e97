// Package upstream is what lies before AWS.
package upstream

// State is what is known upstream.
type State struct{}

// Merge joins states.
func Merge(states ...State) State { return State{} }
