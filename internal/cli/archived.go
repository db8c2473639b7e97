package cli

import (
	"context"
	"fmt"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// isArchive reports whether a --from is an archive: the address of a database, or
// a file that is one by its content.
func isArchive(from string) bool {
	return archive.IsAddress(from) || archive.Is(from)
}

// openArchive opens an archive that evidence is read from; it must be there.
func openArchive(ctx context.Context, from string) (*archive.Archive, error) {
	a, err := archive.Open(ctx, from, archive.Options{Existing: true})
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	return a, nil
}

// readArchive feeds a sink with what an archive keeps. An archive is known by its
// content, whatever it is called.
func (a *app) readArchive(ctx context.Context, from string, sink casefile.Sink) error {
	kept, err := openArchive(ctx, from)
	if err != nil {
		return err
	}
	defer kept.Close()
	a.archives = append(a.archives, from)
	return kept.Collect(ctx, sink)
}
