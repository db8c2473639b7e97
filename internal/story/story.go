package story

import (
	"bytes"
	"strings"

	"golang.org/x/tools/txtar"
)

// Story is one story, read.
type Story struct {
	Comment string // what happened, for people
	Ask     Question
	Expect  Expectation

	cast        *cast
	events      []*event
	labels      map[string]*event
	snapshots   []*snapshot
	collections []*collection
	providers   []*provider
	literal     []File
	text        []byte
}

// Question is what the investigator asks.
type Question struct {
	Kind  string // group or user
	Asked string // the name or id as given to the program
	Group string // for a user: the group in question, "" when none
}

// Parse reads a story. Its errors are of type *Error and name the line.
func Parse(text []byte) (*Story, error) {
	archive := txtar.Parse(text)
	s := &Story{Comment: strings.TrimSpace(string(archive.Comment)), cast: newCast(), text: bytes.Clone(text),
		Expect: Expectation{Causes: map[string]string{}}}
	at := 1 + bytes.Count(archive.Comment, []byte("\n"))
	seen := map[string]bool{}
	for _, f := range archive.Files {
		first := at + 1 // the line after the section's title
		at = first + bytes.Count(f.Data, []byte("\n"))
		if seen[f.Name] {
			return nil, &Error{Section: f.Name, Line: first - 1, Problem: "the section stands twice"}
		}
		seen[f.Name] = true
		if path, ok := strings.CutPrefix(f.Name, "file "); ok {
			if err := s.addLiteral(path, f, first-1); err != nil {
				return nil, err
			}
			continue
		}
		if err := s.readSection(f, first); err != nil {
			return nil, err
		}
	}
	if err := s.settle(); err != nil {
		return nil, err
	}
	if len(s.events) > 0 && len(s.collections) == 0 && len(s.literal) == 0 {
		return nil, &Error{Problem: "there are events and no coverage section: nothing of them would be evidence"}
	}
	return s, nil
}

func (s *Story) readSection(f txtar.File, first int) error {
	title := line{section: f.Name, number: first - 1}
	kind, rest, _ := strings.Cut(f.Name, " ")
	var sn *snapshot
	var up *provider
	var read func(line) error
	switch kind {
	case "cast":
		read = s.cast.read
	case "events":
		read = s.readEvent
	case "coverage":
		read = s.readCoverage
	case "ask":
		read = s.readAsk
	case "expect":
		read = s.readExpect
	case "okta", "entra", "sailpoint":
		var err error
		if up, err = s.readProviderTitle(title, kind, rest); err != nil {
			return err
		}
		s.providers = append(s.providers, up)
		read = func(l line) error { return s.readProvider(up, l) }
	case "snapshot":
		var err error
		if sn, err = s.readSnapshotTitle(title, rest); err != nil {
			return err
		}
		s.snapshots = append(s.snapshots, sn)
		read = func(l line) error { return s.readSnapshot(sn, l) }
	default:
		return title.errorf("there is no such section: want cast, events, snapshot TIME, coverage, okta TIME, entra TIME, sailpoint TIME, ask, expect or file PATH")
	}
	if sn == nil && up == nil && rest != "" {
		return title.errorf("the section is named %q only", kind)
	}
	for i, text := range strings.Split(string(f.Data), "\n") {
		l := line{section: f.Name, number: first + i}
		if kind == "expect" && strings.TrimSpace(text) == filledIn {
			s.Expect.filled = true
			continue
		}
		words, err := split(text)
		if err != nil {
			return l.errorf("%v", err)
		}
		if len(words) == 0 {
			continue
		}
		l.words = words
		if err := read(l); err != nil {
			return err
		}
	}
	return nil
}

func (s *Story) addLiteral(path string, f txtar.File, number int) error {
	path = strings.TrimSpace(path)
	for part := range strings.SplitSeq(path, "/") {
		if !plainName(part) {
			return line{section: f.Name, number: number}.errorf("%q is no path inside the folder", path)
		}
	}
	s.literal = append(s.literal, File{Path: path, Data: f.Data})
	return nil
}

func (s *Story) readAsk(l line) error {
	if s.Ask.Kind != "" {
		return l.errorf("a story asks one question")
	}
	r := &reader{line: l}
	kind, err := r.next("group or user")
	if err != nil {
		return err
	}
	if kind != "group" && kind != "user" {
		return l.errorf("want group or user, not %q", kind)
	}
	q := Question{Kind: kind}
	if q.Asked, err = s.asked(r, kind); err != nil {
		return err
	}
	if kind == "user" && r.take("group") {
		if q.Group, err = s.asked(r, "group"); err != nil {
			return err
		}
	}
	s.Ask = q
	return r.done()
}

// asked is what the investigator would type.
func (s *Story) asked(r *reader, kind string) (string, error) {
	if r.more() && r.words[r.at].quoted {
		return r.next(kind)
	}
	t, err := s.cast.named(r, kind)
	if err != nil {
		return "", err
	}
	if r.peek() == "by" {
		r.at++
		switch {
		case r.take("id"):
			return t.id, nil
		case r.take("arn"):
			return "arn:aws:identitystore:::" + kind + "/" + t.id, nil
		}
		return "", r.errorf("want by id or by arn")
	}
	return t.name, nil
}

// ID returns the id of a group or user of the cast, "" when there is none.
func (s *Story) ID(kind, alias string) string {
	list := s.cast.groups
	if kind == "user" {
		list = s.cast.users
	}
	return idOf(find(list, alias))
}
