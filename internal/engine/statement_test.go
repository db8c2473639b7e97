package engine_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/trinonode"
)

var update = flag.Bool("update", false, "write the golden files")

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func column(name, kind string) engine.Column { return engine.Column{Name: name, Type: kind} }

func key(name, kind, format string) engine.Partition {
	return engine.Partition{Column: column(name, kind), Format: format}
}

// hive are the columns of Athena's own example, as GetTableMetadata writes them.
var hive = []engine.Column{
	column("eventversion", "string"), column("useridentity", "struct<type:string,arn:string>"), column("eventtime", "string"), column("eventsource", "string"),
	column("eventname", "string"), column("awsregion", "string"), column("requestparameters", "string"), column("responseelements", "string"), column("eventid", "string"),
	column("readonly", "string"), column("resources", "array<struct<arn:string,accountid:string,type:string>>"), column("recipientaccountid", "string"),
	column("something_else", "string"),
}

var asked = engine.Ask{
	Span:  span.Span{From: day("2026-10-01").Add(9 * time.Hour), To: day("2026-11-20")},
	First: day("2026-10-01"), Last: day("2026-11-21"),
}

func within(place casefile.Place) engine.Ask {
	a := asked
	a.Place = place
	return a
}

// statements are one of each kind; the golden files and the parsers take the same.
var statements = []struct {
	name    string
	dialect engine.Dialect
	table   engine.Table
	ask     engine.Ask
}{
	{"athena with projection", engine.Athena, engine.Table{From: engine.Qualified("trails", "logs"), Columns: hive,
		Partitions: []engine.Partition{key("account", "string", ""), key("region", "string", ""), key("day", "string", "yyyy/MM/dd")}},
		within(casefile.Place{Account: "111122223333", Region: "us-east-2"})},
	{"athena with a projection of hours", engine.Athena, engine.Table{From: engine.Qualified("trails", "logs"), Columns: hive,
		Partitions: []engine.Partition{key("timestamp", "string", "yyyy/MM/dd/HH")}}, asked},
	{"athena with registered partitions", engine.Athena, engine.Table{From: engine.Qualified("trails", "logs"), Columns: hive, Registered: true,
		Partitions: []engine.Partition{key("region", "string", ""), key("year", "int", ""), key("month", "string", ""), key("day", "string", "")}}, asked},
	{"athena with a date", engine.Athena, engine.Table{From: engine.Qualified("trails", "logs"), Columns: hive, Partitions: []engine.Partition{key("event_date", "date", "")}}, asked},
	{"athena without partitions, with maps and times", engine.Athena, engine.Table{From: engine.Qualified("trails", "iceberg"), Columns: []engine.Column{
		column("eventtime", "timestamp(6) with time zone"), column("eventsource", "varchar"), column("eventname", "varchar"), column("awsregion", "varchar"),
		column("recipientaccountid", "varchar"), column("requestparameters", "map<string,string>"), column("readonly", "boolean")}}, asked},
	{"athena without any bound", engine.Athena, engine.Table{From: engine.Qualified(`odd"name`, "o'brien; DROP TABLE x --"), Columns: hive,
		Partitions: []engine.Partition{key("day", "string", "yyyy/MM/dd")}}, engine.Ask{}},
	{"trino with lines", engine.Trino, engine.Table{From: engine.Qualified("hive", "default", "logs"), Columns: []engine.Column{column("line", "varchar")},
		Partitions: []engine.Partition{key("account", "varchar", ""), key("region", "varchar", ""), key("day", "varchar", "yyyy/MM/dd")}},
		within(casefile.Place{Account: "111122223333"})},
	{"trino with days written in an unknown way", engine.Trino, engine.Table{From: engine.Qualified("hive", "default", "logs"), Columns: []engine.Column{column("line", "varchar")},
		Partitions: []engine.Partition{key("dt", "varchar", "")}}, asked},
	{"lake", engine.Lake, engine.Table{From: "0a1b2c3d-1111-4222-8333-0123456789ab", Columns: []engine.Column{column("eventtime", "timestamp"), column("eventsource", "varchar"),
		column("eventname", "varchar"), column("awsregion", "varchar"), column("recipientaccountid", "varchar"), column("eventjson", "varchar")}},
		within(casefile.Place{Region: "us-east-2"})},
}

func TestStatements(t *testing.T) {
	t.Parallel()
	for _, tt := range statements {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sql, err := tt.dialect.Statement(&tt.table, tt.ask)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, tt.name+".sql", sql+"\n")
			if tt.dialect == engine.Lake && len(sql) > 10_000 {
				t.Errorf("%d characters, Lake takes 10,000", len(sql))
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", strings.NewReplacer(" ", "-", ",", "").Replace(name))
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (run with -update if this is meant):\n%s", file, diff)
	}
}

func TestTablesThatAreNotUnderstoodAreRefused(t *testing.T) {
	t.Parallel()
	for name, table := range map[string]engine.Table{
		"no columns":                       {},
		"columns of something else":        {Columns: []engine.Column{column("id", "string"), column("price", "double")}},
		"one column that is no text":       {Columns: []engine.Column{column("n", "bigint")}},
		"a whole record without its time":  {Columns: []engine.Column{column("eventjson", "string"), column("id", "string")}},
		"an injected account not named":    {Columns: hive, Partitions: []engine.Partition{{Column: column("account_id", "string"), Injected: true}}},
		"an injected Region not named too": {Columns: hive, Partitions: []engine.Partition{{Column: column("region", "string"), Injected: true}}},
	} {
		if sql, err := engine.Athena.Statement(&table, asked); err == nil {
			t.Errorf("%s: %s", name, sql)
		}
	}
}

var trails = map[string]engine.Trail{
	"account trail": {Bucket: "example-trail", Accounts: []string{"111122223333"}, Regions: []string{"us-east-2"}, From: day("2025-06-01")},
	"organisation trail": {Bucket: "example-trail", Prefix: "audit/", Organization: "o-exampleorg0", Table: "org_logs", Schema: "trails",
		Accounts: []string{"111122223333", "444455556666"}, Regions: []string{"us-east-2", "eu-west-1"}},
	"nothing named": {},
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	for name, trail := range trails {
		for _, d := range []engine.Dialect{engine.Athena, engine.Trino} {
			ddl, err := engine.DDL(d, trail)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, string(d)+" "+name+".ddl.sql", ddl)
		}
	}
	for name, bad := range map[string]engine.Trail{
		"a table":        {Table: "logs`; DROP"},
		"a schema":       {Schema: "a b"},
		"a bucket":       {Bucket: "Not A Bucket'"},
		"a prefix":       {Prefix: "it's"},
		"an account":     {Accounts: []string{"1111,2222"}},
		"a Region":       {Regions: []string{"us-east-1','x"}},
		"a organisation": {Organization: "o-x/../.."},
	} {
		for _, d := range []engine.Dialect{engine.Athena, engine.Trino} {
			if ddl, err := engine.DDL(d, bad); err == nil {
				t.Errorf("%s goes into a definition of %s as it is:\n%s", name, d, ddl)
			}
		}
	}
	if _, err := engine.DDL(engine.Lake, engine.Trail{}); err == nil {
		t.Error("Lake has no tables to define")
	}
}

// A name is a name, whatever stands in it: between its quotes no quote stands alone.
func TestNoNameEndsItsQuotes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		quoted := engine.Identifier(name)
		inner := quoted[1 : len(quoted)-1]
		if strings.Contains(strings.ReplaceAll(inner, `""`, ""), `"`) || strings.ReplaceAll(inner, `""`, `"`) != name {
			t.Fatalf("%q is quoted as %s", name, quoted)
		}
	})
}

// missing skips a test for want of a tool; in CI it fails.
func missing(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// TestTrinosOwnParserTakesEveryStatement parses the SQL of all three dialects,
// which are Trino's language: Athena's is its version 3, Lake's is a part of it.
func TestTrinosOwnParserTakesEveryStatement(t *testing.T) {
	t.Parallel()
	home := trinonode.ForTest(t)
	var names, texts []string
	for _, s := range statements {
		sql, err := s.dialect.Statement(&s.table, s.ask)
		if err != nil {
			t.Fatal(err)
		}
		// Lake alone takes the id of a store unquoted.
		names, texts = append(names, s.name), append(texts, strings.ReplaceAll(sql, "FROM 0a1b2c3d-1111-4222-8333-0123456789ab", "FROM store"))
	}
	for name, trail := range trails {
		ddl, err := engine.DDL(engine.Trino, trail)
		if err != nil {
			t.Fatal(err)
		}
		names, texts = append(names, "the definition of "+name), append(texts, ddl)
	}
	names, texts = append(names, "what is not SQL"), append(texts, "SELECT FROM WHERE")
	cmd := exec.CommandContext(t.Context(), "java", "-cp", filepath.Join(home, "lib", "*"), filepath.Join("testdata", "Parse.java"))
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\x00"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(said) != len(names) {
		t.Fatalf("%d answers to %d statements: %q", len(said), len(names), said)
	}
	for i, name := range names {
		if good := said[i] == "ok"; good != (name != "what is not SQL") {
			t.Errorf("%s: %s\n%s", name, said[i], texts[i])
		}
	}
}

// TestASecondParserTakesTheAthenaStatements parses what is for Athena with
// sqlglot's dialect of that name, the definitions too, which are Hive's language.
func TestASecondParserTakesTheAthenaStatements(t *testing.T) {
	t.Parallel()
	python := "python3"
	if set := os.Getenv("SCIMTRAIL_SQLGLOT_PYTHON"); set != "" {
		python = set
	}
	if err := exec.CommandContext(t.Context(), python, "-c", "import sqlglot").Run(); err != nil {
		missing(t, err)
	}
	var texts []string
	for _, s := range statements {
		if s.dialect == engine.Athena {
			sql, err := s.dialect.Statement(&s.table, s.ask)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, sql)
		}
	}
	for _, trail := range trails {
		ddl, err := engine.DDL(engine.Athena, trail)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, ddl)
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "parse.py"))
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\x00"))
	if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "" {
		t.Errorf("%v: %s", err, out)
	}
}
