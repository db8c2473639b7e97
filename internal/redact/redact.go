// Package redact puts stable pseudonyms in the place of people, addresses and
// ids, so that a case, and every report made of it, can be shared outside.
//
// It redacts the case itself and not the printed report: what comes after (the
// ledger, the diagnosis, the renderers) works on the redacted case as on any
// other and comes to the same answer. Three rules make that hold.
//
// The same original gets the same pseudonym everywhere: in the fields, in the
// bytes of the records, inside ARNs, SCIM paths, messages and file paths.
//
// A pseudonym has the form of its original where that form means something: a
// UUID stays one, a legacy id keeps the digits of its store, an access key its
// first four letters, an e-mail address is one, and a role or session that the
// table of clients recognises stays recognisable.
//
// Pseudonyms are numbers in the order of first appearance in the case. They hold
// nothing of the original, so nobody can compute it back; only the Key tells.
//
// What stays: times, Regions, event sources, event names, error codes, user
// agents, the names of AWS services and of products, and the names of groups and
// permission sets, from which only people, ids, addresses and account numbers
// are taken out. Options.Groups replaces the groups' names too.
//
// What it cannot do: find a person's name that is known from nowhere in the case
// (a first name in a group's description), one that is hidden in an encoding
// (Base64, a hash), or one that serves as the name of a JSON field. The hashes of
// the input files stay: they show nothing, and let the owner find the originals.
// A name of fewer than four characters, or one that is also a
// common word, a Region, an event name or a client's name ("admin", "user",
// "okta"), is replaced where it stands for the person, as a whole value or as a
// segment of an ARN, and nowhere else: in free text it would wreck the text and
// tell nobody anything.
package redact

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Options says what else is replaced.
type Options struct {
	// Groups replaces the names of groups. The pseudonyms of groups that a naming
	// scheme holds together begin alike, as the names did.
	Groups bool
}

// Case returns a deep copy of c with pseudonyms, and the key to them. c is not
// changed. The same case gives the same result; it does not depend on the order
// in which the evidence was delivered.
func Case(c *casefile.Case) (*casefile.Case, Key) { return Options{}.Case(c) }

// Case is the function Case with options.
func (o Options) Case(c *casefile.Case) (*casefile.Case, Key) {
	b := newBook(o)
	if c == nil {
		return nil, Key{b}
	}
	out := clone(reflect.ValueOf(c)).Interface().(*casefile.Case)
	// Once to see everything that is to be replaced, and once to replace it: a
	// name in the last snapshot may stand in a message of the first event.
	b.readCase(out)
	b.assign()
	b.readCase(out)
	return out, Key{b}
}

// readCase visits every string of the case in its stable order. While the book
// is open it only notes what it sees; afterwards it replaces.
func (b *book) readCase(c *casefile.Case) {
	if !b.sealed {
		b.prepare(c)
	}
	for _, list := range [][]casefile.Event{c.Events, c.Undated} {
		for i := range list {
			b.event(&list[i])
		}
	}
	b.walk(reflect.ValueOf(&c.Snapshots).Elem(), free)
	b.walk(reflect.ValueOf(&c.Upstream).Elem(), free)
	b.walk(reflect.ValueOf(&c.Homes).Elem(), free)
	b.walk(reflect.ValueOf(&c.Coverage).Elem(), free)
	b.walk(reflect.ValueOf(&c.Integrity).Elem(), free)
	b.walk(reflect.ValueOf(&c.Inputs).Elem(), free)
	b.walk(reflect.ValueOf(&c.Unreadable).Elem(), free)
	b.walk(reflect.ValueOf(&c.Notes).Elem(), free)
}

// prepare notes the ids of the events first, so that their pseudonyms sort as
// the events do, then what the words of this case are and which names belong to
// one person.
func (b *book) prepare(c *casefile.Case) {
	for _, list := range [][]casefile.Event{c.Events, c.Undated} {
		for i := range list {
			ev := &list[i]
			b.id(eventID, ev.ID)
			b.word(ev.Name, ev.Source, ev.ErrorCode, ev.Region)
		}
	}
	for _, cover := range c.Coverage {
		b.word(cover.Source, cover.Region)
	}
	for i := range c.Snapshots {
		for _, u := range c.Snapshots[i].Users {
			b.belongs(u.UserName, u.DisplayName, u.Email)
		}
	}
	for _, u := range c.Upstream.Okta.Users {
		b.belongs(u.Profile.Login, u.Profile.DisplayName, u.Profile.Email)
	}
}

// event replaces an event's strings. Its fields are read again out of the
// redacted bytes, so the two cannot differ.
func (b *book) event(ev *casefile.Event) {
	named := ev.Key != "" && ev.Key == ev.ID
	if !b.sealed {
		b.subject(&ev.Subject)
	}
	raw, ok := b.record(ev.Raw, ev.Name)
	if ok && b.sealed {
		if rec, err := cloudtrail.Decode(raw); err == nil && sameCall(&rec, &ev.Record) {
			ev.Record = rec
		} else {
			ok = false
		}
	}
	if !ok {
		// There are no bytes, or they say something else than the fields.
		b.walk(reflect.ValueOf(&ev.Record).Elem(), free)
		if b.sealed {
			ev.Raw = raw
		}
	}
	b.actor(&ev.Actor)
	switch {
	case !b.sealed:
	case named:
		ev.Key = ev.ID
	case len(ev.Raw) > 0:
		// As casefile keys an event whose id is blanked.
		sum := sha256.Sum256(ev.Raw)
		ev.Key = "raw-" + hex.EncodeToString(sum[:8])
	default:
		ev.Key = b.id(eventID, ev.Key)
	}
}

// subject notes what the ids of a record are, which the names of its fields do
// not always say.
func (b *book) subject(s *cloudtrail.Subject) {
	b.id(store, s.Store)
	b.id(groupID, s.Group)
	b.id(userID, s.User)
	b.id(membershipID, s.Membership)
	switch s.PrincipalType {
	case "GROUP":
		b.id(groupID, s.Principal)
	case "USER":
		b.id(userID, s.Principal)
	}
	for _, op := range s.Operations {
		for _, id := range op.Users {
			b.id(userID, id)
		}
	}
}

// sameCall reports whether a redacted record says of the call what the original
// said.
func sameCall(a, b *cloudtrail.Record) bool {
	return a.Source == b.Source && a.Name == b.Name && a.Time.Equal(b.Time) && a.Region == b.Region &&
		a.Type == b.Type && a.ErrorCode == b.ErrorCode && a.Effect == b.Effect && a.ReadOnly == b.ReadOnly &&
		a.Failed() == b.Failed() && a.Version == b.Version && a.FromConsole == b.FromConsole &&
		len(a.Subject.Operations) == len(b.Subject.Operations) && a.Subject.Hidden == b.Subject.Hidden &&
		(a.ID == "") == (b.ID == "") && (a.Subject.Group == "") == (b.Subject.Group == "") &&
		(a.Subject.User == "") == (b.Subject.User == "") && (a.Subject.Membership == "") == (b.Subject.Membership == "")
}
