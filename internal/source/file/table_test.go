package file_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

func TestTables(t *testing.T) {
	t.Parallel()
	const row = "2025-10-02T09:00:00Z,add," + api + ",CreateGroupMembership\n"
	for _, tt := range []struct {
		name, data, kind string
		events           int
	}{
		{"the console's event history", "Event name,Event time,User name,Event source,Event ID,AWS region\nCreateGroupMembership,2025-10-02T09:00:00Z,ana," + api + ",add,us-east-2\n", "athena", 1},
		{"semicolons", strings.ReplaceAll("eventtime,eventid,eventsource,eventname\n"+row, ",", ";"), "athena", 1},
		{"tabs", strings.ReplaceAll("eventtime,eventid,eventsource,eventname\n"+row, ",", "\t"), "athena", 1},
		{"results one after the other, each with its header", strings.Repeat("eventtime,eventid,eventsource,eventname\n"+row, 2), "athena", 1},
		{"rows that are too short and too long", "eventtime,eventid,eventsource,eventname\n" + row + "x\n" + strings.TrimSpace(row) + ",more,more\n", "athena", 1},
		{"a table of something else", "name,size\nx,1\n", "not-recognised", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := collect(t, folder(map[string]string{"evidence": tt.data}), file.Options{})
			if c.Inputs[0].Kind != tt.kind || len(ids(c)) != tt.events {
				t.Errorf("kind %s, events %v, lost %v", c.Inputs[0].Kind, ids(c), lost(c))
			}
		})
	}
}

func TestAnAthenaResultWithoutRecordsIsNotTakenForOne(t *testing.T) {
	t.Parallel()
	c := collect(t, folder(map[string]string{"count.json": `{"ResultSet":{"Rows":[{"Data":[{"VarCharValue":"n"}]},{"Data":[{"VarCharValue":"7"}]}]}}`}), file.Options{})
	if c.Inputs[0].Kind != "not-recognised" || len(c.Unreadable) != 1 || !strings.Contains(c.Unreadable[0].Reason, "without the columns") {
		t.Errorf("input %+v, lost %v", c.Inputs[0], lost(c))
	}
}

// FuzzTable: what stands in a cell arrives in the record, whatever it is.
func FuzzTable(f *testing.F) {
	f.Add("plain", "d-9a67000001")
	f.Add("with \"quotes\", commas\nand lines", "{a=b}")
	f.Add("{not, a row}", "\x1b[31m")
	f.Fuzz(func(t *testing.T, message, agent string) {
		for _, s := range []string{message, agent} {
			if strings.ContainsAny(s, "[]") {
				t.Skip("brackets round a user agent are taken off")
			}
			if !utf8.ValidString(s) || strings.Contains(s, "\r") || s == "" || awsid.Blanked(s) || s == "null" {
				t.Skip("a CSV or a record does not keep these as they are")
			}
		}
		var data bytes.Buffer
		w := csv.NewWriter(&data)
		_ = w.WriteAll([][]string{
			{"eventid", "eventsource", "eventname", "errormessage", "useragent"},
			{"one", scim, "PatchGroup", message, agent},
			{"two", api, "CreateGroup", "", ""},
		})
		c := collect(t, folder(map[string]string{"evidence": data.String()}), file.Options{Workers: 1})
		if len(c.Undated) != 2 {
			t.Fatalf("%d events of 2, lost %v", len(c.Undated), lost(c))
		}
		for _, e := range c.Undated {
			if e.Key == "one" && (e.ErrorMessage != message || e.UserAgent != agent) {
				t.Errorf("got %q and %q, want %q and %q", e.ErrorMessage, e.UserAgent, message, agent)
			}
		}
	})
}
