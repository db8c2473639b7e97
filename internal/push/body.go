package push

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/go-json-experiment/json"
)

// The URNs of bodies.
const (
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	patchSchema      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// object is a JSON object whose members keep their order, as those of the real
// clients do.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// with adds a member unless its value is the empty string.
func (o object) with(name string, value any) object {
	if value, ok := value.(string); ok && value == "" {
		return o
	}
	return append(o, member{name, value})
}

func nameOf(u User) object {
	return object{{"givenName", u.GivenName}, {"familyName", u.FamilyName}}
}

// emailsOf is nil for a user without an address.
func emailsOf(u User) []object {
	var list []object
	if u.Email != "" {
		list = append(list, object{{"value", u.Email}, {"type", "work"}, {"primary", true}})
	}
	if u.secondEmail != "" {
		list = append(list, object{{"value", u.secondEmail}, {"type", "home"}, {"primary", false}})
	}
	return list
}

// withEmails adds the addresses if there are any.
func (o object) withEmails(u User) object {
	if list := emailsOf(u); list != nil {
		return append(o, member{"emails", list})
	}
	return o
}

func patch(operations ...object) object {
	return object{{"schemas", []string{patchSchema}}, {"Operations", operations}}
}

func values(ids []string) []object {
	list := make([]object, len(ids))
	for i, id := range ids {
		list[i] = object{{"value", id}}
	}
	return list
}

// Ids as the clients' own directories give them, made from the name so that every
// push has the same.

func oktaID(prefix, name string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := sha256.Sum256([]byte(prefix + fold(name)))
	id := []byte(prefix)
	for _, c := range sum[:17] {
		id = append(id, digits[int(c)%len(digits)])
	}
	return string(id)
}

func entraID(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + fold(name)))
	h := fmt.Sprintf("%x", sum[:16])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:]
}

// googleID has the 21 digits of a Google account.
func googleID(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + fold(name)))
	n := new(big.Int).SetBytes(sum[:12])
	return "1" + fmt.Sprintf("%030s", n.String())[10:30]
}
