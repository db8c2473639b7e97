package emulator

import (
	"context"
	"runtime/debug"
	"time"
)

// quiet is how long nothing must have been asked before memory goes back to the
// system.
const quiet = 2 * time.Second

// giveBack returns the memory that a burst of calls needed to the system, once
// after each burst. Go keeps it for the next one otherwise, and an emulator
// mostly waits beside the tests that it serves.
func (s *Server) giveBack(ctx context.Context) {
	tick := time.NewTicker(quiet)
	defer tick.Stop()
	var seen, given uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := s.calls.Load()
		if now == seen && now != given {
			debug.FreeOSMemory()
			given = now
		}
		seen = now
	}
}
