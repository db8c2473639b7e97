// Package athena reads the identity events of a trail out of a table of Amazon
// Athena. Package engine has the SQL, the table's definition and what an answer
// covers; here is how Athena is asked: a query is started, waited for, its answer
// read page by page.
//
// Athena takes money for the bytes that a query reads. Source says what it knows
// of them beforehand, reads no more than it may, and fetches the answer of a query
// that outlived an interruption instead of asking again.
package athena

import (
	"errors"
	"net/url"
	"strings"

	"github.com/scimtrail/scimtrail/internal/engine"
)

// Name is a table as --from names it: athena://CATALOG/DATABASE/TABLE. The
// catalogue of AWS Glue is AwsDataCatalog.
type Name struct{ Catalog, Database, Table string }

// ParseName reads a name. Characters that stand for themselves nowhere in an
// address are written as in one: %2F for a slash.
func ParseName(s string) (Name, error) {
	rest, ok := strings.CutPrefix(s, "athena://")
	if !ok {
		return Name{}, errors.New("it does not begin with athena://")
	}
	parts := strings.Split(rest, "/")
	if len(parts) != 3 || strings.ContainsAny(rest, "?#") {
		return Name{}, errors.New("it has the form athena://CATALOG/DATABASE/TABLE, e.g. athena://AwsDataCatalog/default/cloudtrail_logs")
	}
	for i, what := range []string{"catalogue", "database", "table"} {
		text, err := url.PathUnescape(parts[i])
		if err == nil {
			err = engine.CheckName(what, text)
		}
		if err != nil {
			return Name{}, err
		}
		parts[i] = text
	}
	return Name{parts[0], parts[1], parts[2]}, nil
}

// String writes the name as --from takes it.
func (n Name) String() string {
	return "athena://" + url.PathEscape(n.Catalog) + "/" + url.PathEscape(n.Database) + "/" + url.PathEscape(n.Table)
}

func (n Name) spoken() string { return n.Catalog + "." + n.Database + "." + n.Table }
