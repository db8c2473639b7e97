package scimerror

import (
	"cmp"
	"slices"
	"strings"
)

// Explain says what an error means. Either argument may be empty: code is the
// error's name or code as an event or a command printed it
// ("ValidationException", "E0000011"), message its text, with or without the
// envelopes of those who passed it on. Of a message the first 64 KB are looked
// at.
//
// ok is false when nothing in the catalogue fits; the explanation then holds
// only what the envelopes told (code, group name, time), and Entry is nil.
//
// The specific leads the general, and at equal rank the innermost text leads
// what is wrapped round it:
//
//  1. wordings that mean one entry only;
//  2. reasons, names and codes that mean one entry only;
//  3. translations;
//  4. the beginning of one entry's wording only, the rest being cut off;
//  5. names of a whole class, such as ValidationException;
//  6. general wordings ("Unauthorized", "timed out", the bare envelope).
func Explain(code, message string) (Explanation, bool) {
	b := catalogue()
	r := unwrap(message)
	r.remember()
	codes := r.codes
	if given := errorName(head(code, 256)); given != "" {
		codes = slices.Insert(codes, 0, given)
	}

	x := r.about
	if len(codes) > 0 {
		x.Code = codes[0]
	}
	m, l, ok := b.recognise(slices.Concat(codes, r.reasons), r.layers)
	if !ok {
		return x, false
	}
	x.Entry, x.Basis, x.Language = &m.Entry, m.basis, m.language
	x.Code = cmp.Or(x.Code, m.name, m.Entry.Code)
	if l != nil {
		x.Message, x.Envelope = strings.TrimSpace(l.src), l.envelope
	} else if n := len(r.layers); n > 0 {
		x.Envelope = r.layers[n-1].envelope
	}
	x.Attributes = m.attributes
	if len(x.Attributes) > 0 {
		x.Attribute = x.Attributes[0]
	}
	x.Constraints, x.Announced = m.validation.constraints, m.validation.announced
	x.Causes = m.causes(x.Subject)
	return x, true
}

// recognise returns the match and the layer it was found in, nil when only a
// code was recognised.
func (b *book) recognise(codes []string, layers []layer) (match, *layer, bool) {
	inLayers := func(try func(layer) (match, bool)) (match, *layer, bool) {
		for i := len(layers) - 1; i >= 0; i-- {
			if m, ok := try(layers[i]); ok {
				return m, &layers[i], true
			}
		}
		return match{}, nil, false
	}
	named := func(class bool) (match, *layer, bool) {
		// The innermost code is the last found, and reasons stand behind the codes.
		for _, code := range slices.Backward(codes) {
			m, ok := b.name(code, class)
			if !ok {
				continue
			}
			// A general wording of the same entry shows which part of the message it is.
			for i := len(layers) - 1; i >= 0; i-- {
				if h, ok := b.byHint(layers[i]); ok && h.definition == m.definition {
					return h, &layers[i], true
				}
			}
			return m, nil, true
		}
		return inLayers(func(l layer) (match, bool) { return b.nameInside(l, class) })
	}
	for _, code := range slices.Backward(codes) {
		if m, ok := b.name(code, false); ok && m.closer {
			return m, nil, true
		}
	}
	steps := []func() (match, *layer, bool){
		func() (match, *layer, bool) { return inLayers(b.bySpecific) },
		func() (match, *layer, bool) { return named(false) },
		func() (match, *layer, bool) { return inLayers(b.byTranslation) },
		func() (match, *layer, bool) { return inLayers(b.byBeginning) },
		func() (match, *layer, bool) { return named(true) },
		func() (match, *layer, bool) { return inLayers(b.byHint) },
	}
	for _, step := range steps {
		if m, l, ok := step(); ok {
			return m, l, true
		}
	}
	return match{}, nil, false
}

// causes are the entry's causes, narrowed by what the call was about.
func (d *definition) causes(about Subject) []string {
	switch {
	case about == SubjectUser && d.user != nil:
		return slices.Clone(d.user)
	case about == SubjectGroup && d.group != nil:
		return slices.Clone(d.group)
	}
	return slices.Clone(d.Causes)
}
