package actor

import "sync"

// memos remembers which row fits a value: logs repeat the same few user agents
// and roles, and a table of patterns costs some ten microseconds a value. It
// changes no answer. When it is full it starts afresh, so hostile evidence costs
// time and not memory.
type memos struct {
	mu   sync.RWMutex
	rows map[memoKey]int
}

type memoKey struct {
	match string
	scim  bool
	text  string
}

const maxMemos = 4096

func (m *memos) get(key memoKey) (row int, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	row, ok = m.rows[key]
	return row, ok
}

func (m *memos) put(key memoKey, row int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rows == nil || len(m.rows) >= maxMemos {
		m.rows = make(map[memoKey]int)
	}
	m.rows[key] = row
}
