package emulator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/scimtrail/scimtrail/internal/delivery"
	"github.com/scimtrail/scimtrail/internal/emulator/state"
)

// WriteLogs writes everything that was recorded until now into a folder, as a
// delivery since the first start would have left it: log files and signed digests
// without a gap. The folder is made, or is empty: what is in it must be of one
// delivery. The faults of delivery that hold now hold for all of it. It works with
// and without Config.Deliver, and changes nothing of what is delivered there.
func (e *Emulator) WriteLogs(ctx context.Context, dir string) error {
	there, err := os.ReadDir(dir)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("looking into the folder for log files: %w", err)
	case len(there) > 0:
		return fmt.Errorf("the folder %s for log files is not empty; give it one of their own", dir)
	}
	courier, err := delivery.New(delivery.Options{
		Dir: dir, Source: e.keep, Notes: state.NewMemory(), Key: e.signingKey, Begin: e.setup.Begun,
		Trail: delivery.Trail{Account: e.Center.Account(), Region: e.Center.Region()},
		Lax:   true, // it can be written again
	})
	if err != nil {
		return err
	}
	courier.Set(e.faults.Load().Delivery)
	return errors.Join(courier.Flush(ctx, e.Clock.Now()), courier.Close())
}
