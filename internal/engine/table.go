package engine

import (
	"fmt"
	"slices"
	"strings"
)

// Table is a table that holds the records of a trail, as its engine describes it.
type Table struct {
	// From is what stands behind FROM, quoted: see [Qualified].
	From       string
	Columns    []Column    // that are no partition keys
	Partitions []Partition // keys, outermost first
	// Registered says that partitions exist only once somebody has registered them
	// (MSCK REPAIR TABLE, ALTER TABLE ADD PARTITION): a day without a row may be a
	// day that nobody registered.
	Registered bool
}

// Column is a column, with its type as the engine writes it.
type Column struct{ Name, Type string }

// Partition is a partition key.
type Partition struct {
	Column
	// Format is how a day is written in it, in the letters of Java
	// (https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html);
	// "" when the engine does not say.
	Format string
	// Injected says that a query must name its value.
	Injected bool
}

// shape is how a table holds records.
type shape int

const (
	columnar shape = iota // a column a field, as the CloudTrail tables of Athena
	whole                 // a column with the JSON of the record, as eventjson in Lake
	lines                 // one column of text: a record, or a log file, a line
)

// wholeColumns are the names of columns that hold a whole record.
var wholeColumns = []string{"eventjson", "cloudtrailevent"}

// shape returns how the table holds records, and the column that they are in,
// when it is one.
func (t *Table) shape() (shape, string, error) {
	for _, name := range wholeColumns {
		if c, ok := t.column(name); ok && t.has("eventsource") && t.has("eventname") && t.has("eventtime") {
			return whole, c.Name, nil
		}
	}
	if t.has("eventsource") && t.has("eventname") && t.has("eventtime") {
		return columnar, "", nil
	}
	if len(t.Columns) == 1 && kindOf(t.Columns[0].Type) == text {
		return lines, t.Columns[0].Name, nil
	}
	return 0, "", fmt.Errorf("the table has neither the columns eventsource, eventname and eventtime nor a single column of text, so it is no table of a trail that is known here")
}

func (t *Table) column(name string) (Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

func (t *Table) has(name string) bool {
	_, ok := t.column(name)
	return ok
}

// partition returns the key that has one of the names, written with or without
// underscores.
func (t *Table) partition(names ...string) (Partition, bool) {
	for _, name := range names {
		for _, p := range t.Partitions {
			if strings.EqualFold(strings.ReplaceAll(p.Name, "_", ""), name) {
				return p, true
			}
		}
	}
	return Partition{}, false
}

// Names that people give to the keys. AWS's own examples use region, year, month
// and day, or timestamp, or account, region and day (cloudtrail reference 5.2).
var (
	accountKeys = []string{"account", "accountid", "awsaccount", "awsaccountid", "recipientaccountid"}
	regionKeys  = []string{"region", "awsregion", "regionid"}
	dayKeys     = []string{"day", "date", "dt", "ds", "eventdate", "eventday", "timestamp", "datehour", "logdate", "partitiondate"}
)

// kind is what a type holds.
type kind int

const (
	text kind = iota
	moment
	date
	table // of named things, with values of any type
	mapped
	document // JSON
	other
)

// kindOf reads a type as Hive (Athena's catalogue) or Trino writes it.
func kindOf(t string) kind {
	t = strings.ToLower(strings.TrimSpace(t))
	for _, k := range []struct {
		prefix string
		kind   kind
	}{
		{"string", text}, {"varchar", text}, {"char", text}, {"timestamp", moment}, {"date", date}, {"struct", table}, {"row", table},
		{"array", table}, {"map", mapped}, {"json", document},
	} {
		if strings.HasPrefix(t, k.prefix) {
			return k.kind
		}
	}
	return other
}

// byDay reports whether a query can be narrowed to days before rows are read.
func (t *Table) byDay() bool {
	k, ok := t.dayKey()
	return ok && k.condition(0, 0) != ""
}
