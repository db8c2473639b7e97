package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Columns of Athena and Lake results (cloudtrail reference 5.1, 5.2) are named
// after the fields of a record, in lower case. The console's event history and
// people's own queries put spaces or underscores between the words.

// nested are the columns whose value is an object or a list: as JSON text, or as
// Presto prints a row or a map.
var nested = map[string]bool{
	"useridentity": true, "requestparameters": true, "responseelements": true, "additionaleventdata": true,
	"resources": true, "serviceeventdetails": true, "tlsdetails": true, "addendum": true, "edgedevicedetails": true, "eventcontext": true,
}

// whole are the columns that hold the whole record.
var wholeColumns = map[string]bool{"eventjson": true, "cloudtrailevent": true}

// instead says which field a column stands for when the table has no column of
// the field itself: partitions, and names that queries like to give.
var instead = map[string][]string{
	"account": {"recipientaccountid"}, "accountid": {"recipientaccountid"}, "region": {"awsregion"},
	"username": {"useridentity", "userName"}, "actortype": {"useridentity", "type"}, "actorarn": {"useridentity", "arn"},
	"groupid": {"requestparameters", "groupId"}, "userid": {"requestparameters", "memberId", "userId"}, "membershipid": {"responseelements", "membershipId"},
}

// columnName is the name of a column without what people put between words.
func columnName(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "", "\ufeff", "").Replace(strings.TrimSpace(s)))
}

// isHeader reports whether cells are the names of columns of records.
func isHeader(cells []string) bool {
	source, name := false, false
	for _, cell := range cells {
		switch c := columnName(cell); {
		case wholeColumns[c]:
			return true
		case c == "eventsource":
			source = true
		case c == "eventname":
			name = true
		}
	}
	return source && name
}

// tableHeader reports whether text begins with the header of a table of records,
// and which separator it has.
func tableHeader(text []byte) (comma rune, ok bool) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if len(line) > 16<<10 || bytes.IndexByte(line, '{') >= 0 {
		return 0, false
	}
	for _, comma := range []rune{',', ';', '\t'} {
		r := csv.NewReader(bytes.NewReader(line))
		r.Comma = comma
		if cells, err := r.Read(); err == nil && isHeader(cells) {
			return comma, true
		}
	}
	return 0, false
}

// table turns rows into records.
type table struct {
	columns []column
	record  int // the column that holds the whole record; -1 when there is none
	lake    bool
}

type column struct {
	name   string
	path   []string // of the field that it stands for
	nested bool
}

func newTable(header []string) *table {
	t := &table{record: -1}
	have := map[string]bool{}
	for _, cell := range header {
		have[columnName(cell)] = true
	}
	for i, cell := range header {
		c := column{name: columnName(cell)}
		c.nested = nested[c.name]
		c.path = []string{c.name}
		if path, ok := instead[c.name]; ok {
			c.path = path
			if have[path[0]] {
				c.path = nil // the field itself is there
			}
		}
		if wholeColumns[c.name] {
			t.record = i
		}
		t.lake = t.lake || strings.HasPrefix(c.name, "eventjson")
		t.columns = append(t.columns, c)
	}
	return t
}

// row returns the JSON text of the record that a row is. Cells may be fewer or
// more than the columns. The error says that the row has a record that can't be
// read.
func (t *table) row(dst []byte, cells []string) ([]byte, error) {
	if t.record >= 0 && t.record < len(cells) {
		if text := strings.TrimSpace(cells[t.record]); text != "" {
			if !jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
				return nil, errors.New("the record in it is not JSON")
			}
			return append(dst, text...), nil
		}
	}
	var fields object
	for i, cell := range cells[:min(len(cells), len(t.columns))] {
		c := t.columns[i]
		if cell == "" || c.path == nil || c.name == "" {
			continue
		}
		value := appendText(nil, cell)
		if c.nested {
			value = appendNested(nil, cell)
		}
		fields.set(c.path, value)
	}
	return fields.append(dst), nil
}

// object is a JSON object under construction, in order.
type object struct {
	names  []string
	values []any // []byte: JSON text; *object
}

func (o *object) set(path []string, value []byte) {
	if len(path) == 1 {
		o.names, o.values = append(o.names, path[0]), append(o.values, value)
		return
	}
	for i, name := range o.names {
		if inner, ok := o.values[i].(*object); ok && name == path[0] {
			inner.set(path[1:], value)
			return
		}
	}
	inner := &object{}
	inner.set(path[1:], value)
	o.names, o.values = append(o.names, path[0]), append(o.values, inner)
}

func (o *object) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i, name := range o.names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, name), ':')
		switch v := o.values[i].(type) {
		case []byte:
			dst = append(dst, v...)
		case *object:
			dst = v.append(dst)
		}
	}
	return append(dst, '}')
}

func appendText(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // the error is of invalid UTF-8, which was replaced
	return dst
}

// csvRows calls yield with each row of a CSV text. A row may be maxRow bytes
// long; after a longer one, or one that is damaged, the rest is lost.
func csvRows(r io.Reader, comma rune, maxRow int, yield func([]string) error) error {
	guard := &rowGuard{r: r, max: int64(maxRow)}
	rows := csv.NewReader(guard)
	rows.Comma, rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = comma, -1, true, true
	guard.rows = rows
	for n := 1; ; n++ {
		cells, err := rows.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return &rowError{row: n, err: err}
		}
		if err := yield(cells); err != nil {
			return err
		}
	}
}

// rowError is damage in a table; what came before it was used.
type rowError struct {
	row int
	err error
}

func (e *rowError) Error() string { return fmt.Sprintf("at row %d: %v", e.row, e.err) }

func (e *rowError) Unwrap() error { return e.err }

// rowGuard fails when one row takes more than max bytes, so that a quote that is
// never closed does not fill the memory.
type rowGuard struct {
	r    io.Reader
	rows *csv.Reader
	read int64
	max  int64
}

func (g *rowGuard) Read(p []byte) (int, error) {
	if g.read-g.rows.InputOffset() > g.max {
		return 0, fmt.Errorf("a row is larger than %d bytes; a quote may be open", g.max)
	}
	n, err := g.r.Read(p)
	g.read += int64(n)
	return n, err
}

// firstRow returns the cells of the first row of a table.
func firstRow(head []byte, comma rune) []string {
	r := csv.NewReader(bytes.NewReader(head))
	r.Comma, r.LazyQuotes = comma, true
	cells, _ := r.Read()
	return cells
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
