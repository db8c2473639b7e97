package inflate

// The assembly copies for every step, also for one without a match: then from
// where bytes were written long before, lest the copy wait for them. It begins
// when there is anything to copy from.
const (
	farBack  = 512
	nearBack = 64
)

// run runs the fast loop until a margin is used up, or the next step is for
// careful: then it returns true.
func (e *engine) run() (stuck bool) {
	if !e.readyForAsm() {
		return e.runGo()
	}
	return runAsm(e)
}

// readyForAsm prepares e for the assembly. False: there is none, or e is not
// ready after all, because it is stuck or at a margin; runGo says which.
func (e *engine) readyForAsm() bool {
	if !useAsm || e.goOnly {
		return false
	}
	if e.w-e.hist < nearBack {
		end := e.outEnd
		e.outEnd = min(end, e.hist+nearBack)
		stuck := e.runGo()
		e.outEnd = end
		if stuck || e.w-e.hist < nearBack || e.w >= e.outEnd || e.pos >= e.inEnd {
			return false
		}
	}
	e.noDist = uint64(min(e.w-e.hist, farBack)) << 16
	return true
}
