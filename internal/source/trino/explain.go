package trino

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/live"
)

func overLimit(doing string, read, limit int64) error { return engine.OverLimit(doing, read, limit) }

// explain says what is wrong with a statement, by the names of StandardErrorCode
// and the connectors' own (https://trino.io/docs/current/develop/client-protocol.html).
// A message of Trino may quote the statement, which holds nothing secret.
func explain(f *fault, doing string) error {
	p := &live.Problem{Kind: live.Refused, Doing: doing, Reason: "Trino says " + engine.Short(f.Message) + " (" + engine.Short(f.Name) + ")", Err: f}
	switch f.Name {
	case "PERMISSION_DENIED":
		p.Kind, p.Permission, p.Next = live.Denied, "SELECT on the table", "ask whoever keeps the cluster's access control"
	case "CATALOG_NOT_FOUND", "SCHEMA_NOT_FOUND", "TABLE_NOT_FOUND", "NOT_FOUND":
		p.Kind, p.Next = live.Missing, "check the catalogue, the schema and the table; `scimtrail collect --print-ddl trino` defines one"
	case "QUERY_QUEUE_FULL", "SERVER_STARTING_UP", "SERVER_SHUTTING_DOWN":
		p.Kind, p.Next = live.Throttled, "run it again later"
	case "EXCEEDED_TIME_LIMIT", "EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT", "EXCEEDED_SCAN_LIMIT", "EXCEEDED_CPU_LIMIT", "CLUSTER_OUT_OF_MEMORY":
		p.Next = "ask for a shorter time with --since and --until, or for one account and Region"
	case "HIVE_EXCEEDED_PARTITION_LIMIT":
		p.Next = "name --since, and an account and Region"
	case "USER_CANCELED", "ADMINISTRATIVELY_KILLED":
		p.Next = "somebody cancelled the query on the cluster; run it again"
	}
	return p
}

func refused(status int, doing string) error {
	p := &live.Problem{Kind: live.Refused, Doing: doing, Reason: fmt.Sprintf("the cluster refuses with HTTP %d", status)}
	switch status {
	case http.StatusUnauthorized:
		p.Kind, p.Reason, p.Next = live.Credentials, "the cluster does not accept who asks", "set TRINO_USER with TRINO_PASSWORD, or TRINO_ACCESS_TOKEN"
	case http.StatusForbidden:
		p.Kind, p.Reason, p.Next = live.Denied, "the cluster forbids it to the user", "check TRINO_USER, and ask whoever keeps the cluster's access control"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		p.Kind, p.Reason, p.Next = live.Missing, "what answers there is not a Trino cluster, or has forgotten the query", "check the host, the port and tls, then run it again"
	}
	if status/100 == 3 {
		p.Kind, p.Reason, p.Next = live.WrongPlace, "the cluster sends elsewhere, where credentials are not sent", "name the cluster's own address, and check tls"
	}
	return p
}

func unreachable(err error, doing string) error {
	p := &live.Problem{Kind: live.Unreachable, Doing: doing, Reason: "the connection to the cluster kept breaking", Next: "check the connection, then run it again", Err: err}
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case isDNS && dns.IsNotFound:
		p.Reason, p.Next = "there is no such host", "check its name"
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Reason, p.Next = "nobody listens there", "check the host and the port"
	case errors.Is(err, context.DeadlineExceeded):
		p.Reason = "no answer came in time"
	case strings.Contains(err.Error(), "x509:"), strings.Contains(err.Error(), "tls:"):
		p.Reason, p.Next = "the certificate of the cluster is not trusted", "add the authority that signed it to this machine (SSL_CERT_FILE)"
	case strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		p.Reason, p.Next = "the cluster speaks plain HTTP there", "add ?tls=false, if the way there is safe"
	}
	return p
}
