package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:     "mapping-error",
	Title:    "The push of the group stopped on an error",
	Step:     Before,
	Rank:     62,
	Explains: []string{"created-not-filled", "group-not-pushed"},
	Examine:  mappingError,
})

// mappingError is C06: a mapping in error is not tried again by itself. The cause
// that its message names leads where it is established.
func mappingError(in *inquiry) Finding {
	c := in.before()
	if f, ok := c.oktaOnly(); !ok {
		return f
	}
	if f, ok := c.mappingIs("ERROR"); !ok {
		return f
	}
	m := c.mapping
	f := Finding{
		Status:  Established,
		Summary: fmt.Sprintf("The push of %s stopped on an error, and Okta does not try again by itself.", in.theGroup()),
		Because: []Reason{{Text: fmt.Sprintf("Okta shows the push mapping as ERROR%s.%s", since(m.LastUpdated), pushedWords(m))}},
		At:      m.LastUpdated,
	}
	if !m.LastUpdated.IsZero() {
		f.Summary = fmt.Sprintf("The push of %s stopped on an error on %s, and Okta does not try again by itself.", in.theGroup(), day(m.LastUpdated))
	}
	told := false
	for _, r := range reversed(c.said) {
		if told || r.where == trail && !onePush(r.at, m.LastUpdated) {
			continue
		}
		told = true
		f.Because = append(f.Because, r.reason())
		f.Fix = r.fixes()
	}
	if !told {
		f.Because = append(f.Because, Reason{Text: "Why is not in what was read: Okta often leaves it out of the mapping and tells it in the System Log alone."})
		f.Needs = append(f.Needs, Need{Text: "Read why in the System Log. In Okta: Reports > System Log, eventType sw \"application.provision.group_push.mapping\" on the day that the mapping changed."})
		for _, ev := range where(in.scimRefused(), func(ev *casefile.Event) bool { return onePush(ev.Time, m.LastUpdated) }) {
			f.Because = append(f.Because, because([]*casefile.Event{ev}, "CloudTrail has a refused SCIM call at that time: %s", refusal(ev)))
			break
		}
	}
	f.Fix = append(f.Fix, Fix{Text: "When the reason is cured, start the push again. In Okta: Applications > AWS IAM Identity Center > Push Groups > the group > Retry, or Retry All Groups.", Who: "idp"})
	return c.contradicted(f, m.LastUpdated)
}
