package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Ask is what a statement asks a table for.
type Ask struct {
	// Span is when the events happened; a zero end is no end.
	Span  span.Span
	Place casefile.Place // empty fields do not narrow
	// First and Last are in the days that are read: of delivery where the table has
	// a key of days, of the events where it has none. A zero one is no end.
	First, Last time.Time
}

// noRecord stands in the column of the source where a row holds no record.
const noRecord = "no record"

// Columns are the columns of an answer, in order. Record is null for the records
// of other services, of which there is one row a day, account and Region.
var Columns = []string{"account", "region", "day", "source", "record", "first_time", "last_time", "records", "foreign_sources"}

// Statement returns the SQL that selects the identity records of a table, and of
// all other records how many there are and from when to when, by account, Region
// and day: what the ground rests on. Both come out of one reading of the data,
// which is what an engine takes its time and its price for.
func (d Dialect) Statement(t *Table, a Ask) (string, error) {
	p, err := t.take()
	if err != nil {
		return "", err
	}
	where, err := d.where(t, p, a)
	if err != nil {
		return "", err
	}
	identity := identityCondition(p, a.Span)
	known := "regexp_like(" + p.time + ", '^[0-9]{4}-[0-9]{2}-[0-9]{2}T')"
	at := "CASE WHEN " + known + " THEN " + p.time + " END"
	return strings.Join([]string{
		"SELECT",
		"  " + p.account + " AS account,",
		"  " + p.region + " AS region,",
		"  CASE WHEN " + known + " THEN substr(" + p.time + ", 1, 10) END AS day,",
		"  CASE WHEN " + p.damaged + " THEN " + literal(noRecord) + " WHEN " + identity + " THEN " + p.source + " END AS source,",
		"  CASE WHEN " + identity + " THEN " + p.record + " END AS record,",
		"  min(" + at + ") AS first_time,",
		"  max(" + at + ") AS last_time,",
		"  CAST(count(*) AS varchar) AS records,",
		"  CAST(approx_distinct(CASE WHEN " + p.source + " NOT IN (" + literals(casefile.ManagementSources) + ") THEN " + p.source + " END) AS varchar) AS foreign_sources",
		"FROM " + p.from,
		"WHERE " + strings.Join(where, "\n  AND "),
		"GROUP BY 1, 2, 3, 4, 5",
	}, "\n"), nil
}

// identityCondition is cloudtrail.Concerns in SQL, a little wider: what it lets
// through is looked at again. Records whose time is blanked are asked for too.
func identityCondition(p parts, during span.Span) string {
	directory := p.source + " IN (" + literals(casefile.DirectorySources) + ")"
	changes := p.source + " IN (" + literals([]string{awsid.SourceAssignments, awsid.SourceIdentitySync}) + ")" +
		" AND NOT regexp_like(" + p.name + ", '^(Get|List|Describe|Authenticate$|Federate$|Logout$)')"
	tokens := "regexp_like(lower(" + p.name + "), 'bearertoken|provisioningtenant')"
	condition := "(" + directory + " OR " + changes + " OR " + tokens + ")"
	var ends []string
	if !during.From.IsZero() {
		ends = append(ends, p.time+" >= "+literal(stamp(during.From.Truncate(time.Second))))
	}
	if !during.To.IsZero() {
		ends = append(ends, p.time+" <= "+literal(stamp(during.To)))
	}
	if len(ends) == 0 {
		return condition
	}
	return condition + " AND (" + strings.Join(ends, " AND ") + " OR " + p.time + " IS NULL OR NOT regexp_like(" + p.time + ", '^[0-9]{4}-'))"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// where returns the conditions on what is read.
func (d Dialect) where(t *Table, p parts, a Ask) ([]string, error) {
	var out []string
	first, last := never, forever
	if !a.First.IsZero() {
		first = dayOf(a.First)
	}
	if !a.Last.IsZero() {
		last = dayOf(a.Last)
	}
	if key, ok := t.dayKey(); ok && t.byDay() {
		out = append(out, key.condition(first, last))
	} else if p.rawTime.Name != "" {
		out = append(out, timeBounds(p, first, last))
	}
	for _, one := range []struct {
		value, field string
		keys         []string
		expression   string
		flag         string
	}{
		{a.Place.Account, "account", accountKeys, p.account, "--account"},
		{a.Place.Region, "Region", regionKeys, p.region, "--region"},
	} {
		key, ok := t.partition(one.keys...)
		switch {
		case one.value != "":
			if ok && kindOf(key.Type) == text {
				out = append(out, Identifier(key.Name)+" = "+literal(one.value))
			}
			out = append(out, "("+one.expression+" = "+literal(one.value)+" OR "+p.damaged+")")
		case ok && key.Injected:
			return nil, fmt.Errorf("the table can only be asked for one %s at a time, since its partition key %q is injected; name it with %s", one.field, key.Name, one.flag)
		}
	}
	if len(out) == 0 {
		out = append(out, "true")
	}
	return out, nil
}

// timeBounds narrows a table without a key of days by the time of its events. A
// row whose time is blanked comes along where times are text.
func timeBounds(p parts, first, last day) string {
	name := Identifier(p.rawTime.Name)
	if kindOf(p.rawTime.Type) == moment {
		var both []string
		if first != never {
			both = append(both, name+" >= TIMESTAMP "+literal(first.start().Format(time.DateTime)))
		}
		if last != forever {
			both = append(both, name+" < TIMESTAMP "+literal((last+1).start().Format(time.DateTime)))
		}
		if len(both) == 0 {
			return "true"
		}
		return strings.Join(both, " AND ")
	}
	var both []string
	if first != never {
		both = append(both, p.time+" >= "+literal(stamp(first.start())))
	}
	if last != forever {
		both = append(both, p.time+" < "+literal(stamp((last+1).start())))
	}
	if len(both) == 0 {
		return "true"
	}
	return "(" + strings.Join(both, " AND ") + " OR " + p.time + " IS NULL OR NOT regexp_like(" + p.time + ", '^[0-9]{4}-'))"
}
