package scimerror

import (
	"slices"
	"strconv"
	"strings"
)

// The form of AWS's validation messages (scim reference 5.2 and 5.3): "errors"
// is always plural there, asterisks may stand round the attribute, the clauses
// come in any order. The Identity Store API also prints the value: "Value 'x' at
// 'userName' failed ...".
var (
	announced   = re(`\b([1-9]\d{0,3}) validation errors? detected`)
	failedValue = re(`\bat ['"]? ?\*?([\pL\pN_.:$\[\]-]{1,200})\*? ?['"]? failed to satisf|\bat ['"] ?\*?([\pL\pN_.:$\[\]-]{1,200})\*? ?['"]`)
	quotedName  = re(`['"] ?\*?([a-z][\pL\pN_.:$\[\]-]{0,199})\*? ?['"]`)
)

// A constraint's words in the languages that we match; see languages.go for why
// they are stems. Texts are folded: lower case, without accents.
var constraintWords = []struct {
	rule Rule
	*wording
}{
	{RulePattern, words(`regular expression|expres\w+ regular|regular\w+ ausdruck|expression reguliere|正規表現`)},
	{RuleMinLength, words(`(?:greater than or equal to|maior ou igual|maior que ou igual|mayor o igual|mayor que o igual|grosser (?:als )?(?:oder gleich|gleich)|grosser als oder gleich|superieure? ou egale?) (?:to |a |que |zu )?\d+|mindestens \d+|au moins \d+|al menos \d+|(?:pelo menos|no minimo) \d+|\d+ ?文字?以上`)},
	{RuleMaxLength, words(`(?:less than or equal to|menor ou igual|menor que ou igual|menor o igual|menor que o igual|kleiner (?:als )?(?:oder gleich|gleich)|inferieure? ou egale?) (?:to |a |que |zu )?\d+|hochstens \d+|au plus \d+|como maximo \d+|no maximo \d+|\d+ ?文字?以下`)},
}

var number = re(`\d+`)

// validation is what a list of failed constraints says.
type validation struct {
	announced   int
	constraints []Constraint
	language    string
}

// readValidation reads a list of failed constraints. ok is false when the text
// is none.
func readValidation(f folded) (v validation, ok bool) {
	start := 0
	if m := announced.FindStringSubmatchIndex(f.text); m != nil {
		v.announced, _ = strconv.Atoi(f.text[m[2]:m[3]])
		start = m[1]
	} else if m := announcedAbroad(f.text); m != nil {
		v.announced, _ = strconv.Atoi(number.FindString(f.text[m.from:m.to]))
		v.language, start = m.language, m.to
	} else if !failedTo.MatchString(f.text) {
		return v, false
	}
	for from := start; from < len(f.text); {
		to := len(f.text)
		if i := strings.IndexByte(f.text[from:], ';'); i >= 0 {
			to = from + i
		}
		v.addClause(f, from, to)
		from = to + 1
	}
	return v, v.announced > 0 || len(v.constraints) > 0
}

var failedTo = re(`\bfailed to satisfy constraint\b`)

// addClause reads one "Value at 'X' failed to satisfy constraint: ...".
func (v *validation) addClause(f folded, from, to int) {
	text := f.text[from:to]
	var at []int
	if v.language == "" {
		at = failedValue.FindStringSubmatchIndex(text)
	} else {
		at = quotedName.FindStringSubmatchIndex(text)
	}
	if at == nil || len(v.constraints) >= 100 {
		return
	}
	name := at[2:4]
	if name[0] < 0 {
		name = at[4:6]
	}
	c := Constraint{
		Attribute: f.source(from+name[0], from+name[1]),
		Rule:      RuleUnknown,
	}
	c.Attribute = strings.Trim(visible(c.Attribute), "*'\" ")
	if !attributeName(c.Attribute) {
		return
	}
	tail := text[at[1]:]
	for _, w := range constraintWords {
		m := w.find(tail)
		if m == nil {
			continue
		}
		c.Rule = w.rule
		if w.rule != RulePattern {
			c.Bound, _ = strconv.Atoi(head(number.FindString(tail[m[0]:m[1]]), 9))
		}
		break
	}
	v.constraints = append(v.constraints, c)
}

// attributeName reports whether s may be handed out as an attribute's name: it
// is printed beside our own sentences, so it holds no other marks.
func attributeName(s string) bool { return plainName.MatchString(s) }

var plainName = re(`^[A-Za-z0-9_.:$\[\]-]{1,200}$`)

// entry picks the entry for the constraints. An empty value fails the pattern
// as well, so emptiness leads; a value that is too long says more than one with
// a strange character.
func (v validation) entry() string {
	has := func(rule Rule) bool {
		return slices.ContainsFunc(v.constraints, func(c Constraint) bool { return c.Rule == rule })
	}
	switch {
	case has(RuleMinLength):
		return "validation-empty"
	case has(RuleMaxLength):
		return "validation-too-long"
	case has(RulePattern):
		return "validation-pattern"
	default:
		return "validation-failed"
	}
}

// attributes lists the attributes in the message's order.
func (v validation) attributes() []string {
	var names []string
	for _, c := range v.constraints {
		if !slices.Contains(names, c.Attribute) {
			names = append(names, c.Attribute)
		}
	}
	return names
}
