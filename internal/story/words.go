package story

import (
	"fmt"
	"strings"
	"time"
)

// Error is a mistake in a story: where it stands and what is wrong.
type Error struct {
	Section string // "" for the archive as a whole
	Line    int    // in the whole text, from 1
	Problem string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Section == "" {
		return "story: " + e.Problem
	}
	return fmt.Sprintf("story: line %d (section %s): %s", e.Line, e.Section, e.Problem)
}

// line is one line of a section, as words.
type line struct {
	section string
	number  int
	words   []word
}

type word struct {
	text   string
	quoted bool
}

func (l line) errorf(format string, args ...any) error {
	return &Error{Section: l.section, Line: l.number, Problem: fmt.Sprintf(format, args...)}
}

// split reads the words of a line.
func split(text string) ([]word, error) {
	var out []word
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '#':
			return out, nil
		case c == '"':
			var b strings.Builder
			i++
			for ; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\') {
					i++
				}
				b.WriteByte(text[i])
			}
			if i == len(text) {
				return nil, fmt.Errorf("a quoted word is not closed")
			}
			i++
			out = append(out, word{text: b.String(), quoted: true})
		default:
			end := i
			for end < len(text) && !strings.ContainsRune(" \t\r\"", rune(text[end])) {
				end++
			}
			out = append(out, word{text: text[i:end]})
			i = end
		}
	}
	return out, nil
}

// reader walks over the words of a line.
type reader struct {
	line
	at int
}

func (r *reader) more() bool { return r.at < len(r.words) }

// next returns the next word; what names it in the error when there is none.
func (r *reader) next(what string) (string, error) {
	if !r.more() {
		return "", r.errorf("%s is missing at the end of the line", what)
	}
	r.at++
	return r.words[r.at-1].text, nil
}

// peek returns the next word if it is not quoted, else "".
func (r *reader) peek() string {
	if r.more() && !r.words[r.at].quoted {
		return r.words[r.at].text
	}
	return ""
}

// take skips the next word if it is text.
func (r *reader) take(text string) bool {
	if r.more() && r.peek() == text {
		r.at++
		return true
	}
	return false
}

// done returns an error when words are left.
func (r *reader) done() error {
	if r.more() {
		return r.errorf("%q is not understood here", r.words[r.at].text)
	}
	return nil
}

func (r *reader) time(what string) (time.Time, error) {
	s, err := r.next(what)
	if err != nil {
		return time.Time{}, err
	}
	return r.parseTime(s)
}

func (l line) parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02"} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if t = t.UTC(); t.Year() < 2000 || t.Year() > 2100 {
			return time.Time{}, l.errorf("%q lies outside the years 2000 to 2100", s)
		}
		return t.Truncate(time.Second), nil
	}
	return time.Time{}, l.errorf("%q is not a time such as 2025-09-16T10:00:00Z", s)
}

func (l line) parseSpan(s string) (from, to time.Time, err error) {
	a, b, ok := strings.Cut(s, "..")
	if !ok {
		return from, to, l.errorf("%q is not a span such as 2025-09-01..2025-11-14", s)
	}
	if from, err = l.parseTime(a); err != nil {
		return from, to, err
	}
	if to, err = l.parseTime(b); err != nil {
		return from, to, err
	}
	if to.Before(from) {
		return from, to, l.errorf("the span %s ends before it begins", s)
	}
	return from, to, nil
}
