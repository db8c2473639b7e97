package redact

import (
	"net/netip"
	"strings"
)

// The functions here know one kind of place in the evidence each. They note what
// stands there while the book is open, and return what is to stand there once it
// is sealed.

// id is an id of a kind, bare or as an ARN.
func (b *book) id(k kind, s string) string {
	trimmed := strings.TrimSpace(s)
	if blank(trimmed) {
		return s
	}
	if p, ok := b.formed(k, trimmed); ok {
		return p
	}
	if strings.HasPrefix(trimmed, "arn:") {
		return b.arn(trimmed)
	}
	if before, after, ok := strings.Cut(trimmed, "@"); ok && before != "" && after != "" {
		return b.person(trimmed)
	}
	return b.note(k, trimmed)
}

// account is a number of an account, which an exporter may have robbed of its
// leading zeros (cloudtrail reference 1.7).
func (b *book) account(s string) string {
	trimmed := strings.TrimSpace(s)
	switch {
	case blank(trimmed):
		return s
	case len(trimmed) > 12 || strings.Trim(trimmed, "0123456789") != "":
		return b.free(s, inText)
	case len(trimmed) == 12:
		return b.note(account, trimmed)
	}
	p := b.note(account, strings.Repeat("0", 12-len(trimmed))+trimmed)
	if !b.sealed {
		return s
	}
	if short := strings.TrimLeft(p, "0"); short != "" {
		return short
	}
	return p
}

// address is where a call came from: an address, an AWS service or a host.
func (b *book) address(s string) string {
	trimmed := strings.TrimSpace(s)
	if blank(trimmed) || trimmed == "AWS Internal" {
		return s
	}
	if ip, err := netip.ParseAddr(strings.Trim(trimmed, "[]")); err == nil {
		return b.note(address, ip.WithZone("").String())
	}
	return b.host(s)
}

// host is a name of a host. Those of AWS stay, except for a customer's bucket in
// front; those that are reserved for examples mean nobody.
func (b *book) host(s string) string {
	low := fold(s)
	if m := bucketHost.FindStringSubmatch(low); m != nil {
		return b.note(bucket, m[1]) + m[2]
	}
	switch {
	case blank(s):
		return s
	case serviceForm.MatchString(low), public[low], low == "aws.amazon.com", strings.HasSuffix(low, ".aws.amazon.com"), strings.HasSuffix(low, ".api.aws"):
		return b.forms(s, inText)
	case exampleHost(low) || strings.Trim(low, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" || !strings.Contains(low, "."):
		return b.free(s, inText)
	}
	if before, ok := strings.CutSuffix(low, ".awsapps.com"); ok {
		if p, ok := b.formed(store, before); ok {
			return p + ".awsapps.com"
		}
	}
	return b.note(host, low)
}

// public are hosts at which everybody signs in.
var public = map[string]bool{"token.actions.githubusercontent.com": true, "accounts.google.com": true,
	"login.microsoftonline.com": true, "sts.windows.net": true, "graph.microsoft.com": true}

func exampleHost(s string) bool {
	for _, name := range []string{"example.com", "example.org", "example.net", "localhost"} {
		if s == name {
			return true
		}
	}
	return strings.HasSuffix(s, ".invalid") || strings.HasSuffix(s, ".test") || strings.HasSuffix(s, ".example")
}

// arn replaces the variable parts of an ARN.
func (b *book) arn(s string) string {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 {
		return b.plainText(s, inText)
	}
	if parts[4] == "aws" {
		return s // managed by AWS, the same for everybody
	}
	if parts[4] != "" {
		parts[4] = b.account(parts[4])
	}
	service, rest := parts[2], parts[5]
	at := strings.IndexByte(rest, '/')
	if service == "s3" {
		name, key, cut := strings.Cut(rest, "/")
		parts[5] = b.note(bucket, name)
		if cut {
			parts[5] += "/" + b.path(key)
		}
		return strings.Join(parts, ":")
	}
	if at < 0 {
		head, tail, cut := strings.Cut(rest, ":")
		if cut {
			parts[5] = head + ":" + b.id(resource, tail)
		} else if rest != "root" && rest != "*" {
			parts[5] = b.id(resource, rest)
		}
		return strings.Join(parts, ":")
	}
	head, tail := rest[:at], rest[at+1:]
	parts[5] = head + "/" + b.arnTail(head, tail)
	return strings.Join(parts, ":")
}

func (b *book) arnTail(head, tail string) string {
	segments := strings.Split(tail, "/")
	last := len(segments) - 1
	switch head {
	case "assumed-role":
		segments[0] = b.role(segments[0])
		if last > 0 {
			return segments[0] + "/" + b.session(strings.Join(segments[1:], "/"))
		}
	case "user":
		if last == 0 && keyLike(tail) {
			return b.id(userID, tail)
		}
		return b.arnPath(segments, b.person)
	case "federated-user":
		return b.person(tail)
	case "role":
		return b.arnPath(segments, b.role)
	case "oidc-provider":
		segments[0] = b.host(segments[0])
	case "group", "membership", "identitystore":
		k := map[string]kind{"group": groupID, "membership": membershipID, "identitystore": store}[head]
		return b.arnPath(segments, func(s string) string { return b.id(k, s) })
	default:
		for i := range segments {
			segments[i] = b.id(resource, segments[i])
		}
	}
	return strings.Join(segments, "/")
}

// arnPath replaces the last segment by name and takes known things out of the
// others.
func (b *book) arnPath(segments []string, name func(string) string) string {
	last := len(segments) - 1
	for i := range segments[:last] {
		segments[i] = b.plainText(segments[i], inText)
	}
	segments[last] = name(segments[last])
	return strings.Join(segments, "/")
}

// principal is userIdentity.principalId: a unique id, mostly with a session or
// user name behind it (cloudtrail reference 1.4).
func (b *book) principal(s string) string {
	if blank(s) {
		return s
	}
	before, after, cut := strings.Cut(s, ":")
	if !cut || strings.HasPrefix(s, "arn:") {
		return b.id(otherID, s)
	}
	switch {
	case keyLike(before), strings.Trim(before, "0123456789") == "", strings.HasPrefix(before, "AROA"):
		return b.id(credential, before) + ":" + b.session(after)
	}
	return b.host(before) + ":" + b.person(after)
}

// maker is who made a thing, in the identity store's own words, which have no
// documented format (cloudtrail reference 2.11).
func (b *book) maker(s string) string {
	if blank(s) {
		return s
	}
	if p, ok := b.formed(otherID, s); ok {
		return p
	}
	if p, ok := b.known(s, names); ok && b.sealed {
		return p
	}
	low := fold(s)
	if serviceForm.MatchString(low) || b.words[low] {
		return s
	}
	return b.person(s)
}

// path is the path of a file or the address of a source.
func (b *book) path(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if ok && scheme != "" && strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-") == "" {
		authority, tail, cut := strings.Cut(rest, "/")
		switch {
		case scheme == "s3":
			authority = b.named(bucket, authority)
		case scheme == "lookup" || scheme == "identitystore" || scheme == "athena":
			authority = b.free(authority, inText) // a Region or a catalogue
		default:
			authority = b.named(host, authority)
		}
		out := scheme + "://" + authority
		if cut {
			out += "/" + b.path(tail)
		}
		return out
	}
	segments := strings.Split(s, "/")
	for i := range segments {
		if i > 0 && (segments[i-1] == "home" || segments[i-1] == "Users") && i+1 < len(segments) {
			segments[i] = b.person(segments[i])
		}
	}
	return b.free(strings.Join(segments, "/"), inPath)
}

func (b *book) named(k kind, s string) string {
	if blank(s) {
		return s
	}
	return b.note(k, s)
}

// query is a SCIM path or filter: only what stands in quotes is a value
// (RFC 7644, section 3.4.2.2).
func (b *book) query(s string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(s, `"`)
		inner, after, closed := strings.Cut(rest, `"`)
		if !ok || !closed {
			out.WriteString(b.plainText(s, inText))
			return out.String()
		}
		out.WriteString(b.plainText(before, inText))
		low := fold(before)
		isPerson := strings.Contains(low, "username") || strings.Contains(low, "mail")
		if p, ok := b.formed(otherID, inner); ok {
			inner = p
		} else if isPerson {
			inner = b.person(inner)
		} else {
			inner = b.groupName(inner)
		}
		out.WriteString(`"` + inner + `"`)
		s = after
	}
}

// groupName is the name of a group: replaced on demand, else freed of people,
// ids, addresses and numbers of accounts.
func (b *book) groupName(s string) string {
	if blank(s) {
		return s
	}
	if b.options.Groups {
		return b.note(groupNamed, s)
	}
	return b.free(s, inName)
}
