package redact

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
)

// Key is the way back from the pseudonyms. It belongs to the owner of the
// evidence and is never part of a report: printing or logging a Key, or writing
// it as JSON, shows how many entries it has and none of them.
type Key struct {
	book *book
}

// Entry is one original and what stands for it.
type Entry struct {
	Kind      string // person, role, group-name, account, address, host, event, user, group, ...
	Original  string
	Pseudonym string
}

// Entries returns the whole key, by kind, then pseudonym. Whoever writes it down
// writes down what was to be kept secret.
func (k Key) Entries() []Entry {
	if k.book == nil {
		return nil
	}
	k.book.mu.Lock()
	defer k.book.mu.Unlock()
	var out []Entry
	for _, e := range k.book.order {
		out = append(out, Entry{Kind: e.kind.String(), Original: e.original, Pseudonym: e.pseudonym})
	}
	slices.SortFunc(out, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Pseudonym, b.Pseudonym), cmp.Compare(a.Original, b.Original))
	})
	return out
}

// Len returns the number of entries.
func (k Key) Len() int {
	if k.book == nil {
		return 0
	}
	k.book.mu.Lock()
	defer k.book.mu.Unlock()
	return len(k.book.order)
}

// Redact returns text as it reads in the redacted case: the pseudonym of a name
// or id, or free text with all that the case has pseudonyms for replaced, such
// as the question that was asked. An id or address of a known form that is not in
// the case becomes a pseudonym too.
func (k Key) Redact(text string) string {
	if k.book == nil || !k.book.sealed {
		return text
	}
	k.book.mu.Lock()
	defer k.book.mu.Unlock()
	if s, ok := k.book.whole(text); ok {
		return s
	}
	return k.book.groupName(text)
}

// String says how many entries there are, and nothing about them.
func (k Key) String() string {
	return fmt.Sprintf("a redaction key with %d entries, not shown", k.Len())
}

// Format implements fmt.Formatter, so that no verb shows the entries.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// GoString implements fmt.GoStringer.
func (k Key) GoString() string { return k.String() }

// LogValue implements slog.LogValuer.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText implements encoding.TextMarshaler, and with it JSON.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
