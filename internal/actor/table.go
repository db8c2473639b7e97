package actor

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// The values that a row's pattern can be held against.
const (
	MatchAgent      = "user-agent"
	MatchPrincipal  = "principal"  // the name of the assumed role or of the IAM user
	MatchSession    = "session"    // the session name of the assumed role
	MatchService    = "service"    // the AWS service that called, e.g. cloudformation.amazonaws.com
	MatchCredential = "credential" // accessKeyId: on SCIM calls it stands for the token
	MatchAddress    = "address"    // sourceIPAddress
)

// The event sources that a row holds for.
const (
	ScopeAny  = "any"
	ScopeSCIM = "scim" // identitystore-scim.amazonaws.com
	ScopeAPI  = "api"  // every other source
)

// How sure it is that a fitting value means the row's client. Whatever the
// grade, a user agent can be forged.
const (
	High   = "high"   // seen in logs, or read from the client's source
	Medium = "medium" // documented by others, or plausible and unopposed
	Low    = "low"    // a hint, to be joined with another
	Claim  = "claim"  // the value names the product and nobody has confirmed that the product sends it
)

// Row is one line of the catalogue.
type Row struct {
	Match      string // one of the Match constants
	Scope      string // one of the Scope constants
	Pattern    string // RE2; in a user-agent row the first group is the version
	Kind       string // one of the kinds; "unknown" when the client does not tell
	Client     string // slug, lower case
	Name       string // display name
	Confidence string
	Source     string // where the row's fact comes from

	re *regexp.Regexp
}

// columns of the table, in the order in which the built-in one has them.
var columns = []string{"match", "scope", "pattern", "kind", "client", "name", "confidence", "source"}

var (
	slug = regexp.MustCompile(`^[a-z0-9][a-z0-9._+-]{0,63}$`)

	choices = map[string][]string{
		"match":      {MatchAgent, MatchPrincipal, MatchSession, MatchService, MatchCredential, MatchAddress},
		"scope":      {ScopeAny, ScopeSCIM, ScopeAPI},
		"kind":       {IDP, Person, Automation, Connector, AWS, Unknown},
		"confidence": {High, Medium, Low, Claim},
	}
)

// The bounds of a table that a user hands in.
const (
	maxTable   = 1 << 20 // bytes
	maxRows    = 1000
	maxPattern = 1000 // bytes
)

// RowError is a line of a table that cannot be used.
type RowError struct {
	Line   int // counted from 1
	Reason string
}

func (e *RowError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Load reads a catalogue of a user's own rows: CSV with a heading that names
// the columns match, scope, pattern, kind, client, name, confidence and source
// in any order. Lines that begin with # are comments. scope may be left out or
// empty (any), as may name, confidence (high) and source. The first fitting row
// decides on its own, so put it before the built-in ones:
// Default().With(own). An error wraps a *RowError that names the line.
func Load(r io.Reader) (*Catalogue, error) {
	rows, err := readTable(r)
	if err != nil {
		return nil, fmt.Errorf("reading the table of clients: %w", err)
	}
	return &Catalogue{own: rows}, nil
}

//go:embed clients.csv
var builtIn []byte

var defaultRows = sync.OnceValue(func() []Row {
	rows, err := readTable(bytes.NewReader(builtIn))
	if err != nil {
		// The table is part of the program and every test reads it.
		panic("actor: clients.csv: " + err.Error())
	}
	return rows
})

// Default returns the built-in catalogue.
func Default() *Catalogue { return &Catalogue{rows: defaultRows()} }

// With returns a catalogue in which the rows of own come before those of c.
func (c *Catalogue) With(own *Catalogue) *Catalogue {
	if c == nil {
		c = &Catalogue{}
	}
	if own == nil {
		own = &Catalogue{}
	}
	return &Catalogue{own: slices.Concat(own.own, c.own), rows: slices.Concat(own.rows, c.rows)}
}

// Rows returns the rows in the order in which they are asked, a user's own
// first.
func (c *Catalogue) Rows() []Row {
	if c == nil {
		return nil
	}
	return slices.Concat(c.own, c.rows)
}

func readTable(r io.Reader) ([]Row, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxTable {
		return nil, fmt.Errorf("it is larger than %d bytes", maxTable)
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	in.Comment = '#'
	in.FieldsPerRecord = -1 // told apart below, with a better message
	in.TrimLeadingSpace = true
	heading, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, &RowError{Line: 1, Reason: "the heading is missing; it reads " + strings.Join(columns, ",")}
	}
	if err != nil {
		return nil, lineOf(err)
	}
	at, err := readHeading(in, heading)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, lineOf(err)
		}
		line, _ := in.FieldPos(0)
		if len(fields) != len(heading) {
			return nil, &RowError{line, fmt.Sprintf("it has %d fields, the heading has %d; put a field that holds a comma in double quotes", len(fields), len(heading))}
		}
		if len(rows) == maxRows {
			return nil, &RowError{line, fmt.Sprintf("there are more than %d rows", maxRows)}
		}
		row, reason := newRow(func(column string) string {
			if i, ok := at[column]; ok {
				return strings.TrimSpace(fields[i])
			}
			return ""
		})
		if reason != "" {
			return nil, &RowError{line, reason}
		}
		rows = append(rows, row)
	}
}

// lineOf turns the CSV reader's error into ours.
func lineOf(err error) error {
	if p, ok := errors.AsType[*csv.ParseError](err); ok {
		return &RowError{p.Line, p.Err.Error()}
	}
	return err
}

func readHeading(in *csv.Reader, heading []string) (map[string]int, error) {
	line, _ := in.FieldPos(0)
	at := map[string]int{}
	for i, name := range heading {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns, name) {
			return nil, &RowError{line, fmt.Sprintf("there is no column %.40q; the columns are %s", name, strings.Join(columns, ", "))}
		}
		if _, twice := at[name]; twice {
			return nil, &RowError{line, fmt.Sprintf("column %q is there twice", name)}
		}
		at[name] = i
	}
	for _, name := range []string{"match", "pattern", "kind"} {
		if _, ok := at[name]; !ok {
			return nil, &RowError{line, fmt.Sprintf("column %q is missing", name)}
		}
	}
	return at, nil
}

// newRow makes a row of the fields that get returns, or says what is wrong.
func newRow(get func(column string) string) (row Row, reason string) {
	row = Row{
		Match: get("match"), Scope: get("scope"), Pattern: get("pattern"), Kind: get("kind"),
		Client: get("client"), Name: get("name"), Confidence: get("confidence"), Source: get("source"),
	}
	if row.Scope == "" {
		row.Scope = ScopeAny
	}
	if row.Confidence == "" {
		row.Confidence = High
	}
	for _, is := range []struct{ column, value string }{
		{"match", row.Match}, {"scope", row.Scope}, {"kind", row.Kind}, {"confidence", row.Confidence},
	} {
		if !slices.Contains(choices[is.column], is.value) {
			return Row{}, fmt.Sprintf("%s is %.40q; it may be %s", is.column, is.value, strings.Join(choices[is.column], ", "))
		}
	}
	switch {
	case row.Pattern == "":
		return Row{}, "the pattern is empty and would fit everything"
	case len(row.Pattern) > maxPattern:
		return Row{}, fmt.Sprintf("the pattern is longer than %d bytes", maxPattern)
	case row.Client == "" && (row.Match == MatchAgent || row.Kind == IDP || row.Kind == Connector):
		return Row{}, fmt.Sprintf("a %s row of kind %s needs a client", row.Match, row.Kind)
	case row.Client != "" && !slug.MatchString(row.Client):
		return Row{}, fmt.Sprintf("client is %.40q; use lower-case letters, digits and . _ + -", row.Client)
	}
	re, err := regexp.Compile(row.Pattern)
	if err != nil {
		return Row{}, fmt.Sprintf("the pattern is no RE2 regular expression: %v", err)
	}
	if re.MatchString("") {
		return Row{}, "the pattern fits the empty string and so everything; anchor it or ask for one character more"
	}
	row.re = re
	return row, ""
}

func (row *Row) covers(source string) bool {
	switch row.Scope {
	case ScopeSCIM:
		return source == awsid.SourceSCIM
	case ScopeAPI:
		return source != awsid.SourceSCIM
	}
	return true
}

// title is what to call the row's client in a sentence.
func (row *Row) title() string {
	if row.Name != "" {
		return row.Name
	}
	return row.Client
}
