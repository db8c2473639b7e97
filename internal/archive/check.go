package archive

import (
	"context"
	"fmt"
)

// Check reads the whole archive and returns an error that says what is wrong with
// it, nil when it is whole: the database by its own check, records and listings
// by unpacking them. It takes its time.
func (a *Archive) Check(ctx context.Context) error {
	if err := a.engine.check(ctx, a.db); err != nil {
		return a.explain("checking", err)
	}
	var orphans int
	err := a.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM events WHERE NOT EXISTS (SELECT 1 FROM inputs WHERE inputs.id = events.input))
		+ (SELECT count(*) FROM copies WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.seq = copies.event) OR NOT EXISTS (SELECT 1 FROM inputs WHERE inputs.id = copies.input))
		+ (SELECT count(*) FROM documents_kept WHERE NOT EXISTS (SELECT 1 FROM inputs WHERE inputs.id = documents_kept.input))`).Scan(&orphans)
	if err == nil && orphans > 0 {
		err = fmt.Errorf("%d records or listings belong to no input", orphans)
	}
	if err != nil {
		return a.explain("checking", err)
	}
	return a.Collect(ctx, blind{})
}
