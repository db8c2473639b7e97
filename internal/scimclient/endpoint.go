// Package scimclient speaks to a SCIM endpoint of IAM Identity Center: patiently,
// with the token going nowhere else, and with one sentence for whatever goes wrong.
//
// It sends what it is told and knows no plan. A change that may have arrived is
// never sent again: the error says that nobody knows (live.Uncertain).
package scimclient

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Form is how an endpoint looks (identity-center-scim reference 1).
const Form = "https://scim.us-east-1.amazonaws.com/<tenant>/scim/v2"

// Endpoint checks the URL of a SCIM endpoint and returns it without a slash at its
// end. Its error is a *live.Problem that says in a sentence what is wrong.
func Endpoint(raw string) (string, error) {
	wrong := func(reason, next string) (string, error) {
		return "", &live.Problem{Kind: live.Refused, Doing: "the SCIM endpoint", Reason: reason, Next: next}
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return wrong("it is not a URL like "+Form, "copy it from the console: Settings, Automatic provisioning")
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return wrong("it holds more than a host and a path", "leave out user names, passwords and what follows ? or #")
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return wrong("it is plain http, and the token would travel in the clear", "write https")
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	tenant, ok := strings.CutSuffix(path, "/scim/v2")
	switch {
	case !ok:
		return wrong("its path does not end in /scim/v2", "copy the whole URL from the console; it is like "+Form)
	case strings.Trim(tenant, "/") == "":
		return wrong("its path names no tenant before /scim/v2", "copy the whole URL from the console; it is like "+Form)
	}
	return u.Scheme + "://" + u.Host + path, nil
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// Region returns the Region that an endpoint's host names, "" when it names none.
func Region(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	labels := strings.Split(u.Hostname(), ".")
	if len(labels) < 4 || labels[0] != "scim" || labels[2] != "amazonaws" {
		return ""
	}
	return labels[1]
}

// Tenant returns the tenant in an endpoint's path.
func Tenant(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	tenant, _ := strings.CutSuffix(strings.Trim(u.Path, "/"), "/scim/v2")
	return tenant[strings.LastIndex(tenant, "/")+1:]
}

// prefixes are how the tenants of some Regions begin. They were gathered from a few
// URLs that became public, so they are a hint and no proof
// (identity-center-scim reference 1).
var prefixes = map[string]string{
	"f3v": "us-east-1", "Hw5": "us-east-2", "Nv8": "us-west-2", "vdl": "eu-west-1", "kE3": "eu-central-1",
}

// TenantRegion returns the Region that a tenant of the older shape looks like, ""
// when that can't be told.
func TenantRegion(tenant string) string {
	if first, _, _ := strings.Cut(tenant, "-"); len(first) != 11 {
		return ""
	}
	return prefixes[tenant[:3]]
}
