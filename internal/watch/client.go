package watch

import (
	"fmt"
	"maps"
	"net/netip"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// clientRule is new-client: what was seen calling over SCIM.
type clientRule struct {
	Calls map[string]int      // by place
	Seen  map[string]struct{} // place, kind and what
	known map[*Who]bool       // a shortcut: nothing of it is new
}

func newClient() clientRule {
	return clientRule{Calls: map[string]int{}, Seen: map[string]struct{}{}, known: map[*Who]bool{}}
}

func (r clientRule) clone() clientRule {
	return clientRule{maps.Clone(r.Calls), maps.Clone(r.Seen), map[*Who]bool{}}
}

// maxSeen bounds what is remembered of clients at all places. manyNetworks is how
// many a provider calls from before a further one says nothing.
const (
	maxSeen      = 20_000
	manyNetworks = 8
)

// client looks at every call that SCIM answered, reads too: who means to write
// looks first.
func (m *machine) client(ev *Event) {
	if m.rules.Client.Off || ev.Fail != nil || ev.What.Source != awsid.SourceSCIM {
		return
	}
	r := &m.Client
	place := ev.Who.Place()
	calls := r.Calls[place]
	r.Calls[place] = calls + 1
	if r.known[ev.Who] {
		return
	}
	if r.known == nil {
		r.known = map[*Who]bool{}
	}
	fresh := calls >= m.rules.Client.After
	see := func(kind, what string) bool {
		key := place + "|" + kind + "|" + what
		if _, seen := r.Seen[key]; seen || what == "" || len(r.Seen) >= maxSeen {
			return false
		}
		r.Seen[key] = struct{}{}
		return fresh
	}
	family := see("client", ev.Who.Family)
	credential := see("credential", ev.Who.Credential)
	net := networkOf(ev.Who.Address)
	network := see("network", net)
	r.known[ev.Who] = len(r.known) < maxSeen
	if network {
		n := r.Calls[place+"|networks"] + 1
		r.Calls[place+"|networks"] = n
		network = m.rules.Client.Networks && n <= manyNetworks
	}
	switch {
	case family:
		m.stranger(ev, place, "client", ev.Who.Family, Critical, "A new client", "its user agent was never seen here before; a user agent is only what a client says of itself")
	case credential:
		m.stranger(ev, place, "credential", ev.Who.Credential, Warning, "A new credential", "the token behind it was never seen here before: a rotated token looks so, and a stolen one")
	case network:
		m.stranger(ev, place, "network", net, Info, "A new network", "no call came from there before; providers change addresses")
	}
}

func (m *machine) stranger(ev *Event, place, kind, what, severity, title, says string) {
	a := m.raise("new-client", place+"|"+kind+"|"+what, ev.At, func(a *Alert) {
		at(a, place)
		a.Severity, a.Title, a.Actor = severity, title+" calls over SCIM", ev.Who.Label
		a.Summary = fmt.Sprintf("%s called over SCIM in %s from %s on %s (%s): %s.", ev.Who.Label, where(place), orUnknown(ev.Who.Address), moment(ev.At), ev.What.Name, says)
		a.Steps = []string{"Compare with the tokens in IAM Identity Center > Settings > Identity source > Manage provisioning. If nobody knows of this one, delete it; the identity provider's own goes on working."}
		quoteEvent(a, ev)
	})
	m.closesAt(a, ev.At+m.rules.Client.Forget.seconds(), "it has been known for "+length(m.rules.Client.Forget.seconds()))
}

// networkOf returns the /24 or /48 of an address, "" when it is none.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	ip = ip.Unmap()
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

func orUnknown(s string) string {
	if s == "" {
		return "an unknown address"
	}
	return s
}
