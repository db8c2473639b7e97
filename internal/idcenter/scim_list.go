package idcenter

import (
	"encoding/base64"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// page is what a list call asks for (identity-center-scim reference 9).
type page struct {
	filter string
	query  query
	size   int
	cursor bool   // cursor mode, even if the cursor is empty
	after  string // key of the last thing of the page before
}

const (
	scimPage   = 100
	legacyPage = 50
)

// readPage reads the query string. Parameters that AWS does not support, such
// as startIndex and attributes, are ignored.
func (s *scimCall) readPage(terms map[string]string, second string, urns ...string) (page, *Error) {
	be, q := s.c.be, s.r.Query
	p := page{size: scimPage, filter: q.Get("filter"), cursor: q.Has("cursor")}
	if be.LegacyPaging {
		p.size, p.cursor = legacyPage, false
	} else if text := q.Get("count"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || be.CountOutOfRange400 && (n < 1 || n > scimPage) {
			return p, unparsable("count must be a number from 1 to 100")
		}
		p.size = min(max(n, 1), scimPage)
	}
	if q.Has("filter") {
		var err *Error
		if p.query, err = readQuery(p.filter, terms, second, urns...); err != nil {
			return p, err
		}
	}
	if p.cursor {
		var ok bool
		if p.after, ok = openCursor(s.op, p.filter, q.Get("cursor")); !ok {
			return p, unparsable("the cursor is not one of this list and filter")
		}
	}
	return p, nil
}

// sealCursor makes the cursor behind a key. It is bound to the operation and the
// filter, since a filter must stay the same during a walk.
func sealCursor(op, filter, key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(walkOf(op, filter) + key))
}

func openCursor(op, filter, cursor string) (key string, ok bool) {
	if cursor == "" {
		return "", true
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", false
	}
	return strings.CutPrefix(string(b), walkOf(op, filter))
}

func walkOf(op, filter string) string {
	h := fnv.New64a()
	h.Write([]byte(op + "\x00" + filter))
	return strconv.FormatUint(h.Sum64(), 36) + ":"
}

// listing is a page of resources, each as JSON.
type listing struct {
	items [][]byte
	total int    // matches, if the page can know them
	last  string // key of the last item
	more  bool
}

// listBody is the ListResponse in the key order of AWS (identity-center-scim
// reference 4).
func (s *scimCall) listBody(p page, l listing) []byte {
	n := strconv.Itoa(len(l.items))
	size := 200
	for _, item := range l.items {
		size += len(item) + 1
	}
	b := make([]byte, 0, size)
	if p.cursor {
		b = append(b, `{"itemsPerPage":`+n...)
		if l.more {
			b = append(b, `,"nextCursor":"`+sealCursor(s.op, p.filter, l.last)+`"`...)
		}
	} else {
		total := n
		if s.c.be.TrueTotals {
			total = strconv.Itoa(max(l.total, len(l.items)))
		}
		b = append(b, `{"totalResults":`+total+`,"itemsPerPage":`+n+`,"startIndex":1`...)
	}
	b = append(b, `,"schemas":["`+scim.ListResponseURN+`"],"Resources":[`...)
	for i, item := range l.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, item...)
	}
	return append(b, "]}"...)
}

// answer runs an operation that reads.
func (s *scimCall) answer() ([]byte, *Error) {
	switch s.op {
	case "GetUser":
		return s.getUser()
	case "GetGroup":
		return s.getGroup()
	case "ListUsers":
		return s.listUsers()
	case "ListGroups":
		return s.listGroups()
	case "GetSchema":
		return s.c.pages.schema(s.id)
	case "ListSchemas":
		return s.c.pages.schemas, nil
	case "ListResourceTypes":
		return s.c.pages.resourceTypes, nil
	}
	return s.c.pages.config, nil
}

func (s *scimCall) listUsers() ([]byte, *Error) {
	p, err := s.readPage(userTerms, "manager", scim.UserURN, scim.EnterpriseUserURN)
	if err != nil {
		return nil, err
	}
	var l listing
	add := func(u *userNode) { l.items = append(l.items, u.shown); l.total = len(l.items) }
	s.c.read(func(st *state) {
		switch q := p.query; q.by {
		case "":
			l.total = st.userList.Len()
			for key, u := range st.userList.After(p.after) {
				if l.more = len(l.items) == p.size; l.more {
					break
				}
				l.items, l.last = append(l.items, u.shown), key
			}
		case "groups.value":
			g := st.groups[q.value]
			if g == nil {
				return
			}
			l.total = g.members.Len()
			for key := range g.members.After(p.after) {
				if l.more = len(l.items) == p.size; l.more {
					break
				}
				l.items, l.last = append(l.items, st.users[key].shown), key
			}
		default:
			u := st.userBy(s.c, q.by, q.value)
			if u != nil && (q.also == "" || u.manager == q.alsoValue) && p.after == "" {
				add(u)
			}
		}
	})
	return s.listBody(p, l), nil
}

// userBy finds a user by a unique attribute, nil when there is none.
func (st *state) userBy(c *Center, attribute, value string) *userNode {
	switch attribute {
	case "id":
		return st.users[value]
	case "userName":
		return st.byUserName[c.folded(value)]
	case "externalId":
		return st.byPerson[value]
	}
	return st.byEmail[c.folded(value)]
}

// groupBy finds a group by a unique attribute, nil when there is none.
func (st *state) groupBy(c *Center, attribute, value string) *groupNode {
	switch attribute {
	case "id":
		return st.groups[value]
	case "displayName":
		return st.byGroup[c.folded(value)]
	}
	return st.byOutside[value]
}

func (s *scimCall) listGroups() ([]byte, *Error) {
	p, err := s.readPage(groupTerms, "members", scim.GroupURN)
	if err != nil {
		return nil, err
	}
	var l listing
	var found []*group
	s.c.read(func(st *state) {
		q := p.query
		if user := q.member(); user != "" && st.users[user] == nil {
			err = absent("USER", user)
			return
		}
		switch q.by {
		case "":
			l.total = st.groupList.Len()
			for key, g := range st.groupList.After(p.after) {
				if l.more = len(found) == p.size; l.more {
					break
				}
				found, l.last = append(found, g.group), key
			}
		case "members.value":
			u := st.users[q.value]
			l.total = u.groups.Len()
			for key := range u.groups.After(p.after) {
				if l.more = len(found) == p.size; l.more {
					break
				}
				found, l.last = append(found, st.groups[key].group), key
			}
		default:
			g := st.groupBy(s.c, q.by, q.value)
			if g == nil || p.after != "" {
				return
			}
			if q.also != "" {
				if _, in := g.members.Get(q.alsoValue); !in {
					return
				}
			}
			found, l.total = append(found, g.group), 1
		}
	})
	if err != nil {
		return nil, err
	}
	for _, g := range found {
		l.items = append(l.items, encode(g.scim(emptyMembers)))
	}
	return s.listBody(p, l), nil
}

// member returns the user that a query over groups names, "" for none.
func (q query) member() string {
	switch {
	case q.by == "members.value":
		return q.value
	case q.also == "members":
		return q.alsoValue
	}
	return ""
}
