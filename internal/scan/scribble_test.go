package scan_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
)

// scribble writes records as they are, as they could be, and as nobody would
// write them who does not mean harm.
type scribble struct{ *rand.Rand }

func (r scribble) pick(of ...string) string { return of[r.IntN(len(of))] }

func (r scribble) seldom() bool { return r.IntN(12) == 0 }

// spell changes the case of letters and writes some as escapes, seldom.
func (r scribble) spell(s string) string {
	if !r.seldom() {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		switch r.IntN(6) {
		case 0:
			fmt.Fprintf(&b, `\u%04x`, c)
		case 1:
			fmt.Fprintf(&b, `\u%04X`, c)
		case 2:
			b.WriteString(strings.ToUpper(string(c)))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (r scribble) source() string {
	return r.spell(r.pick(ec2, ec2, ec2, ec2, "s3.amazonaws.com", "sts.amazonaws.com", scim, api, "sso-directory.amazonaws.com", "sso.amazonaws.com",
		"identity-sync.amazonaws.com", "IdentityStore.amazonaws.com", "identitystore.example.com", "aws:s3", ""))
}

func (r scribble) event() string {
	return r.spell(r.pick("DescribeInstances", "RunInstances", "GetObject", "PatchGroup", "CreateBearerToken", "ListAccounts", "AssociateDirectory",
		"StartSync", "deletebearerTOKENs", "CreateProvisioningTenant", "CreateBearerTo\u212aen", ""))
}

// trap is text that looks like structure.
func (r scribble) trap() string {
	return r.pick(`[`, `]`, `{`, `}`, `,`, `:`, `:[`, `,[`, `[[`, `]]`, `},{`, `\"`, `\\`, `\\\"`, `,\"`, `\":[`, `\"],`, `:,`, `\u005b`, `\u003c`, `\u0041`,
		` `, `x`, `v`, `\"eventSource\":\"`+scim+`\"`, `},{\"eventVersion\":\"1.0\"`, `eventSource`, scim, "é", "\u2028", `\n`, `\/`, `[S3Console/0.4, aws-internal/3]`)
}

func (r scribble) text() string {
	s := ""
	for range r.IntN(6) {
		s += r.trap()
	}
	return `"` + s + `"`
}

func (r scribble) space() string {
	if r.IntN(400) == 0 {
		return r.pick(" ", "  ", "\n", "\t")
	}
	return ""
}

func (r scribble) value(depth int) string {
	if depth > 4 {
		return r.text()
	}
	switch r.IntN(12) {
	case 0:
		return r.pick("null", "true", "false", "0", "-1.5e3", `""`, "{}", "[]", `[""]`, `[[]]`)
	case 1, 2:
		return r.record(depth + 1)
	case 3:
		list := []string{}
		for range r.IntN(4) {
			list = append(list, r.space()+r.value(depth+1)+r.space())
		}
		return "[" + strings.Join(list, ",") + "]"
	case 4, 5:
		list := []string{}
		for range r.IntN(3) + 1 {
			list = append(list, r.record(depth+1))
		}
		return "[" + strings.Join(list, ",") + "]"
	case 6:
		return text(r.record(depth + 2))
	case 7:
		return `{` + r.text() + r.space() + `:` + r.value(depth+1) + `,` + r.text() + `:` + r.value(depth+1) + `}`
	}
	return r.text()
}

// record writes a record, or something like one.
func (r scribble) record(depth int) string {
	type member struct{ name, value string }
	m := []member{{"eventVersion", `"1.10"`}}
	add := func(name, value string) { m = append(m, member{r.spell(name), value}) }
	if r.IntN(2) == 0 {
		add("userIdentity", r.pick(`{"type":"AssumedRole","accountId":"444455556666","arn":"arn:aws:sts::444455556666:assumed-role/AWSReservedSSO_x/[y]"}`, "null", r.value(depth)))
	}
	add("eventTime", r.pick(`"2025-10-02T09:00:00Z"`, `"2025-10-02T09:00:01Z"`, `"2025-09-30T23:59:59Z"`, `"xxxx"`))
	if !r.seldom() {
		add("eventSource", `"`+r.source()+`"`)
	}
	if !r.seldom() {
		add("eventName", `"`+r.event()+`"`)
	}
	add("awsRegion", r.pick(`"us-east-2"`, `"us-east-2"`, `"eu-west-1"`))
	for range r.IntN(3) {
		add(r.pick("requestParameters", "responseElements", "userAgent", "resources", "v", "detail", "message", "CloudTrailEvent"), r.value(depth+1))
	}
	switch r.IntN(40) {
	case 0:
		add("eventSource", `"`+r.source()+`"`)
	case 1:
		add("EVENTSOURCE", `"`+r.source()+`"`)
	case 2:
		add("eventname", `"`+r.event()+`"`)
	case 3:
		add("eventSource", r.value(depth+1))
	case 4:
		m = m[1:]
	case 5:
		r.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	}
	if !r.seldom() {
		add("recipientAccountId", `"111122223333"`)
	}
	var b strings.Builder
	b.WriteString("{")
	for i, one := range m {
		if i > 0 {
			b.WriteString("," + r.space())
		}
		b.WriteString(`"` + one.name + `"` + r.space() + ":" + r.space() + one.value)
	}
	b.WriteString(r.space() + "}")
	return b.String()
}

func (r scribble) log() []byte {
	var b bytes.Buffer
	for range r.IntN(3) + 1 {
		b.WriteString(`{"Records":[` + r.space())
		for i := range r.IntN(8) {
			if i > 0 {
				b.WriteString(r.space() + "," + r.space())
			}
			if r.IntN(40) == 0 {
				b.WriteString(r.pick(r.value(0), "null", "1", text(r.record(0)), `{"eventVersion":"1","message":`+text(r.record(0))+`}`))
				continue
			}
			b.WriteString(r.record(0))
		}
		b.WriteString(r.space() + "]")
		if r.IntN(20) == 0 {
			b.WriteString(r.pick(`,"Records":[`+r.record(0)+`]`, `,"x":`+r.value(0), `,"eventSource":"`+scim+`"`))
		}
		b.WriteString("}" + r.pick("", "", "", "\n", " "))
	}
	return b.Bytes()
}
