package watch

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// tokenRule is token-expiring: by place and credential, when it was seen.
type tokenRule map[string]bearer

type bearer struct {
	Place       string
	First, Last int64
	By          string
	Told        int64 // Last when it was raised last
}

// unused is how long a token may rest before it no longer matters that it ends.
const unused = 14 * day

// ends returns when a token stops working, as far as is known: from when it was
// made, if that was said, else from when it was first seen, which is no earlier.
func (b *bearer) ends(s *Settings) int64 {
	from := b.First
	if made := s.Token.Created; !made.IsZero() && made.Unix() <= b.First {
		from = made.Unix()
	}
	return from + s.Token.Lives.seconds()
}

func (m *machine) token(ev *Event) {
	if m.rules.Token.Off || ev.Fail != nil || ev.What.Source != awsid.SourceSCIM {
		return
	}
	place := ev.Who.Place()
	key := ev.Who.token()
	b, known := m.Token[key]
	if !known {
		if len(m.Token) >= maxSeen {
			return
		}
		b = bearer{Place: place, First: ev.At}
	}
	m.expiring(key, &b, ev.At) // of the time before this call
	m.settle(ev.At)
	b.Last, b.By = ev.At, ev.Who.Label
	m.expiring(key, &b, ev.At)
	m.Token[key] = b
}

func (m *machine) tokens(at int64) {
	if m.rules.Token.Off {
		return
	}
	for key, b := range m.Token {
		m.expiring(key, &b, at)
		m.Token[key] = b
	}
}

// expiring raises when a token that is in use nears its end until at.
func (m *machine) expiring(key string, b *bearer, at int64) {
	if b.Last == 0 {
		return
	}
	ends := b.ends(m.rules)
	begin := ends - int64(m.rules.Token.Days)*day
	if at < begin {
		return
	}
	opens := max(begin, b.Last)
	if opens-b.Last > unused || b.Told == b.Last && !m.isOpen("token-expiring", key) {
		return
	}
	a := m.raise("token-expiring", key, opens, func(a *Alert) { m.sayExpiring(a, b, ends) })
	b.Told = b.Last
	m.closesAt(a, b.Last+unused, "it has not been used for "+length(unused))
}

func (m *machine) sayExpiring(a *Alert, b *bearer, ends int64) {
	at(a, b.Place)
	a.Severity, a.Title, a.Actor = Warning, "A SCIM token nears its end", b.By
	since := fmt.Sprintf("it was first seen on %s and may be older", moment(b.First))
	if made := m.rules.Token.Created; !made.IsZero() && made.Unix() <= b.First {
		since = fmt.Sprintf("it was made on %s, as was said", made.Format("2006-01-02"))
	}
	a.Summary = fmt.Sprintf("The token that %s writes with in %s ends on %s at the latest, if it lives %s: %s.", b.By, where(b.Place), moment(ends)[:10], length(m.rules.Token.Lives.seconds()), since)
	a.Steps = []string{"Make a second token in IAM Identity Center > Settings > Identity source > Manage provisioning > Access tokens, enter it at the identity provider, test the connection, then delete the old one."}
}
