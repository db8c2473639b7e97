package scim

import (
	"fmt"
	"unicode/utf8"
)

// scanner reads the text of a filter or a path from front to back.
type scanner struct {
	text  string
	at    int
	kind  ErrorType // of the errors
	depth int       // of parentheses and brackets that are open
}

// newScanner checks what holds for the whole text.
func newScanner(text string, kind ErrorType) (*scanner, error) {
	s := &scanner{text: text, kind: kind}
	if len(text) > MaxFilterLength {
		return nil, s.fail(MaxFilterLength, "the text is longer than %d bytes", MaxFilterLength)
	}
	if !utf8.ValidString(text) {
		return nil, s.fail(invalidUTF8(text), "the text is not UTF-8")
	}
	return s, nil
}

func (s *scanner) fail(at int, format string, args ...any) error {
	return &SyntaxError{Type: s.kind, Offset: at, Problem: fmt.Sprintf(format, args...)}
}

// found ends a complaint with what stands at the place instead.
func (s *scanner) found() string {
	if s.at >= len(s.text) {
		return ", and the text ends"
	}
	return ", not " + quote(s.text[s.at:])
}

// spaces skips a run of blanks and reports whether there was one. The grammar
// has exactly one between words; people and clients write more.
func (s *scanner) spaces() bool {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] == ' ' {
		s.at++
	}
	return s.at > start
}

// take skips the byte c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// word returns the letters that come next, without skipping them.
func (s *scanner) word() string {
	end := s.at
	for end < len(s.text) && isLetter(s.text[end]) {
		end++
	}
	return s.text[s.at:end]
}

// open enters a parenthesis or bracket, close leaves it.
func (s *scanner) open() error {
	if s.depth++; s.depth > MaxFilterDepth {
		return s.fail(s.at-1, "parentheses and brackets lie more than %d deep in each other", MaxFilterDepth)
	}
	s.spaces()
	return nil
}

func (s *scanner) close(c byte) error {
	s.depth--
	s.spaces()
	if !s.take(c) {
		return s.fail(s.at, "%q is wanted here%s", string(c), s.found())
	}
	return nil
}

// end wants the text to be used up.
func (s *scanner) end() error {
	if s.at < len(s.text) {
		return s.fail(s.at, "the expression should end here%s", s.found())
	}
	return nil
}
