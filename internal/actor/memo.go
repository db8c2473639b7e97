package actor

import "sync"

// memo remembers what a value was found to be: logs repeat the same few user
// agents and roles, and a table of patterns costs some ten microseconds a
// value. It changes no answer. When it is full it starts afresh, so hostile
// evidence costs time and not memory.
type memo[V any] struct {
	mu    sync.RWMutex
	known map[memoKey]V
}

type memoKey struct {
	match string
	scim  bool // the two scopes of a row
	text  string
}

// maxMemos bounds a memo: at 1 KB a user agent this is 4 MB.
const maxMemos = 4096

func (m *memo[V]) get(key memoKey) (v V, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v, ok = m.known[key]
	return v, ok
}

func (m *memo[V]) put(key memoKey, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxMemos {
		m.known = make(map[memoKey]V)
	}
	m.known[key] = v
}
