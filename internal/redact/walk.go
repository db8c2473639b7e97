package redact

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/span"
)

// fields says what the fields of our own types hold; those that are not here are
// judged by their names, as the fields of records are, so that a new one is not
// forgotten.
var fields = map[string]class{
	"cloudtrail.Record.Raw": keep, "cloudtrail.Record.ID": anEvent, "cloudtrail.Record.SharedID": anEvent,
	"cloudtrail.Record.Source": keep, "cloudtrail.Record.Name": keep, "cloudtrail.Record.SourceIP": anAddress, "cloudtrail.Record.Effect": keep,
	"cloudtrail.Identity.PrincipalID": aPrincipal, "cloudtrail.Identity.AccessKey": aCredential, "cloudtrail.Identity.InvokedBy": aHost,
	"cloudtrail.Identity.Role": aRole, "cloudtrail.Identity.Session": aSession, "cloudtrail.Identity.Source": aPerson,
	"cloudtrail.Identity.OnBehalfOf": aUser, "cloudtrail.Identity.Provider": aHost, "cloudtrail.Addendum.Reason": keep,
	"cloudtrail.Subject.Group": aGroup, "cloudtrail.Subject.User": aUser, "cloudtrail.Subject.Membership": aMembership,
	"cloudtrail.Subject.Principal": anID, "cloudtrail.Subject.Target": anID, "cloudtrail.Subject.PermissionSet": anID,
	"cloudtrail.Operation.Users": aUser, "cloudtrail.Problem.Field": keep,
	"casefile.Home.Because": free, "casefile.Input.Path": aPath, "casefile.Loss.Path": aPath, "casefile.Tampering.Object": aPath,
	"casefile.Cover.Source": keep, "casefile.Input.Kind": keep, "casefile.Input.SHA256": exactly,
	"directory.ExternalID.ID": anID, "directory.ExternalID.Issuer": free,
	"directory.User.ID": aUser, "directory.User.DisplayName": aPerson,
	"directory.Group.ID": aGroup, "directory.Group.Name": aGroupName, "directory.Group.Description": free,
	"directory.Membership.ID": aMembership, "directory.Membership.Group": aGroup, "directory.Membership.User": aUser,
	"directory.Snapshot.MembersOf": aGroup, "directory.Snapshot.GroupsOf": aUser,
	"directory.Snapshot.NoUsers": aPerson, "directory.Snapshot.NoGroups": aGroupName,
	"directory.Instance.Owner": anAccount, "directory.Instance.Name": free, "directory.Instance.ARN": anID,
	"directory.Assignment.PermissionSet": anID, "directory.Assignment.PrincipalID": anID,
	"directory.Snapshot.AssignmentsOf": anID,

	"upstream.OktaEvent.UUID": anEvent, "upstream.OktaEvent.DisplayMessage": free, "upstream.OktaEvent.EventType": keep,
	"upstream.OktaActor.AlternateID": aName, "upstream.OktaActor.DisplayName": aName,
	"upstream.OktaTarget.AlternateID": aName, "upstream.OktaTarget.DisplayName": aName,
	"upstream.OktaMember.Group": anID, "upstream.OktaMember.User": anID, "upstream.OktaMember.Login": aPerson,
	"upstream.OktaState.MembersOf": anID, "upstream.OktaApp.Name": keep, "upstream.OktaApp.Label": free,
	"upstream.OktaAppUser.App": anID, "upstream.OktaAppUser.Group": anID, "upstream.OktaAppGroup.App": anID,
	"upstream.OktaMapping.App": anID, "upstream.OktaGroup.Source": anID,
	"upstream.SailPointPerson.Name": aPerson, "upstream.SailPointAccount.Name": aPerson, "upstream.SailPointAccount.NativeIdentity": anID,
	"upstream.SailPointItem.Value": free, "upstream.EntraIdentity.DisplayName": aName,
	"upstream.SailPointIdentity.Alias": aPerson, "upstream.EntraUser.Surname": aPerson, "upstream.EntraMember.Name": aPerson,
	"upstream.Reach.Org": aHost, "upstream.Reach.Product": keep, "upstream.Reach.List": keep, "upstream.Reach.Permission": keep,
	"upstream.DesiredMembership.Group": aGroupName, "upstream.DesiredMembership.User": aPerson,
}

var opaque = map[reflect.Type]bool{reflect.TypeFor[time.Time](): true, reflect.TypeFor[span.Set](): true, reflect.TypeFor[span.Span](): true}

// walk visits every string below v. c is what v itself holds if it is one.
func (b *book) walk(v reflect.Value, c class) {
	switch v.Kind() {
	case reflect.String:
		now := b.value(c, v.String())
		if b.sealed && now != v.String() {
			v.SetString(now)
		}
	case reflect.Pointer, reflect.Interface:
		if v.Kind() == reflect.Pointer && !v.IsNil() {
			b.walk(v.Elem(), c)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // the bytes of a record, which event replaces
		}
		for i := range v.Len() {
			b.walk(v.Index(i), c)
		}
	case reflect.Map:
		b.walkMap(v, c)
	case reflect.Struct:
		if !opaque[v.Type()] {
			b.walkStruct(v)
		}
	}
}

func (b *book) walkMap(v reflect.Value, c class) {
	if v.Type().Elem().Kind() != reflect.String {
		return // counts of what was read, by our own words
	}
	at := v.MapKeys()
	slices.SortFunc(at, func(x, y reflect.Value) int { return cmp.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	for _, key := range at {
		now := reflect.New(v.Type().Elem()).Elem()
		now.SetString(b.value(c, v.MapIndex(key).String()))
		if b.sealed {
			v.SetMapIndex(key, now)
		}
	}
}

func (b *book) walkStruct(v reflect.Value) {
	t := v.Type()
	names := make([]class, t.NumField())
	for i := range names {
		names[i] = fieldClass(v, i)
	}
	for i, c := range names {
		if t.Field(i).IsExported() {
			b.walk(v.Field(i), c)
		}
	}
}

// fieldClass says what a field holds, by the table, its name and, for a name,
// by what stands beside it.
func fieldClass(v reflect.Value, i int) class {
	t := v.Type()
	f := t.Field(i)
	c, ok := fields[t.String()+"."+f.Name]
	if !ok {
		c = classOf([]string{strings.ToLower(f.Name)}, f.Name, t.Name())
		if c == aGroupName && f.Name == "DisplayName" && v.FieldByName("Login").IsValid() {
			c = aPerson // the profile of an Okta user
		}
	}
	if c == aName {
		c = bearer(v)
	}
	return c
}

// bearer says whose name stands in a thing that may be a person, a group or an
// app: Okta's actors and targets, Entra's identities.
func bearer(v reflect.Value) class {
	text := func(name string) string {
		if f := v.FieldByName(name); f.IsValid() && f.Kind() == reflect.String {
			return f.String()
		}
		return ""
	}
	what := strings.ToLower(text("Type") + " " + text("IdentityType"))
	switch id := text("ID"); {
	case strings.HasPrefix(id, "00g"), strings.HasPrefix(id, "gPm"), strings.Contains(what, "group"):
		return aGroupName
	case strings.HasPrefix(id, "0oa"), strings.Contains(what, "appinstance"), strings.Contains(what, "principal"):
		return free
	}
	return aPerson
}

// actor replaces the judgement of who called.
func (b *book) actor(a *actor.Actor) {
	set := func(s *string, now string) {
		if b.sealed {
			*s = now
		}
	}
	if p, ok := b.known(a.Principal, names); ok {
		set(&a.Principal, p)
	} else {
		set(&a.Principal, b.actorName(a.Principal, a.Kind == actor.Person && a.Principal == a.Name))
	}
	set(&a.Name, b.actorName(a.Name, a.Kind == actor.Person))
	set(&a.Credential, b.id(credential, a.Credential))
	set(&a.Address, b.address(a.Address))
	for _, s := range []*string{&a.Client, &a.Family, &a.Version, &a.Detail} {
		set(s, b.agentPart(*s))
	}
	set(&a.Basis, b.basis(a.Basis))
}

// agentPart is a client's name or version, which come out of the user agent.
func (b *book) agentPart(s string) string {
	if b.common(s) {
		return s
	}
	return b.free(s, inAgent)
}

// actorName is the name of a person, role, product or AWS service.
func (b *book) actorName(s string, isPerson bool) string {
	if blank(s) || s == "root" || serviceForm.MatchString(s) {
		return s
	}
	if b.sealed {
		if p, ok := b.known(s, names); ok && (isPerson || !products()[s]) {
			return p
		}
	}
	if isPerson && rowOf(actor.MatchSession, s) < 0 && !strings.HasPrefix(s, "AWSServiceRoleFor") {
		return b.person(s)
	}
	return b.free(s, inText)
}

// products are the names of clients in the table.
var products = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, row := range actor.Default().Rows() {
		out[row.Name], out[row.Client] = true, true
	}
	return out
})

// basis is a clause about the actor in which names stand in Go's quotes.
func (b *book) basis(s string) string {
	var out strings.Builder
	for {
		at := strings.IndexByte(s, '"')
		if at < 0 {
			break
		}
		q, err := strconv.QuotedPrefix(s[at:])
		if err != nil {
			break
		}
		name, err := strconv.Unquote(q)
		if err != nil {
			break
		}
		out.WriteString(b.free(s[:at], inText))
		out.WriteString(strconv.Quote(b.actorName(name, false)))
		s = s[at+len(q):]
	}
	return out.String() + b.free(s, inText)
}

// clone copies a value deeply. Types without exported fields are immutable here
// (times and sets of spans) and are shared.
func clone(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(clone(v.Elem()))
		}
	case reflect.Slice:
		if v.IsNil() {
			return out
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		if v.Type().Elem().Kind() == reflect.Uint8 {
			reflect.Copy(out, v)
			return out
		}
		for i := range v.Len() {
			out.Index(i).Set(clone(v.Index(i)))
		}
	case reflect.Map:
		if v.IsNil() {
			return out
		}
		out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for it := v.MapRange(); it.Next(); {
			out.SetMapIndex(it.Key(), clone(it.Value()))
		}
	case reflect.Struct:
		if opaque[v.Type()] {
			return out
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(clone(v.Field(i)))
			}
		}
	}
	return out
}
