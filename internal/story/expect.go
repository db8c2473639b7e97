package story

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Expectation is the right answer to a story's question. Where the rules leave
// room, a field holds several answers, separated by |.
type Expectation struct {
	Status string            // of the verdict
	Cause  string            // of the verdict; "" when any will do
	Causes map[string]string // cause to status
	Error  string            // the question can't be answered; part of the message

	written []string // causes that people wrote
	filled  bool     // the rest follows
}

// Allows reports whether got is one of the answers that wanted, a field of an
// Expectation, leaves room for. An empty field leaves room for all.
func Allows(wanted, got string) bool {
	return wanted == "" || slices.Contains(strings.Split(wanted, "|"), got)
}

// filledIn separates what people wrote from what Update put there.
const filledIn = "# the rest, as the program answers"

var (
	verdicts = []string{"established", "supported", "undetermined", "healthy"}
	statuses = []string{"established", "supported", "possible", "refuted", "undetermined"}
)

func (s *Story) readExpect(l line) error {
	r := &reader{line: l}
	word, err := r.next("a cause")
	if err != nil {
		return err
	}
	second, err := r.next("a status")
	if err != nil {
		return err
	}
	e := &s.Expect
	switch word {
	case "error":
		e.Error = second
	case "verdict":
		if e.Status, err = oneOf(l, second, verdicts); err != nil {
			return err
		}
		if r.more() {
			e.Cause, _ = r.next("the cause")
		}
	default:
		if _, twice := e.Causes[word]; twice {
			return l.errorf("%s stands twice", word)
		}
		if e.Causes[word], err = oneOf(l, second, statuses); err != nil {
			return err
		}
		if !e.filled {
			e.written = append(e.written, word)
		}
	}
	return r.done()
}

func oneOf(l line, word string, list []string) (string, error) {
	for one := range strings.SplitSeq(word, "|") {
		if !slices.Contains(list, one) {
			return "", l.errorf("%q is no status: want one of %s", one, strings.Join(list, ", "))
		}
	}
	return word, nil
}

// Update returns the text of the story with the statuses of the causes that
// nobody wrote an expectation for, in the given order of causes. What people
// wrote stays as it is.
func (s *Story) Update(order []string, statuses map[string]string) []byte {
	archive := txtar.Parse(s.text)
	for i, f := range archive.Files {
		if f.Name != "expect" {
			continue
		}
		written, _, _ := bytes.Cut(f.Data, []byte(filledIn+"\n"))
		b := bytes.NewBuffer(bytes.Clone(written))
		mine := map[string]bool{}
		for _, cause := range s.Expect.written {
			mine[cause] = true
		}
		b.WriteString(filledIn + "\n")
		for _, cause := range order {
			if status := statuses[cause]; status != "" && !mine[cause] {
				fmt.Fprintf(b, "%s %s\n", cause, status)
			}
		}
		archive.Files[i].Data = b.Bytes()
	}
	return txtar.Format(archive)
}
