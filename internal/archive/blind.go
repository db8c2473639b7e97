package archive

import (
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// blind is a sink that looks at nothing: reading into it only unpacks.
type blind struct{}

func (blind) Input(casefile.Input) int          { return 0 }
func (blind) Recognised(int, string)            {}
func (blind) Sealed(int, int64, string)         {}
func (blind) Record(int, []byte) error          { return nil }
func (blind) Records(int, int)                  {}
func (blind) Passed(casefile.Passed)            {}
func (blind) Snapshot(directory.Snapshot)       {}
func (blind) Upstream(int, upstream.State, int) {}
func (blind) Cover(...casefile.Cover)           {}
func (blind) Home(casefile.Home)                {}
func (blind) Seal(casefile.Seal)                {}
func (blind) Unreadable(casefile.Loss)          {}
func (blind) Note(string)                       {}
