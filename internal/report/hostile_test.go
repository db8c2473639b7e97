package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

// poisons are strings that some reader of reports would act on.
var poisons = map[string]string{
	"terminal escapes":   "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b2J\u009b31m",
	"script":             `"><script>alert(1)</script><img src=x onerror=alert(1)>`,
	"a closing style":    `</style></title></svg><script>alert(1)</script>`,
	"a Markdown link":    "[click](https://evil.example.org) ![x](https://evil.example.org/x.png) <https://evil.example.org> www.evil.example.org",
	"a Markdown table":   "a | b |\n| --- | --- |\n| c | d |",
	"a Markdown heading": "\n# heading\n- item\n> quote\n***\n```\ncode\n",
	"backticks":          "``` ` `` ```` <b>",
	"a formula":          `=HYPERLINK("https://evil.example.org","x")`,
	"a formula behind":   "\t@SUM(1+1)*cmd|' /C calc'!A0",
	"a line of CSV":      "a\",\"b\r\n=1+1,\"c",
	"a turned name":      "user\u202egnp.exe\u2066\u200b\ufeff",
	"a tag character":    "x\U000e0041\U000e007f",
	"broken UTF-8":       "a\xff\xfe\xc3(",
	"a very long name":   strings.Repeat("long ", 2000),
	"a very long word":   strings.Repeat("W", 10000),
	"a template":         "{{.Secret}} {{template \"block\"}} ${x}",
	"a JavaScript link":  "javascript:alert(1)",
	"a data link":        "data:text/html,<script>alert(1)</script>",
	"a formula of Japan": "＝1+1",
	"a negative number":  "-1+1",
	"an HTML entity":     "&lt;script&gt; &#60;b&#62; &colon;",
	"a line separator":   "a\u2028b\u2029c\u0085d",
}

// poisoned is a case in which every string that can be chosen is the poison.
func poisoned(t testing.TB, poison string) *casefile.Case {
	t.Helper()
	s := newScene(t)
	s.call(cloudtrail.Draft{
		Time: day(3), Action: cloudtrail.APICreateMembership(store, analysts, user(1), membership(1)), SourceIP: poison, UserAgent: poison,
		Caller:  cloudtrail.Caller{Type: "AssumedRole", Account: home, AccessKey: poison, Role: poison, RoleID: poison, Session: poison},
		Account: home,
	})
	failing := cloudtrail.SCIMPatchGroup(tenant, analysts, cloudtrail.SCIMOperation{Op: poison, Path: poison})
	s.call(cloudtrail.Draft{Time: day(4), Action: failing, SourceIP: poison, UserAgent: poison, Caller: cloudtrail.Caller{Account: home, AccessKey: poison},
		Failure: cloudtrail.Failure{Code: poison, Message: poison}})
	text := func(v string) json.RawMessage { b, _ := json.Marshal(v); return b }
	raw, err := json.Marshal(map[string]any{
		"eventVersion": "1.11", "eventTime": "2025-09-05T10:00:00Z", "eventSource": awsid.SourceAPI, "eventName": text("Create" + poison), "awsRegion": text(poison),
		"recipientAccountId": text(poison), "eventID": text(poison), "requestID": text(poison), "userAgent": text(poison), "sourceIPAddress": text(poison),
		"userIdentity":      map[string]any{"type": text(poison), "userName": text(poison), "arn": text(poison), "invokedBy": text(poison)},
		"requestParameters": map[string]any{"groupId": text(poison), "userId": text(poison), "displayName": text(poison), "identityStoreId": text(poison)},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.raw(raw)
	s.cover(poison, poison, day(1), day(9), casefile.Claimed)
	s.b.Cover(casefile.Cover{Account: home, Region: poison, Source: awsid.SourceSCIM, Span: casefile.Cover{}.Span, Channel: poison, Complete: casefile.Claimed})
	listing := s.b.Input(casefile.Input{Path: poison, Kind: poison})
	s.b.Snapshot(directory.Snapshot{Store: store, Input: listing, NotBefore: day(9), NotAfter: day(9), Clock: directory.ClockManifest,
		Groups: []directory.Group{{ID: analysts, Name: poison, Audit: directory.Audit{CreatedBy: poison}}, {ID: poison, Name: poison}},
		Users:  []directory.User{{ID: user(1), UserName: poison, DisplayName: poison + "2"}},
		Memberships: []directory.Membership{
			{ID: membership(1), Group: analysts, User: user(1)}, {ID: poison, Group: poison, User: poison, Audit: directory.Audit{CreatedBy: poison, CreatedAt: day(2)}},
		}, MembersOf: []string{analysts}})
	s.b.Unreadable(casefile.Loss{Path: poison, Reason: poison, Lost: poison})
	s.b.Note(poison)
	s.b.Seal(casefile.Seal{Account: poison, Region: poison, Tampered: []casefile.Tampering{{Object: poison, What: poison}}, Limits: []string{poison}})
	return s.b.Build()
}

// unseen returns the first character that a terminal or a viewer acts on or
// hides, line feeds aside.
func unseen(s string) (rune, bool) {
	for _, r := range s {
		if r != '\n' && (!unicode.IsPrint(r) || unicode.Is(unicode.Cf, r)) {
			return r, true
		}
	}
	return 0, false
}

func checkShown(t *testing.T, what, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%s is not valid UTF-8", what)
	}
	if r, bad := unseen(s); bad {
		t.Errorf("%s holds %U as it stands", what, r)
	}
}

func TestNothingOfTheEvidenceActs(t *testing.T) {
	t.Parallel()
	for name, poison := range poisons {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := poisoned(t, poison)
			l := ledger.Build(c)
			for _, group := range []string{analysts, ""} {
				in := about(t, c, group)
				checkPage(t, in)
				checkShown(t, "the page", string(render(t, in.HTML)))
				checkMarkdown(t, string(render(t, in.Markdown)))
				checkJSON(t, "report.json", render(t, in.JSON))
				files := shelf{}
				if err := in.Bundle(files); err != nil {
					t.Fatal(err)
				}
				checkJSON(t, "the manifest", files["evidence/manifest.json"].Bytes())
			}
			events := eventsOf(c)
			checkCSV(t, render(t, func(w io.Writer) error { return report.EventsCSV(w, events, l) }))
			table := string(render(t, func(w io.Writer) error { return report.EventsTable(w, events, l, report.Style{Width: 120}) }))
			checkShown(t, "the table", table)
			for line := range strings.Lines(table) {
				if n := report.Width(strings.TrimSuffix(line, "\n")); n > 120 {
					t.Errorf("a line of the table takes %d columns", n)
				}
			}
			if got, want := strings.Count(table, "\n"), len(events)+1; got != want {
				t.Errorf("the table has %d lines, want %d", got, want)
			}
			lines := bytes.Split(bytes.TrimSuffix(render(t, func(w io.Writer) error { return report.EventsOCSF(w, events, l, "") }), []byte("\n")), []byte("\n"))
			if len(lines) != len(events) {
				t.Errorf("OCSF has %d lines for %d events", len(lines), len(events))
			}
			for _, line := range lines {
				checkJSON(t, "OCSF", line)
			}
		})
	}
}

func checkJSON(t *testing.T, what string, data []byte) {
	t.Helper()
	if !json.Valid(data) {
		t.Errorf("%s is not valid JSON", what)
	}
	checkShown(t, what, string(data))
}

var (
	codeBlock = regexp.MustCompile("(?ms)^(`{3,})\n.*?^(`{3,})\n")
	escaped   = regexp.MustCompile("\\\\[\\\\`*_\\[\\]<>|~&$:.+=#)-]")
)

// checkMarkdown takes away what is code and what is escaped; what is left may
// hold only the report's own markup.
func checkMarkdown(t *testing.T, md string) {
	t.Helper()
	checkShown(t, "the Markdown", md)
	columns := 0
	for line := range strings.Lines(codeBlock.ReplaceAllString(md, "")) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "|-") {
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if columns != 0 && n != columns {
				t.Errorf("a row has %d bars where its table has %d: %.200q", n, columns, line)
			}
			columns = n
		} else {
			columns = 0
		}
		bare := escaped.ReplaceAllString(line, "e") // a letter, so that what stands around it does not join
		for fence := spans(bare); fence != ""; fence = spans(bare) {
			bare = strings.Replace(bare, fence, "c", 1)
		}
		for _, bad := range []string{"<", "](", "![", "`", "://", "www."} {
			if strings.Contains(bare, bad) {
				t.Errorf("%q stands unescaped: %.300q", bad, line)
			}
		}
	}
}

// spans returns the first code span of a line, as CommonMark has it: from a run
// of backticks to the next run of the same length.
func spans(line string) string {
	runs := regexp.MustCompile("`+").FindAllStringIndex(line, -1)
	for i, open := range runs {
		for _, end := range runs[i+1:] {
			if end[1]-end[0] == open[1]-open[0] {
				return line[open[0]:end[1]]
			}
		}
	}
	return ""
}

func checkCSV(t *testing.T, data []byte) {
	t.Helper()
	checkShown(t, "the CSV", strings.ReplaceAll(string(data), "\r\n", "\n"))
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a cell begins a formula: %.80q", cell)
			}
		}
	}
}

func TestCell(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays", "alex@example.com", "alex@example.com"},
		{"an account number stays", "111122223333", "111122223333"},
		{"an equals sign is defused", "=1+1", "'=1+1"},
		{"a plus is defused", "+1", "'+1"},
		{"a minus is defused", "-1", "'-1"},
		{"an at is defused", "@SUM(A1)", "'@SUM(A1)"},
		{"a tab before a formula does not hide it", "\t=1", "' =1"},
		{"blanks before a formula do not hide it", "  =1", "'  =1"},
		{"a control character before a formula does not hide it", "\x00=1", `'\u0000=1`},
		{"a carriage return is defused", "\rx", "' x"},
		{"a full-width sign is defused", "＝1", "'＝1"},
		{"a formula later in the cell is text", "a=1", "a=1"},
		{"nothing stays nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := report.Cell(c.in); got != c.want {
				t.Errorf("Cell(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// FuzzNothingOfTheEvidenceActs puts any string wherever the evidence can be
// chosen, and holds every format to what it promises.
func FuzzNothingOfTheEvidenceActs(f *testing.F) {
	for _, poison := range poisons {
		if len(poison) < 200 {
			f.Add(poison)
		}
	}
	f.Fuzz(func(t *testing.T, poison string) {
		if strings.Trim(poison, " ") == "" || len(poison) > 2000 {
			t.Skip("nothing to show")
		}
		c := poisoned(t, poison)
		in := about(t, c, analysts)
		checkPage(t, in)
		checkShown(t, "the page", string(render(t, in.HTML)))
		checkMarkdown(t, string(render(t, in.Markdown)))
		checkJSON(t, "report.json", render(t, in.JSON))
		l := ledger.Build(c)
		checkCSV(t, render(t, func(w io.Writer) error { return report.EventsCSV(w, eventsOf(c), l) }))
		checkShown(t, "the table", string(render(t, func(w io.Writer) error { return report.EventsTable(w, eventsOf(c), l, report.Style{Width: 90}) })))
		checkShown(t, "OCSF", string(render(t, func(w io.Writer) error { return report.EventsOCSF(w, eventsOf(c), l, "") })))
	})
}
