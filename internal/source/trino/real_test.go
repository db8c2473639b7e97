package trino_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/source/trino"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/trinonode"
)

// node starts a real Trino, or skips the test where none is asked for.
func node(t *testing.T) *trinonode.Node {
	t.Helper()
	home := trinonode.ForTest(t)
	var log bytes.Buffer
	n, err := trinonode.Start(t.Context(), home, 0, &log)
	if err != nil {
		t.Fatalf("%v\n%.4000s", err, log.String())
	}
	t.Cleanup(n.Stop)
	return n
}

func builder(t *testing.T) *casefile.Builder {
	t.Helper()
	return casefile.NewBuilder(actor.Default())
}

// answers are the events of a case as the program prints them.
func answers(t *testing.T, c *casefile.Case) []string {
	t.Helper()
	var events []*casefile.Event
	for i := range c.Events {
		events = append(events, &c.Events[i])
	}
	for i := range c.Undated {
		events = append(events, &c.Undated[i])
	}
	var b strings.Builder
	if err := report.EventsJSONL(&b, events, ledger.Build(c)); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(b.String()), "\n")
}

func scanned(t *testing.T, folder string) *casefile.Case {
	t.Helper()
	b := builder(t)
	if err := file.New(folder, file.Options{NoCustody: true}).Collect(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

func asked(t *testing.T, n *trinonode.Node, table string, q live.Query) *casefile.Case {
	t.Helper()
	name, err := trino.ParseName("trino://" + n.Host + "/" + trinonode.Catalog + "/" + trinonode.Schema + "/" + table)
	if err != nil {
		t.Fatal(err)
	}
	source, err := trino.New(name, trino.Options{}, q)
	if err != nil {
		t.Fatal(err)
	}
	b := builder(t)
	if err := source.Collect(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

// define puts a tree into the node's bucket and defines a table over it, as
// --print-ddl does.
func define(t *testing.T, n *trinonode.Node, folder, prefix string, trail engine.Trail) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		return n.Put(prefix+"/"+filepath.ToSlash(rel), data)
	})
	if err != nil {
		t.Fatal(err)
	}
	trail.Catalog, trail.Schema, trail.Bucket, trail.Prefix = trinonode.Catalog, trinonode.Schema, trinonode.Bucket, prefix
	ddl, err := engine.DDL(engine.Trino, trail)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Query(t.Context(), ddl); err != nil {
		t.Fatalf("%v\n%s", err, ddl)
	}
}

func TestARealTrinoAnswersAsTheFileScanDoes(t *testing.T) {
	n := node(t)
	tree := filepath.Join(t.TempDir(), "tree")
	plan, err := loggen.New(loggen.Options{Seed: 7, Bytes: 8 << 20, Files: 24, IdentityShare: 40, DecoyShare: 100, Organization: "o-exampleorg0", Days: 5})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.WriteTree(context.Background(), tree, nil); err != nil {
		t.Fatal(err)
	}
	accounts, regions := plan.Options().Accounts, plan.Options().Regions
	define(t, n, tree, "generated", engine.Trail{Table: "generated", Organization: "o-exampleorg0", Accounts: accounts, Regions: regions, From: plan.Options().From})
	example := filepath.Join("..", "..", "..", "examples", "proven-logs")
	define(t, n, example, "example", engine.Trail{Table: "example", Accounts: []string{"111122223333"}, Regions: []string{"us-east-2"}, From: time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC)})

	t.Run("an example", func(t *testing.T) {
		want, got := scanned(t, filepath.Join(example, "AWSLogs")), asked(t, n, "example", live.Query{})
		if diff := cmp.Diff(answers(t, want), answers(t, got)); diff != "" || len(want.Events) == 0 {
			t.Errorf("%d events, the file scan's against Trino's:\n%s", len(want.Events), diff)
		}
		covered(t, got, want)
	})
	want := scanned(t, tree)
	if len(want.Events) < 50 {
		t.Fatalf("only %d events were generated", len(want.Events))
	}
	t.Run("a generated organisation", func(t *testing.T) {
		got := asked(t, n, "generated", live.Query{})
		if diff := cmp.Diff(answers(t, want), answers(t, got)); diff != "" {
			t.Errorf("the file scan's against Trino's:\n%s", diff)
		}
		if got.Statistics.Records != want.Statistics.Records {
			t.Errorf("%d records, the file scan counts %d", got.Statistics.Records, want.Statistics.Records)
		}
		covered(t, got, want)
		t.Logf("%d events of %d records", len(got.Events), got.Statistics.Records)
	})
	t.Run("one account and Region, two days", func(t *testing.T) {
		during := span.Span{From: plan.Options().From.Add(24 * time.Hour), To: plan.Options().From.Add(72 * time.Hour)}
		got := asked(t, n, "generated", live.Query{Span: during, Place: casefile.Place{Account: accounts[0], Region: regions[0]}})
		var chosen []string
		for _, line := range answers(t, want) {
			var event struct {
				Time            time.Time
				Account, Region string
			}
			if err := json.Unmarshal([]byte(line), &event); err != nil {
				t.Fatal(err)
			}
			if event.Account == accounts[0] && event.Region == regions[0] && during.Contains(event.Time) {
				chosen = append(chosen, line)
			}
		}
		if diff := cmp.Diff(chosen, answers(t, got)); diff != "" || len(chosen) == 0 {
			t.Errorf("%d events, the file scan's against Trino's:\n%s", len(chosen), diff)
		}
		for _, c := range got.Coverage {
			if c.Account != accounts[0] || c.Region != regions[0] || !during.Covers(c.Span) {
				t.Errorf("covers %+v, which was not asked", c)
			}
		}
	})
	t.Run("an account that the table does not have", func(t *testing.T) {
		got := asked(t, n, "generated", live.Query{Place: casefile.Place{Account: "999999999999"}})
		if len(got.Coverage) != 0 || !strings.Contains(strings.Join(got.Notes, "\n"), "holds no record at all of account 999999999999") {
			t.Errorf("covers %v, notes %q", got.Coverage, got.Notes)
		}
	})
	t.Run("columns as in the tables of Athena", func(t *testing.T) {
		columns(t, n, tree, want)
	})
}

// covered checks that a table claims no ground that the files do not.
func covered(t *testing.T, got, want *casefile.Case) {
	t.Helper()
	if len(got.Coverage) == 0 {
		t.Errorf("nothing is covered")
	}
	for _, c := range got.Coverage {
		if c.Channel != "trino" || c.Complete != casefile.Claimed {
			t.Errorf("covers %+v", c)
		}
		files := want.Coverage.Of(c.Source, casefile.Place{Account: c.Account, Region: c.Region}, casefile.Claimed)
		if !files.Covers(c.Span) {
			t.Errorf("covers %s %s %s %v, the files only %v", c.Account, c.Region, c.Source, c.Span, files.Spans())
		}
	}
}

// columns asks a table that has a column a field, with the types of the tables
// that Athena's documentation defines.
func columns(t *testing.T, n *trinonode.Node, tree string, want *casefile.Case) {
	t.Helper()
	var lines bytes.Buffer
	err := filepath.WalkDir(tree, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		var log struct{ Records []json.RawMessage }
		if err := json.NewDecoder(z).Decode(&log); err != nil {
			return err
		}
		for _, record := range log.Records {
			lines.Write(flat(t, record))
			lines.WriteByte('\n')
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Put("columns/records.json", lines.Bytes()); err != nil {
		t.Fatal(err)
	}
	err = n.Query(t.Context(), fmt.Sprintf(`CREATE TABLE %s.%s.columns (
  eventversion varchar,
  useridentity row(type varchar, principalid varchar, arn varchar, accountid varchar, invokedby varchar, accesskeyid varchar, username varchar, credentialid varchar, identityprovider varchar,
    onbehalfof row(userid varchar, identitystorearn varchar),
    sessioncontext row(attributes row(mfaauthenticated varchar, creationdate varchar), sessionissuer row(type varchar, principalid varchar, arn varchar, accountid varchar, username varchar))),
  eventtime varchar, eventsource varchar, eventname varchar, awsregion varchar, sourceipaddress varchar, useragent varchar, errorcode varchar, errormessage varchar,
  requestparameters varchar, responseelements varchar, additionaleventdata varchar, requestid varchar, eventid varchar, readonly varchar,
  resources array(row(arn varchar, accountid varchar, type varchar)), eventtype varchar, recipientaccountid varchar, sharedeventid varchar, eventcategory varchar,
  addendum row(reason varchar, updatedfields varchar, originalrequestid varchar, originaleventid varchar),
  sessioncredentialfromconsole varchar, tlsdetails row(tlsversion varchar, ciphersuite varchar, clientprovidedhostheader varchar)
) WITH (format = 'JSON', external_location = 's3://%s/columns/')`, trinonode.Catalog, trinonode.Schema, trinonode.Bucket))
	if err != nil {
		t.Fatal(err)
	}
	got := asked(t, n, "columns", live.Query{})
	if diff := cmp.Diff(answers(t, want), answers(t, got)); diff != "" {
		t.Errorf("the file scan's against Trino's:\n%s", diff)
	}
}

// flat is a record as Athena's SerDe reads it: objects of no fixed members are the
// text of their JSON.
func flat(t *testing.T, record json.RawMessage) []byte {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(record, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"requestParameters", "responseElements", "additionalEventData", "readOnly", "sessionCredentialFromConsole"} {
		if value, ok := fields[name]; ok && string(value) != "null" && value[0] != '"' {
			fields[name], _ = json.Marshal(string(value))
		}
	}
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
