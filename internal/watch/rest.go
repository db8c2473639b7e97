package watch

import (
	"runtime"
	"runtime/debug"

	"github.com/scimtrail/scimtrail/internal/archive"
)

// rest gives back the memory of something large that is over: reading an archive
// from its beginning takes hundreds of megabytes, waiting for the next event a few.
func rest(a *archive.Archive) {
	a.Rest()
	runtime.GC() // what is pooled is let go by the second collection
	debug.FreeOSMemory()
	unmapProgram()
}
