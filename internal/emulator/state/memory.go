package state

import (
	"context"
	"iter"
	"sync"

	"github.com/scimtrail/scimtrail/internal/delivery"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// Memory is state that ends with the process. It may be used by many goroutines
// at once.
type Memory struct {
	idcenter.Memory

	mu    sync.Mutex
	notes map[string][]byte
}

// NewMemory makes an empty Memory.
func NewMemory() *Memory {
	return &Memory{Memory: idcenter.NewMemory(), notes: map[string][]byte{}}
}

// Log returns the index of events.
func (m *Memory) Log(context.Context) (*idcenter.Log, error) { return m.Memory.Log, nil }

// Changes ranges over nothing, since nothing was stored before.
func (m *Memory) Changes() iter.Seq2[idcenter.Change, error] {
	return func(func(idcenter.Change, error) bool) {}
}

// Note returns what was last put under a name, nil when nothing was.
func (m *Memory) Note(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.notes[name], nil
}

// Put keeps notes under their names.
func (m *Memory) Put(notes map[string][]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, value := range notes {
		m.notes[name] = value
	}
	return nil
}

// After implements delivery.Source: the nth event of the log has the number n.
func (m *Memory) After(seq int64) iter.Seq2[delivery.Item, error] {
	return func(yield func(delivery.Item, error) bool) {
		for n, e := range m.Memory.Log.From(int(seq)) {
			if !yield(delivery.Item{Seq: int64(n) + 1, Time: e.Time, Record: e.Record}, nil) {
				return
			}
		}
	}
}

// Settle does nothing, since nothing is on its way.
func (m *Memory) Settle() error { return nil }

// Broken is nil, since nothing fails.
func (m *Memory) Broken() <-chan struct{} { return nil }

// Close does nothing.
func (m *Memory) Close() error { return nil }
