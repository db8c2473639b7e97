package engine

import (
	"fmt"
	"strings"
)

// fields are the fields of a record, spelled as CloudTrail does (cloudtrail
// reference 1.2, 5.1). Columns are named after them in lower case.
var fields = []string{
	"eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent",
	"errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData", "requestID", "eventID",
	"readOnly", "resources", "eventType", "apiVersion", "managementEvent", "recipientAccountId", "serviceEventDetails",
	"sharedEventID", "vpcEndpointId", "vpcEndpointAccountId", "eventCategory", "addendum", "annotation", "eventContext",
	"sessionCredentialFromConsole", "edgeDeviceDetails", "tlsDetails",
}

// nested are the columns whose text is JSON (cloudtrail reference 5.2).
var nested = map[string]bool{
	"userIdentity": true, "requestParameters": true, "responseElements": true, "additionalEventData": true, "resources": true,
	"serviceEventDetails": true, "addendum": true, "eventContext": true, "edgeDeviceDetails": true, "tlsDetails": true,
}

// parts are the expressions that a query is made of.
type parts struct {
	from string // the table, and what its rows are taken apart by
	// Text, or null.
	account, region, time, source, name string
	record                              string // the JSON text of the record
	damaged                             string // true for a row that holds no record
	rawTime                             Column // the column of time, when it is one
}

// take returns how the records of a table are read.
func (t *Table) take() (parts, error) {
	how, column, err := t.shape()
	if err != nil {
		return parts{}, err
	}
	p := parts{from: t.From}
	if how == lines {
		// A line is a record or a whole log file, which CloudTrail writes as one line
		// (cloudtrail reference 4.2).
		line := Identifier(column)
		p.from += " CROSS JOIN UNNEST(coalesce(TRY(CAST(json_extract(" + line + ", '$.Records') AS array(json))), ARRAY[TRY(json_parse(" + line + "))])) AS taken (entry)"
		get := func(path string) string { return "json_extract_scalar(entry, " + literal("$."+path) + ")" }
		p.account = "coalesce(" + get("recipientAccountId") + ", " + get("userIdentity.accountId") + ")"
		p.region, p.time, p.source, p.name = get("awsRegion"), get("eventTime"), get("eventSource"), get("eventName")
		p.record = "json_format(entry)"
		p.damaged = "(" + p.source + " IS NULL AND " + p.name + " IS NULL)"
		return p, nil
	}
	get := func(name string) string {
		c, ok := t.column(name)
		if !ok {
			return "CAST(NULL AS varchar)"
		}
		return asText(c)
	}
	p.account, p.region, p.source, p.name, p.time = get("recipientaccountid"), get("awsregion"), get("eventsource"), get("eventname"), get("eventtime")
	p.rawTime, _ = t.column("eventtime")
	if key, ok := t.partition(accountKeys...); ok {
		p.account = "coalesce(" + p.account + ", " + asText(key.Column) + ")"
	}
	if key, ok := t.partition(regionKeys...); ok {
		p.region = "coalesce(" + p.region + ", " + asText(key.Column) + ")"
	}
	p.record = t.object()
	if how == whole {
		p.record = asText(Column{column, "varchar"})
	}
	p.damaged = "(" + p.source + " IS NULL AND " + p.name + " IS NULL)"
	return p, nil
}

// object returns the expression that makes a JSON object of the columns.
func (t *Table) object() string {
	var names, values []string
	for _, field := range fields {
		c, ok := t.column(field)
		if !ok {
			continue
		}
		names = append(names, literal(field))
		values = append(values, asJSON(field, c))
	}
	return fmt.Sprintf("json_format(CAST(map_filter(MAP(ARRAY[%s], ARRAY[%s]), (k, v) -> v IS NOT NULL) AS JSON))", strings.Join(names, ", "), strings.Join(values, ", "))
}

// asText returns a column as text; a time as CloudTrail writes it.
func asText(c Column) string {
	name := Identifier(c.Name)
	switch kindOf(c.Type) {
	case text:
		return name
	case moment:
		if strings.Contains(strings.ToLower(c.Type), "with time zone") {
			name = "(" + name + " AT TIME ZONE 'UTC')"
		}
		return "date_format(" + name + ", '%Y-%m-%dT%H:%i:%sZ')"
	}
	return "CAST(" + name + " AS varchar)"
}

// asJSON returns a column as the JSON of a field.
func asJSON(field string, c Column) string {
	name := Identifier(c.Name)
	switch kindOf(c.Type) {
	case text:
		if nested[field] {
			return parsed(name)
		}
		return "CAST(" + name + " AS JSON)"
	case mapped:
		// Its values are text, and the text of objects is JSON (cloudtrail reference 5.1).
		return "CAST(transform_values(" + name + ", (k, v) -> IF(substr(CAST(v AS varchar), 1, 1) IN ('{', '['), " + parsed("CAST(v AS varchar)") + ", CAST(v AS JSON))) AS JSON)"
	case moment, date:
		return "CAST(" + asText(c) + " AS JSON)"
	case document:
		return name
	}
	return "CAST(" + name + " AS JSON)"
}

// parsed is the JSON that a text is, or the text as JSON.
func parsed(expression string) string {
	return "coalesce(TRY(json_parse(" + expression + ")), CAST(" + expression + " AS JSON))"
}
