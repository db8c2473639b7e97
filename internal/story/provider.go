package story

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// provider is what somebody read of an identity provider or a governance product
// at one moment.
type provider struct {
	product string
	at      time.Time
	objects map[string][]map[string]any // by the name of the file that they stand in
	reach   []upstream.Reach
	partly  []upstream.OktaMember // members of lists that are not whole: no file says so
}

// lists are the names of lists as a story writes them.
var lists = map[string]string{
	"users": upstream.ListUsers, "groups": upstream.ListGroups, "members": upstream.ListMembers, "apps": upstream.ListApps,
	"app-users": upstream.ListAppUsers, "app-groups": upstream.ListAppGroups, "mappings": upstream.ListMappings, "rules": upstream.ListRules,
	"log": upstream.ListLog, "jobs": upstream.ListJobs, "app-roles": upstream.ListAppRoles, "identities": upstream.ListIdentities,
	"sources": upstream.ListSources, "accounts": upstream.ListAccounts, "requests": upstream.ListRequests, "activities": upstream.ListActivities,
	"profiles": upstream.ListProfiles, "entitlements": upstream.ListEntitlements,
}

func (s *Story) readProviderTitle(l line, product, title string) (*provider, error) {
	at, err := l.parseTime(strings.TrimSpace(title))
	if err != nil {
		return nil, err
	}
	return &provider{product: product, at: at, objects: map[string][]map[string]any{}}, nil
}

// readProvider reads a line of an okta, entra or sailpoint section.
func (s *Story) readProvider(p *provider, l line) error {
	r := &reader{line: l}
	word, err := r.next("what was read")
	if err != nil {
		return err
	}
	read := map[string]map[string]func(*provider, *reader) error{
		upstream.ProductOkta: {
			"app": s.oktaApp, "user": s.oktaUser, "group": s.oktaGroup, "members": s.oktaMembers, "assigned": s.oktaAssigned,
			"assigns": s.oktaAssigns, "mapping": s.oktaMapping, "rule": s.oktaRule, "log": s.oktaLog,
		},
		upstream.ProductEntra: {
			"job": s.entraJob, "app": s.entraApp, "user": s.entraUser, "group": s.entraGroup, "members": s.entraMembers,
			"assigned": s.entraAssigned, "log": s.entraLog,
		},
		upstream.ProductSailPoint: {
			"identity": s.sailIdentity, "account": s.sailAccount, "entitlement": s.sailEntitlement, "profile": s.sailProfile,
			"source": s.sailSource, "request": s.sailRequest, "activity": s.sailActivity,
		},
	}[p.product][word]
	switch {
	case word == "whole":
		read = s.readReach
	case read == nil:
		return l.errorf("%q is nothing that %s shows", word, p.product)
	}
	if err := read(p, r); err != nil {
		return err
	}
	return r.done()
}

// readReach reads "LIST [app A] [group G] [user U] [from T] [failed WHY] [needs PERMISSION]".
func (s *Story) readReach(p *provider, r *reader) error {
	word, err := r.next("a list")
	if err != nil {
		return err
	}
	list := lists[word]
	if list == "" {
		return r.errorf("there is no list %q", word)
	}
	reach := upstream.Reach{Product: p.product, Org: p.product + ".example.com", List: list, AsOf: p.at, Whole: true}
	var app, group, user, from, failed, needs string
	if err := r.options(map[string]*string{"app": &app, "group": &group, "user": &user, "from": &from, "failed": &failed, "needs": &needs}, nil); err != nil {
		return err
	}
	if app != "" {
		reach.Scope.App = p.id("app", app)
	}
	if group != "" {
		reach.Scope.Group = p.id("group", group)
	}
	if user != "" {
		reach.Scope.User = p.id("user", user)
	}
	if from != "" {
		if reach.From, err = r.parseTime(from); err != nil {
			return err
		}
		reach.To = p.at
	}
	reach.Failed, reach.Permission, reach.Whole = failed, needs, failed == ""
	p.reach = append(p.reach, reach)
	return nil
}

// id derives the id that the product gives to a thing.
func (p *provider) id(kind, alias string) string {
	d := digest(p.product, kind, alias)
	if p.product != upstream.ProductOkta {
		return d[:8] + "-" + d[8:12] + "-4" + d[12:15] + "-8" + d[15:18] + "-" + d[18:30]
	}
	prefix := map[string]string{"user": "00u", "group": "00g", "app": "0oa", "mapping": "gPm", "rule": "0pr"}[kind]
	return prefix + d[:17]
}

// OktaID returns the id that Okta gives to a user, group or app of the story.
func OktaID(kind, alias string) string {
	return (&provider{product: upstream.ProductOkta}).id(kind, alias)
}

func (p *provider) add(file string, o map[string]any) {
	for key, v := range o {
		switch v := v.(type) {
		case string:
			if v == "" {
				delete(o, key)
			}
		case time.Time:
			if v.IsZero() {
				delete(o, key)
			} else {
				o[key] = v.UTC().Format("2006-01-02T15:04:05.000Z")
			}
		case nil:
			delete(o, key)
		}
	}
	p.objects[file] = append(p.objects[file], o)
}

// times reads options that are times.
func (r *reader) times(texts map[string]*string, into map[string]*time.Time) error {
	for key, text := range texts {
		if *text == "" {
			continue
		}
		t, err := r.parseTime(*text)
		if err != nil {
			return err
		}
		*into[key] = t
	}
	return nil
}

// people reads "NAME, NAME*..." or "(empty)"; NAME need not be in the cast.
func (s *Story) people(r *reader) []string {
	var out []string
	if r.take("(empty)") {
		return nil
	}
	for r.more() {
		name, _ := r.next("")
		name = strings.TrimSuffix(name, ",")
		if crowd := s.cast.crowd(name); crowd != nil {
			for _, u := range crowd {
				out = append(out, u.alias)
			}
			continue
		}
		out = append(out, name)
	}
	return out
}

// login is the name with which a person signs in.
func (s *Story) login(alias string) string {
	if u := find(s.cast.users, alias); u != nil {
		return u.name
	}
	return alias + "@example.com"
}

func (s *Story) groupName(alias string) string {
	if g := find(s.cast.groups, alias); g != nil {
		return g.name
	}
	return alias
}

// state is what package upstream makes of what was read.
func (p *provider) state() (upstream.State, int, error) {
	var all []byte
	for _, name := range slices.Sorted(maps.Keys(p.objects)) {
		data, err := json.Marshal(p.objects[name])
		if err != nil {
			return upstream.State{}, 0, err
		}
		all = append(append(all, data...), '\n')
	}
	state := upstream.State{}
	taken := 0
	if len(all) > 0 {
		var err error
		if state, _, taken, err = upstream.Parse(all); err != nil {
			return upstream.State{}, 0, fmt.Errorf("the %s section: %w", p.product, err)
		}
		if len(state.Problems) > 0 {
			return upstream.State{}, 0, fmt.Errorf("the %s section: %s", p.product, strings.Join(state.Problems, "; "))
		}
	}
	state.Okta.Members = append(state.Okta.Members, p.partly...)
	state.Reach = p.reach
	return upstream.Merge(state), taken, nil
}
