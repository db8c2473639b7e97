// Package trino reads the identity events of a trail out of a table of Trino, over
// its REST protocol (https://trino.io/docs/current/develop/client-protocol.html).
//
// Package engine has the SQL, the table's definition and what an answer covers;
// here is how a cluster is spoken to. Trino keeps no answer: an interrupted query
// is cancelled, and asked again the next time.
package trino

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/scimtrail/scimtrail/internal/engine"
)

// Name is a table as --from names it: trino://HOST[:PORT]/CATALOG/SCHEMA/TABLE,
// with ?tls=false where the cluster speaks plain HTTP.
type Name struct {
	Host                   string // with its port
	TLS                    bool
	Catalog, Schema, Table string
}

// hostName is a name as DNS has it, and as internal networks stretch it.
var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// ParseName reads a name. Without ?tls= a cluster on this machine is spoken to in
// plain HTTP and any other over TLS. Without a port it is 8080 in plain HTTP and
// 443 over TLS. It refuses a user or password in the name.
func ParseName(s string) (Name, error) {
	rest, ok := strings.CutPrefix(s, "trino://")
	if !ok {
		return Name{}, errors.New("it does not begin with trino://")
	}
	rest, query, _ := strings.Cut(rest, "?")
	parts := strings.Split(rest, "/")
	if len(parts) != 4 {
		return Name{}, errors.New("it has the form trino://HOST[:PORT]/CATALOG/SCHEMA/TABLE")
	}
	if strings.Contains(parts[0], "@") {
		return Name{}, errors.New("a user or a password does not belong in it: set TRINO_USER and TRINO_PASSWORD")
	}
	for i, what := range []string{"host", "catalogue", "schema", "table"} {
		text, err := url.PathUnescape(parts[i])
		if err == nil {
			err = engine.CheckName(what, text)
		}
		if err != nil {
			return Name{}, err
		}
		parts[i] = text
	}
	n := Name{Host: parts[0], Catalog: parts[1], Schema: parts[2], Table: parts[3]}
	host, port, err := net.SplitHostPort(n.Host)
	if err != nil {
		host, port = strings.Trim(n.Host, "[]"), ""
	}
	if !hostName.MatchString(host) && net.ParseIP(host) == nil {
		return Name{}, errors.New("its host is not one")
	}
	if number, err := strconv.Atoi(port); port != "" && (err != nil || number < 1 || number > 65535) {
		return Name{}, errors.New("its port is not one")
	}
	n.TLS = !loopback(host)
	options, err := url.ParseQuery(query)
	if err != nil {
		return Name{}, errors.New("what stands behind its ? can't be read")
	}
	for key, values := range options {
		switch {
		case key != "tls" || len(values) != 1:
			return Name{}, fmt.Errorf("it knows no option %.40q; known is tls", key)
		default:
			if n.TLS, err = strconv.ParseBool(values[0]); err != nil {
				return Name{}, errors.New("tls is true or false")
			}
		}
	}
	if port == "" {
		port = "8080"
		if n.TLS {
			port = "443"
		}
	}
	n.Host = net.JoinHostPort(host, port)
	return n, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// String writes the name as --from takes it.
func (n Name) String() string {
	out := "trino://" + n.Host
	for _, part := range []string{n.Catalog, n.Schema, n.Table} {
		out += "/" + url.PathEscape(part)
	}
	host, _, _ := net.SplitHostPort(n.Host)
	if n.TLS == loopback(host) {
		out += "?tls=" + strconv.FormatBool(n.TLS)
	}
	return out
}

func (n Name) base() string {
	if n.TLS {
		return "https://" + n.Host
	}
	return "http://" + n.Host
}
