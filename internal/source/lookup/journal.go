package lookup

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/span"
)

// journal remembers what of one event source was walked. Tokens are not kept: they
// are good for one run only (cloudtrail reference 3.4), while a time is good for
// ever.
type journal struct {
	to  live.Journal
	key string
}

type stretch struct{ From, To time.Time }

func (j *journal) load(ctx context.Context) (span.Set, error) {
	if j.to == nil {
		return span.Set{}, nil
	}
	value, err := j.to.Load(ctx, j.key)
	if err != nil {
		return span.Set{}, fmt.Errorf("reading how far %s came: %w", j.key, err)
	}
	var list []stretch
	// What can't be read was written by another version: everything is walked anew.
	if len(value) == 0 || json.Unmarshal(value, &list) != nil {
		return span.Set{}, nil
	}
	spans := make([]span.Span, len(list))
	for i, s := range list {
		spans[i] = span.Span{From: s.From.UTC(), To: s.To.UTC()}
	}
	return span.SetOf(spans...), nil
}

func (j *journal) save(ctx context.Context, walked span.Set) error {
	if j.to == nil {
		return nil
	}
	var list []stretch
	for _, s := range walked.Spans() {
		list = append(list, stretch(s))
	}
	value, err := json.Marshal(list)
	if err == nil {
		err = j.to.Save(ctx, j.key, value)
	}
	if err != nil {
		return fmt.Errorf("noting how far %s came: %w", j.key, err)
	}
	return nil
}
