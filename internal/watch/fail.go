package watch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// failRule is scim-writes-fail: by place, meaning and attribute.
type failRule map[string]failing

type failing struct {
	Place    string
	Recent   []int64   // the last failures, no more than the threshold
	Count    int       // since it was first raised, or a day ago
	Subjects []subject // whose writes fail, the first of them
	Nameless bool      // some writes named nobody, such as a refused CreateUser
	Calls    []string  // names of the calls
	Last     int64
	Raised   bool
}

// subject is a user or group whose writes fail.
type subject struct {
	ID   string
	Last int64
}

// The most of what is remembered of failures: kinds at one place, and people and
// groups of one kind.
const (
	maxFailing  = 300
	maxSubjects = 50
)

func (m *machine) fails(ev *Event) {
	if m.rules.Fail.Off || ev.What.Source != awsid.SourceSCIM || ev.What.Reads {
		return
	}
	if ev.Fail == nil {
		if len(m.Fail) > 0 {
			m.works(ev)
		}
		return
	}
	place := ev.Who.Place()
	key := place + "|" + ev.Fail.Meaning + "|" + ev.Fail.Attribute
	f, known := m.Fail[key]
	if !known {
		if len(m.Fail) >= maxFailing {
			m.forgetFailing(ev.At)
			if len(m.Fail) >= maxFailing {
				return
			}
		}
		f.Place = place
	}
	if f.Raised && !m.isOpen("scim-writes-fail", key) {
		f = failing{Place: place} // it closed by itself
	}
	need := m.rules.Fail.Failures
	if ev.Fail.Throttled {
		need = m.rules.Fail.Throttled
	}
	if !f.Raised && ev.At-f.Last > day {
		f.Count, f.Subjects, f.Nameless, f.Calls = 0, nil, false, nil
	}
	f.Last = ev.At
	f.Count++
	f.Recent = append(slices.Clip(f.Recent), ev.At)
	if n := len(f.Recent); n > need {
		f.Recent = slices.Clone(f.Recent[n-need:])
	}
	id := cmp.Or(ev.User, ev.Group)
	at := slices.IndexFunc(f.Subjects, func(s subject) bool { return s.ID == id })
	switch {
	case id == "":
		f.Nameless = true
	case at >= 0:
		f.Subjects = slices.Clone(f.Subjects)
		f.Subjects[at].Last = ev.At
	case len(f.Subjects) < maxSubjects:
		f.Subjects = append(slices.Clip(f.Subjects), subject{id, ev.At})
	}
	if !slices.Contains(f.Calls, ev.What.Name) && len(f.Calls) < 10 {
		f.Calls = append(slices.Clip(f.Calls), ev.What.Name)
	}
	if f.Raised || len(f.Recent) >= need && ev.At-f.Recent[0] <= day {
		a := m.raise("scim-writes-fail", key, ev.At, func(a *Alert) { m.sayFailing(a, &f, ev) })
		m.closesAt(a, ev.At+m.rules.Fail.Forget.seconds(), "it did not happen again for "+length(m.rules.Fail.Forget.seconds()))
		f.Raised = true
	}
	m.Fail[key] = f
}

func (m *machine) forgetFailing(now int64) {
	for key, f := range m.Fail {
		if !f.Raised && now-f.Last > day || now-f.Last > m.rules.Fail.Forget.seconds() {
			delete(m.Fail, key)
		}
	}
}

// works takes what a successful write mends. Records have whole seconds: of a failure
// and a success within one nobody knows which came last, and a failure is not hidden.
func (m *machine) works(ev *Event) {
	place := ev.Who.Place()
	for key, f := range m.Fail {
		if f.Place != place {
			continue
		}
		changed := false
		mended := func(s subject) bool { return (s.ID == ev.User || s.ID == ev.Group) && s.Last < ev.At }
		if slices.ContainsFunc(f.Subjects, mended) {
			f.Subjects = slices.DeleteFunc(slices.Clone(f.Subjects), mended)
			changed = true
		}
		if f.Nameless && ev.At-f.Last > day && slices.Contains(f.Calls, ev.What.Name) {
			f.Nameless = false
			changed = true
		}
		if !changed {
			continue
		}
		if len(f.Subjects) > 0 || f.Nameless {
			m.Fail[key] = f
			continue
		}
		if f.Raised {
			m.mend("scim-writes-fail", key, ev.At, fmt.Sprintf("the same writes succeed since %s", moment(ev.At)))
		}
		delete(m.Fail, key)
	}
}

func (m *machine) sayFailing(a *Alert, f *failing, ev *Event) {
	at(a, f.Place)
	a.Severity, a.Title = Warning, "SCIM writes fail"
	a.Meaning, a.Attribute, a.Count, a.Actor = ev.Fail.Meaning, ev.Fail.Attribute, f.Count, ev.Who.Label
	a.Group, a.GroupID, a.User, a.UserID = "", "", "", ""
	if len(f.Subjects) == 1 && !f.Nameless { // an answer about one of many would be noise
		if ev.Group != "" {
			m.aboutGroup(a, ev.Group)
		}
		if ev.User != "" {
			m.aboutUser(a, ev.User)
		}
	}
	a.Steps = ev.Fail.Do
	quoteEvent(a, ev)
	about := ""
	if a.Attribute != "" {
		about = fmt.Sprintf(" because of the attribute %s", a.Attribute)
	}
	var whose []string
	for _, s := range f.Subjects[:min(3, len(f.Subjects))] {
		whose = append(whose, m.named(s.ID))
	}
	of := ""
	switch n := len(f.Subjects); {
	case n > 3:
		of = fmt.Sprintf(" of %s and %d more", strings.Join(whose, ", "), n-3)
	case n > 0:
		of = " of " + strings.Join(whose, ", ")
	case f.Nameless:
		of = " (the record does not say whose)"
	}
	a.Summary = fmt.Sprintf("%s over SCIM by %s (%s)%s failed%s, last on %s. %s", count(f.Count, "write"), ev.Who.Label, strings.Join(f.Calls, ", "), of, about, moment(ev.At), ev.Fail.Says)
}
