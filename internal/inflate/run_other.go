package inflate

// run is the fast loop.
func (e *engine) run() (stuck bool) { return e.runGo() }
