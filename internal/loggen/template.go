package loggen

import (
	"fmt"
	"strconv"
	"strings"
)

// template is JSON text with places to fill in: <name> or <name 1 9>. Between
// <repeat 1 9> and </repeat> stands what comes as often, with commas between.
type template []part

type part struct {
	text string // literal; else
	fill fill
	args [2]int
	body template // repeated args[0] to args[1] times
}

// compile reads a template.
func compile(text string) (template, error) {
	t, rest, err := parts(text)
	if err == nil && rest != "" {
		err = fmt.Errorf("</repeat> without <repeat>")
	}
	if err != nil {
		return nil, fmt.Errorf("template %.60q: %w", text, err)
	}
	return t, nil
}

// parts reads up to the end or to </repeat>, and returns what comes from there on.
func parts(text string) (t template, rest string, err error) {
	for {
		before, after, found := strings.Cut(text, "<")
		if before != "" {
			t = append(t, part{text: before})
		}
		if !found {
			return t, "", nil
		}
		inside, after, closed := strings.Cut(after, ">")
		if !closed {
			return nil, "", fmt.Errorf("< without >")
		}
		if inside == "/repeat" {
			return t, "<" + inside + ">" + after, nil
		}
		words := strings.Fields(inside)
		if len(words) == 0 || len(words) > 3 {
			return nil, "", fmt.Errorf("<%s> is not understood", inside)
		}
		p := part{}
		for i, word := range words[1:] {
			if p.args[i], err = strconv.Atoi(word); err != nil {
				return nil, "", fmt.Errorf("<%s>: %w", inside, err)
			}
		}
		if words[0] == "repeat" {
			if p.body, after, err = parts(after); err != nil {
				return nil, "", err
			}
			if after, closed = strings.CutPrefix(after, "</repeat>"); !closed {
				return nil, "", fmt.Errorf("<repeat> without </repeat>")
			}
		} else if p.fill = fills[words[0]]; p.fill == nil {
			return nil, "", fmt.Errorf("<%s> is not known", words[0])
		}
		t = append(t, p)
		text = after
	}
}

// write fills the template in.
func (s *scribe) write(t template) {
	for i := range t {
		switch p := &t[i]; {
		case p.fill != nil:
			p.fill(s, p.args)
		case p.body != nil:
			for n := range p.args[0] + s.r.IntN(p.args[1]-p.args[0]+1) {
				if n > 0 {
					s.b = append(s.b, ',')
				}
				s.write(p.body)
			}
		default:
			s.b = append(s.b, p.text...)
		}
	}
}
