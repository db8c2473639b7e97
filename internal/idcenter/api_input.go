package idcenter

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// input reads and checks the parameters of a call and gathers what is wrong.
// Names are those of the API; messages have them with a lower-case first letter.
type input struct {
	s     *jsonCall
	found []violation
	err   *Error // something of the wrong JSON type
}

func (s *jsonCall) input() *input { return &input{s: s} }

// refusal is what was found wrong, nil when nothing was.
func (in *input) refusal() *Error {
	if in.err != nil {
		return in.err
	}
	if len(in.found) > 0 {
		return apiViolations(in.found)
	}
	return nil
}

func (in *input) mistyped(name, want string) {
	if in.err == nil {
		in.err = &Error{Status: 400, Name: "SerializationException", Detail: name + " must be " + want + "."}
	}
}

func (in *input) null(name string) {
	in.found = append(in.found, violation{at: name, value: "null", must: "not be null"})
}

// value returns a parameter, nil when it is missing or null.
func (in *input) value(o *scim.Object, name string) any {
	v, _ := o.Get(name)
	return v
}

// text returns a text, "" when it is missing.
func (in *input) text(o *scim.Object, name string, needed bool) string {
	v := in.value(o, name)
	s, ok := v.(string)
	switch {
	case v == nil && needed:
		in.null(lowerFirst(name))
	case v != nil && !ok:
		in.mistyped(name, "a string")
	}
	return s
}

const idPattern = `([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}`

// id returns the id of a user, group or membership in its bare form; ARNs are
// accepted.
func (in *input) id(o *scim.Object, name string) string {
	s := in.text(o, name, true)
	bare := awsid.Bare(s)
	if s != "" && !awsid.IsResource(bare) {
		in.found = append(in.found, violation{lowerFirst(name), quoted(s), "satisfy regular expression pattern: " + idPattern})
	}
	return bare
}

// member returns the user that a MemberId names.
func (in *input) member() string {
	v := in.value(in.s.in, "MemberId")
	o, ok := v.(*scim.Object)
	switch {
	case v == nil:
		in.null("memberId")
		return ""
	case !ok:
		in.mistyped("MemberId", "an object")
		return ""
	}
	return in.id(o, "UserId")
}

// store checks IdentityStoreId. It comes last, since a store that does not exist
// is told after all that is malformed.
func (in *input) store() *Error {
	s := in.text(in.s.in, "IdentityStoreId", true)
	bare := awsid.Bare(s)
	if s != "" && !awsid.IsStore(bare) && !awsid.IsResource(bare) {
		in.found = append(in.found, violation{"identityStoreId", quoted(s),
			`satisfy regular expression pattern: d-[0-9a-f]{10}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`})
	}
	if err := in.refusal(); err != nil {
		return err
	}
	if bare != in.s.c.store {
		return notFound("IDENTITY_STORE", bare)
	}
	return nil
}

const apiPage = 100

// size returns MaxResults.
func (in *input) size() int {
	v := in.value(in.s.in, "MaxResults")
	if v == nil {
		return apiPage
	}
	number, _ := v.(json.Number)
	n, err := strconv.Atoi(string(number))
	if err != nil {
		in.mistyped("MaxResults", "a number")
		return apiPage
	}
	switch {
	case n < 1:
		in.found = append(in.found, violation{"maxResults", quoted(string(number)), "have value greater than or equal to 1"})
	case n > apiPage:
		in.found = append(in.found, violation{"maxResults", quoted(string(number)), "have value less than or equal to 100"})
	}
	return n
}

// after returns the key behind which a NextToken goes on; it is bound to the
// operation and to of, which is what is listed.
func (in *input) after(of string) string {
	token := in.text(in.s.in, "NextToken", false)
	if token == "" {
		return ""
	}
	b, err := base64.URLEncoding.DecodeString(token)
	key, ok := strings.CutPrefix(string(b), walkOf(in.s.op, of))
	if (err != nil || !ok) && in.err == nil {
		in.err = invalid("The NextToken is not valid for this request.")
	}
	return key
}

// nextToken makes the token behind a key.
func (s *jsonCall) nextToken(of, key string) string {
	return base64.URLEncoding.EncodeToString([]byte(walkOf(s.op, of) + key))
}

// revision checks that a given Revision is the thing's.
func (in *input) revision() func(audit) *Error {
	given := in.text(in.s.in, "Revision", false)
	return func(a audit) *Error {
		if given != "" && given != strconv.Itoa(a.Revision) {
			return concurrent()
		}
		return nil
	}
}
