package intake

import (
	"runtime"

	"github.com/scimtrail/scimtrail/internal/scan"
)

// Options change how files are read. The zero Options is fine.
type Options struct {
	Limits scan.Limits
	// Document is the size of the largest file that has to be read whole (a
	// listing, an export), after decompression; 64 MB when 0.
	Document int64
	// Workers is how many files are read at once; 0 means one for each processor.
	Workers int
	// Only leaves log files unopened that hold nothing of what is asked about.
	Only Only
	// Narrowed says that the source does not even list what Only leaves out: ground
	// is no larger than Only, whatever was left unopened.
	Narrowed bool
	// NoCustody leaves the files unhashed: inputs have no SHA-256.
	NoCustody bool
	// NoVerify leaves digests unchecked: nothing is proven and no tampering seen.
	NoVerify bool
	// Content, when not nil, is told the SHA-256 of the content of each log file
	// whose name says that it is one, or why there is none. It may be called from
	// several goroutines.
	Content func(rel string, sum [32]byte, err error)
	// Progress, when not nil, is kept up to date while files are read.
	Progress *Progress
}

// OrDefaults returns the options with no field zero that must not be.
func (o Options) OrDefaults() Options {
	o.Limits = o.Limits.OrDefaults()
	if o.Document <= 0 {
		o.Document = 64 << 20
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Progress == nil {
		o.Progress = new(Progress)
	}
	return o
}
