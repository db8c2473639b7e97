package engine

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Trail says where the log files of a trail lie and how its table is to be called.
type Trail struct {
	// Database (Athena) or Catalog and Schema (Trino) and Table; "default",
	// "hive", "default" and "cloudtrail_logs" when empty.
	Catalog, Schema, Table string
	// Bucket and Prefix (before AWSLogs) of the log files. An empty Bucket becomes
	// a word to be replaced.
	Bucket, Prefix string
	// Organization is the id of an organisation trail (o-...), "" for the trail of
	// one account.
	Organization      string
	Accounts, Regions []string  // 111122223333 and us-east-1 when empty
	From              time.Time // the first day that the table has; 2024-01-01 when zero
}

// Names that go into a definition unquoted, or into a property that an engine
// takes apart by commas.
var (
	plainName    = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,127}$`)
	bucketName   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	prefixName   = regexp.MustCompile(`^[A-Za-z0-9!_.*()/=-]*$`)
	organisation = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	regionName   = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
)

// DDL returns the statement that defines a table over a trail's log files, which
// the program's SQL fits, for Athena or Trino. Its error says which part of the
// trail can't be written.
func DDL(d Dialect, t Trail) (string, error) {
	t.Schema, t.Table, t.Catalog = cmp.Or(t.Schema, "default"), cmp.Or(t.Table, "cloudtrail_logs"), cmp.Or(t.Catalog, "hive")
	if len(t.Accounts) == 0 {
		t.Accounts = []string{"111122223333"}
	}
	if len(t.Regions) == 0 {
		t.Regions = []string{"us-east-1"}
	}
	if t.From.IsZero() {
		t.From = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	for _, name := range []struct{ what, name string }{{"database or schema", t.Schema}, {"table", t.Table}, {"catalogue", t.Catalog}} {
		if !plainName.MatchString(name.name) {
			return "", fmt.Errorf("the name of the %s, %.60q, may only have lower-case letters, digits and underscores in a definition", name.what, name.name)
		}
	}
	switch {
	case t.Bucket != "" && !bucketName.MatchString(t.Bucket):
		return "", fmt.Errorf("%.80q is no name of a bucket", t.Bucket)
	case !prefixName.MatchString(t.Prefix):
		return "", fmt.Errorf("the prefix %.80q holds characters that can't stand in the location of a table", t.Prefix)
	case t.Organization != "" && !organisation.MatchString(t.Organization):
		return "", fmt.Errorf("%.40q is no id of an organisation (o-...)", t.Organization)
	}
	for _, account := range t.Accounts {
		if !awsid.IsAccount(account) {
			return "", fmt.Errorf("%.40q is no account id", account)
		}
	}
	for _, region := range t.Regions {
		if !regionName.MatchString(region) {
			return "", fmt.Errorf("%.40q is no name of a Region", region)
		}
	}
	switch d {
	case Athena:
		return athenaDDL(t), nil
	case Trino:
		return trinoDDL(t), nil
	}
	return "", fmt.Errorf("there is no table to define for %q: name athena or trino", string(d))
}

// base is the folder that holds the folders of accounts (cloudtrail reference 4.1).
func (t *Trail) base() string {
	out := "s3://" + cmp.Or(t.Bucket, "BUCKET") + "/"
	if prefix := strings.Trim(t.Prefix, "/"); prefix != "" {
		out += prefix + "/"
	}
	out += "AWSLogs/"
	if t.Organization != "" {
		out += t.Organization + "/"
	}
	return out
}

func (t *Trail) template() string { return t.base() + "${account}/CloudTrail/${region}/${day}" }

// hiveTypes are the types of the columns that are no plain text; the members of
// userIdentity beyond the official ones are found by name (cloudtrail reference
// 5.2).
var hiveTypes = map[string]string{
	"userIdentity": `struct<
    type:string, principalid:string, arn:string, accountid:string, invokedby:string, accesskeyid:string,
    username:string, credentialid:string, identityprovider:string,
    onbehalfof:struct<userid:string, identitystorearn:string>,
    sessioncontext:struct<
      attributes:struct<mfaauthenticated:string, creationdate:string>,
      sessionissuer:struct<type:string, principalid:string, arn:string, accountid:string, username:string>,
      sourceidentity:string, ec2roledelivery:string,
      webidfederationdata:struct<federatedprovider:string, attributes:map<string,string>>>>`,
	"resources":  "array<struct<arn:string, accountid:string, type:string>>",
	"addendum":   "struct<reason:string, updatedfields:string, originalrequestid:string, originaleventid:string>",
	"tlsDetails": "struct<tlsversion:string, ciphersuite:string, clientprovidedhostheader:string>",
}

func athenaDDL(t Trail) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE EXTERNAL TABLE IF NOT EXISTS `%s`.`%s` (\n", t.Schema, t.Table)
	for i, field := range fields {
		end := ",\n"
		if i == len(fields)-1 {
			end = "\n"
		}
		fmt.Fprintf(&b, "  `%s` %s%s", strings.ToLower(field), cmp.Or(hiveTypes[field], "string"), end)
	}
	b.WriteString(")\nPARTITIONED BY (`account` string, `region` string, `day` string)\n")
	b.WriteString("ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'\n")
	b.WriteString("STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'\n")
	b.WriteString("OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\n")
	fmt.Fprintf(&b, "LOCATION %s\nTBLPROPERTIES (\n", literal(t.base()))
	properties := [][2]string{
		{"projection.enabled", "true"},
		{"projection.account.type", "enum"}, {"projection.account.values", strings.Join(t.Accounts, ",")},
		{"projection.region.type", "enum"}, {"projection.region.values", strings.Join(t.Regions, ",")},
		{"projection.day.type", "date"}, {"projection.day.format", "yyyy/MM/dd"}, {"projection.day.range", t.From.UTC().Format("2006/01/02") + ",NOW"},
		{"projection.day.interval", "1"}, {"projection.day.interval.unit", "DAYS"},
		{"storage.location.template", t.template()},
	}
	for i, p := range properties {
		end := ",\n"
		if i == len(properties)-1 {
			end = "\n)\n"
		}
		fmt.Fprintf(&b, "  %s = %s%s", literal(p[0]), literal(p[1]), end)
	}
	return b.String()
}

// trinoDDL defines one column of text: Trino has no input format that takes log
// files apart, and the SQL does it instead. It is written for the Hive connector
// (https://trino.io/docs/435/connector/hive.html#partition-projection-properties).
func trinoDDL(t Trail) string {
	array := func(list []string) string { return "ARRAY[" + literals(list) + "]" }
	return fmt.Sprintf(`-- The catalogue needs hive.non-managed-table-writes-enabled=true to define it,
-- hive.partition-projection-enabled=true and hive.ignore-absent-partitions=true to read it.
CREATE TABLE IF NOT EXISTS %s (
  line varchar,
  account varchar WITH (partition_projection_type = 'enum', partition_projection_values = %s),
  region varchar WITH (partition_projection_type = 'enum', partition_projection_values = %s),
  day varchar WITH (
    partition_projection_type = 'date',
    partition_projection_format = 'yyyy/MM/dd',
    partition_projection_range = %s,
    partition_projection_interval = 1,
    partition_projection_interval_unit = 'DAYS')
)
WITH (
  format = 'TEXTFILE',
  external_location = %s,
  partitioned_by = ARRAY['account', 'region', 'day'],
  partition_projection_enabled = true,
  partition_projection_location_template = %s
)
`, Qualified(t.Catalog, t.Schema, t.Table), array(t.Accounts), array(t.Regions),
		array([]string{t.From.UTC().Format("2006/01/02"), "NOW"}), literal(t.base()), literal(t.template()))
}
