package idcenter

import (
	"strconv"
	"strings"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// normaliser makes of what a client sent the attributes that Identity Center
// keeps, in its order: what it does not support is gone, null and empty lists
// count as not sent, and every value has been checked.
type normaliser struct {
	api     bool // the Identity Store API asks, not SCIM
	photos  bool // SCIM bodies may hold photos, which are dropped
	missing []string
	found   []violation
}

// user normalises all attributes of a user. active is what the user becomes when
// nothing is said of it.
func (n *normaliser) user(in *scim.Object, active bool) (*scim.Object, *Error) {
	if !n.api && !n.photos {
		if _, sent := in.Get("photos"); sent {
			return nil, unparsable("photos are not supported")
		}
	}
	out, err := n.object("", userAttributes, in)
	if err != nil {
		return nil, err
	}
	if err := n.refusal(); err != nil {
		return nil, err
	}
	if reserved(out.Text("userName")) {
		return nil, invalid("The name " + out.Text("userName") + " is reserved.")
	}
	if _, said := out.Get("active"); !said {
		out.Set("active", active)
		out = reorder(out)
	}
	return out, nil
}

// reorder puts the attributes of a user in AWS's order.
func reorder(in *scim.Object) *scim.Object {
	names := make([]string, len(userAttributes))
	for i := range userAttributes {
		names[i] = userAttributes[i].name
	}
	return in.Order(names...)
}

// reserved holds for the names that AWS keeps for itself
// (identity-center-scim reference 11).
func reserved(name string) bool {
	return strings.EqualFold(name, "Administrator") || strings.EqualFold(name, "AWSAdministrators")
}

// refusal is what was found wrong with values so far, nil when nothing was.
func (n *normaliser) refusal() *Error {
	switch {
	case len(n.found) > 0 && n.api:
		return apiViolations(n.found)
	case len(n.found) > 0:
		return scimViolations(n.found)
	case len(n.missing) > 0 && n.api:
		return missingAttributes(n.missing)
	case len(n.missing) > 0:
		// What AWS says of a missing attribute is unknown; its log is the more
		// precise one everywhere (identity-center-scim reference 5.3).
		list := make([]violation, len(n.missing))
		for i, at := range n.missing {
			list[i] = violation{at: at, must: "not be null"}
		}
		e := scimViolations(list)
		e.LogMessage, e.Detail = e.Detail, genericDetail
		return e
	}
	return nil
}

func (n *normaliser) object(at string, attributes []attribute, in *scim.Object) (*scim.Object, *Error) {
	out := &scim.Object{}
	for i := range attributes {
		a := &attributes[i]
		if a.apiOnly && !n.api {
			continue
		}
		where := a.name
		if at != "" {
			where = at + "." + a.name
		}
		v, _ := in.Get(a.name)
		if list, ok := v.([]any); ok && len(list) == 0 && a.list {
			v = nil
		}
		if v == nil {
			if a.needed {
				n.miss(where, a)
			}
			continue
		}
		kept, err := n.value(where, a, v)
		if err != nil {
			return nil, err
		}
		if kept != nil {
			out.Set(a.name, kept)
		}
	}
	return out, nil
}

// miss notes a needed attribute that is not there; of a complex one its needed
// parts are, unless the API asks, which names the whole.
func (n *normaliser) miss(at string, a *attribute) {
	if n.api || len(a.subs) == 0 {
		n.missing = append(n.missing, at)
		return
	}
	for i := range a.subs {
		if a.subs[i].needed {
			n.missing = append(n.missing, at+"."+a.subs[i].name)
		}
	}
}

func (n *normaliser) value(at string, a *attribute, v any) (any, *Error) {
	switch {
	case a.list:
		return n.items(at, a, v)
	case a.flag:
		b, ok := truth(v)
		if !ok {
			return nil, unparsable(at + " is not a boolean")
		}
		return b, nil
	case len(a.subs) > 0:
		o, ok := v.(*scim.Object)
		if s, text := v.(string); text && a.name == "manager" {
			// Entra sends the id alone.
			o, ok = scim.NewObject(scim.Member{Name: "value", Value: s}), true
		}
		if !ok {
			return nil, unparsable(at + " is not an object")
		}
		out, err := n.object(at, a.subs, o)
		if err != nil || out.Len() == 0 {
			return nil, err
		}
		return out, nil
	}
	s, ok := v.(string)
	if !ok {
		return nil, unparsable(at + " is not a text")
	}
	n.found = a.checkText(at, s, n.found)
	return s, nil
}

func (n *normaliser) items(at string, a *attribute, v any) (any, *Error) {
	list, ok := v.([]any)
	if !ok {
		return nil, unparsable(at + " is not a list")
	}
	if len(list) > a.most {
		if n.api {
			n.found = append(n.found, violation{at: at, must: "have length less than or equal to " + strconv.Itoa(a.most)})
			return nil, nil
		}
		return nil, tooManyItems(a.name)
	}
	out := make([]any, 0, len(list))
	for _, item := range list {
		o, ok := item.(*scim.Object)
		if !ok {
			return nil, unparsable(at + " holds a value that is not an object")
		}
		kept, err := n.object(at, a.subs, o)
		if err != nil {
			return nil, err
		}
		if kept.Len() > 0 {
			out = append(out, kept)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// truth reads a boolean, or the text of one as Entra and AWS's own samples send
// it (identity-center-scim reference 6.6).
func truth(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		switch {
		case strings.EqualFold(v, "true"):
			return true, true
		case strings.EqualFold(v, "false"):
			return false, true
		}
	}
	return false, false
}
