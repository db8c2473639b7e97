package watch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// identityRule is identity-source-changed: by place, the changes since SCIM last
// wrote.
type identityRule map[string]switched

type switched struct {
	Count int
	Calls []string
}

func (m *machine) identity(ev *Event) {
	if m.rules.Identity.Off || ev.Fail != nil || ev.What.Reads {
		return
	}
	place := ev.Who.Place()
	if ev.What.Source == awsid.SourceSCIM {
		if _, open := m.Identity[place]; open {
			m.mend("identity-source-changed", place, ev.At, fmt.Sprintf("SCIM wrote on %s, so provisioning works with the new setting", moment(ev.At)))
			delete(m.Identity, place)
		}
		return
	}
	if ev.What.Effect != cloudtrail.SourceChanged && ev.What.Effect != cloudtrail.TokenChanged || harmless(ev.What.Name) {
		return
	}
	s := m.Identity[place]
	s.Count++
	if !slices.Contains(s.Calls, ev.What.Name) && len(s.Calls) < 5 {
		s.Calls = append(slices.Clip(s.Calls), ev.What.Name)
	}
	m.Identity[place] = s
	m.raise("identity-source-changed", place, ev.At, func(a *Alert) {
		at(a, place)
		a.Severity, a.Title, a.Actor, a.Count = Critical, "The identity source or provisioning was changed", ev.Who.Label, s.Count
		a.Summary = fmt.Sprintf("%s changed the identity source or provisioning in %s on %s (%s). No SCIM write succeeded since.", ev.Who.Label, where(place), moment(ev.At), strings.Join(s.Calls, ", "))
		a.Steps = []string{
			"See in IAM Identity Center > Settings > Identity source what is set now; a new provisioning tenant has a new endpoint and token, which the identity provider must be given.",
			"AWS does not promise to log every such change, so look at the setting itself.",
		}
		quoteEvent(a, ev)
	})
}

// harmless are changes that leave provisioning as it is: a certificate beside the
// old one, or a token more.
func harmless(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "import") || strings.HasPrefix(lower, "createbearertoken") || strings.HasSuffix(lower, "certificate")
}
