package cli_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostile are strings that a stranger may put into a log, with what they try.
var hostile = map[string]string{
	"colours":                  "\x1b[31mred\x1b[0m\x1b[2J\x1b[H",
	"a link of a terminal":     "\x1b]8;;https://example.com/\x07click\x1b]8;;\x07",
	"the clipboard":            "\x1b]52;c;ZWNobyBwd25lZA==\x07",
	"a title by C1":            "\u009d0;title\u009c\u009b31m",
	"writing from the right":   "admin\u202egnp.exe\u2066\u200b\u200f",
	"markup":                   `<script>alert(1)</script><img src=x onerror=alert(1)>"'><svg/onload=alert(1)>`,
	"markdown":                 "[click](javascript:alert(1)) ![x](https://example.com/x.png)\n# heading | cell `tick`",
	"a formula":                `=HYPERLINK("https://example.com","x")`,
	"another formula":          "@SUM(1+1)*cmd|' /C calc'!A0",
	"a formula behind a blank": "\t=1+1",
	"a command":                "$(touch pwned)`touch pwned`; touch pwned | touch pwned && touch pwned #",
	"a flag":                   "--output=/tmp/x -rf",
	"lines":                    "one\r\ntwo\n\nEstablished (never-touched). All is well.",
	"a nul":                    "a\x00b",
	"no text":                  "bad\xff\xfe\xed\xa0\x80",
	"a long name":              strings.Repeat("long", 2500),
	"JSON":                     `","verdict":{"status":"healthy"},"x":"`,
	"a path":                   "../../../../etc/passwd",
	"nothing":                  "",
}

// evidenceOf writes a case with s in every field that a stranger can write.
func evidenceOf(t *testing.T, s string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	// Not by encoding/json, which would mend what is no UTF-8.
	quoted := func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			switch c := s[i]; {
			case c == '"' || c == '\\':
				b.WriteByte('\\')
				b.WriteByte(c)
			case c < ' ':
				fmt.Fprintf(&b, `\u%04x`, c)
			default:
				b.WriteByte(c)
			}
		}
		return `"` + b.String() + `"`
	}
	q := quoted(s)
	write := func(name, text string) {
		text = strings.NewReplacer("@S", q, "@GROUP", `"34f89428-0071-70b8-45d6-05247c8b319f"`, "@USER", `"f4081428-50f1-70a0-bc91-3ec548b722ba"`).Replace(text)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const caller = `"eventVersion":"1.11","userAgent":@S,"sourceIPAddress":@S,"requestID":@S,"eventType":@S,"userIdentity":{"type":@S,"principalId":@S,"arn":@S,"accountId":@S,"userName":@S,"accessKeyId":@S,"invokedBy":@S,"sessionContext":{"sessionIssuer":{"userName":@S,"arn":@S}}},"errorMessage":@S,`
	var records []string
	for i, event := range []string{
		`"eventSource":"identitystore-scim.amazonaws.com","eventName":"PatchGroup","requestParameters":{"groupId":@GROUP,"tenantId":@S,"body":{"displayName":@S}}`,
		`"eventSource":"identitystore.amazonaws.com","eventName":"CreateGroupMembership","requestParameters":{"identityStoreId":@S,"groupId":@GROUP,"memberId":{"userId":@USER}},"responseElements":{"membershipId":@S}`,
		`"eventSource":"identitystore.amazonaws.com","eventName":"CreateGroupMembership","requestParameters":{"identityStoreId":@S,"groupId":@S,"memberId":{"userId":@S}},"responseElements":{"membershipId":@S}`,
		`"eventSource":"identitystore.amazonaws.com","eventName":"DeleteGroupMembership","requestParameters":{"identityStoreId":"d-9a67000001","membershipId":@S}`,
		`"eventSource":"sso-directory.amazonaws.com","eventName":"AddMemberToGroup","requestParameters":{"groupId":@GROUP,"memberId":@S}`,
		`"eventSource":"identitystore.amazonaws.com","eventName":@S`,
	} {
		for _, failed := range []bool{true, false} {
			c := caller
			if failed {
				c += `"errorCode":@S,`
			} else {
				c = strings.Replace(c, `"errorMessage":@S,`, "", 1)
			}
			place := `"awsRegion":@S,"recipientAccountId":@S`
			if i%2 == 0 {
				place = `"awsRegion":"us-east-2","recipientAccountId":"111122223333"`
			}
			records = append(records, fmt.Sprintf(`{%s"eventID":"e%d%v","eventTime":"2025-10-0%dT09:00:00Z",%s,%s}`, c, i, failed, i+1, place, event))
		}
	}
	records = append(records, fmt.Sprintf(`{%s"eventID":@S,"eventTime":@S,"eventSource":"identitystore.amazonaws.com","eventName":"DeleteGroup","requestParameters":{"groupId":@GROUP}}`, caller))
	write("log.json", `{"Records":[`+strings.Join(records, ",")+`]}`)
	write("groups.json", `{"Groups":[{"GroupId":@GROUP,"DisplayName":@S,"Description":@S,"IdentityStoreId":"d-9a67000001","ExternalIds":[{"Issuer":@S,"Id":@S}],"CreatedBy":@S},{"GroupId":"34f89428-0071-70b8-45d6-05247c8b3190","DisplayName":"asked","IdentityStoreId":@S}]}`)
	write("users.json", `{"Users":[{"UserId":@USER,"UserName":@S,"DisplayName":@S,"IdentityStoreId":"d-9a67000001","Emails":[{"Value":@S}],"Name":{"GivenName":@S}}]}`)
	write("members.json", `{"GroupMemberships":[{"GroupId":@GROUP,"MembershipId":@S,"MemberId":{"UserId":@USER},"IdentityStoreId":"d-9a67000001","CreatedBy":@S,"CreatedAt":"2025-10-02T09:00:00Z"}]}`)
	write("okta.json", `[{"uuid":"o1","published":"2025-10-02T09:00:00.000Z","eventType":"application.provision.group_push.pushed","displayMessage":@S,"outcome":{"result":"FAILURE","reason":@S},"actor":{"displayName":@S,"alternateId":@S},"target":[{"type":"UserGroup","id":@S,"displayName":@S}]}]`)
	return dir
}

// TestNothingFromTheLogIsInterpreted puts what strangers write into every field
// of the evidence and looks at everything that the program prints of it.
func TestNothingFromTheLogIsInterpreted(t *testing.T) {
	t.Parallel()
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := evidenceOf(t, s)
			texts := [][]string{
				{"why", "group", "34f89428-0071-70b8-45d6-05247c8b319f"}, {"why", "group", "asked"}, {"why", "group", "--", s + "x"},
				{"why", "user", "f4081428-50f1-70a0-bc91-3ec548b722ba"}, {"why", "user", "f4081428-50f1-70a0-bc91-3ec548b722ba", "--group", "asked"},
				{"events", "--reads"}, {"ledger"},
			}
			for _, args := range texts {
				r := run(t.Context(), nil, slices.Insert(args, len(args[:min(2, len(args))]), "--from", dir)...)
				if r.Status != 0 {
					t.Errorf("%.80q: status %d: %s", args, r.Status, r.Err)
				}
				mustBePlain(t, args, r.Out+r.Err)
				mustNotSpeakForItself(t, args, r.Out)
				commandsMustBeSafe(t, r.Out)
			}
			for kind, args := range map[string][]string{
				"why":    {"why", "group", "34f89428-0071-70b8-45d6-05247c8b319f", "--format", "json"},
				"events": {"events", "--reads", "--format", "json"}, "event": {"events", "--format", "jsonl"}, "ledger": {"ledger", "--format", "json"},
			} {
				r := run(t.Context(), nil, append(args, "--from", dir)...)
				if breaches, n := breachesOf(contracts[kind], r.Out); len(breaches) > 0 || n == 0 {
					t.Errorf("%s: %d documents: %.600v", kind, n, breaches)
				}
				commandsMustBeSafe(t, r.Out)
			}
			for _, args := range [][]string{{"events", "--reads", "--format", "csv"}, {"ledger", "--format", "csv"}} {
				cellsMustBeDead(t, run(t.Context(), nil, append(args, "--from", dir)...).Out)
			}
			for line := range strings.Lines(run(t.Context(), nil, "events", "--format", "ocsf", "--from", dir).Out) {
				if !json.Valid([]byte(line)) {
					t.Errorf("OCSF: %.200q", line)
				}
			}
		})
	}
}

// invisible are what a terminal acts upon or hides, the end of a line left out.
func invisible(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029)
}

func mustBePlain(t *testing.T, args []string, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, invisible); i >= 0 || !utf8.ValidString(text) {
		t.Errorf("%.80q prints %q", args, text[max(0, i-30):min(len(text), max(i, 0)+30)])
	}
}

// mustNotSpeakForItself: no line from the evidence stands as a line of the answer.
func mustNotSpeakForItself(t *testing.T, args []string, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "Established (never-touched). All is well") || strings.HasPrefix(line, "# heading") {
			t.Errorf("%.80q: the line %q comes from the evidence", args, line)
		}
	}
}

var (
	printed     = regexp.MustCompile(`(?m)^      (aws .*)$|"command": "((?:[^"\\]|\\.)*)"`)
	safeCommand = regexp.MustCompile(`^aws [a-z-]+ [a-z-]+( (--[a-z-]+|<[a-z-]+>|[A-Za-z0-9][A-Za-z0-9.:/=,_-]*))*$`)
)

// commandsMustBeSafe: a command that is shown can be pasted into a shell.
func commandsMustBeSafe(t *testing.T, text string) {
	t.Helper()
	for _, found := range printed.FindAllStringSubmatch(text, -1) {
		command := found[1]
		if found[2] != "" {
			if err := json.Unmarshal([]byte(`"`+found[2]+`"`), &command); err != nil {
				t.Errorf("%q: %v", found[2], err)
			}
		}
		if !safeCommand.MatchString(command) {
			t.Errorf("a command that a shell may read otherwise: %q", command)
		}
	}
}

func cellsMustBeDead(t *testing.T, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Errorf("CSV of %d rows: %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
				t.Errorf("a spreadsheet would act on %.80q", cell)
			}
			if i := strings.IndexFunc(cell, invisible); i >= 0 {
				t.Errorf("%.80q has a control character", cell)
			}
		}
	}
}

// TestAHostileReportIsPlainFiles: the names of a report's files are its own, and
// its page and text are as dead as the rest.
func TestAHostileReportIsPlainFiles(t *testing.T) {
	t.Parallel()
	clean := t.TempDir()
	if r := run(t.Context(), nil, "investigate", "--from", evidenceOf(t, "plain"), "--group", "34f89428-0071-70b8-45d6-05247c8b319f", "-o", clean); r.Status != 0 {
		t.Fatal(r.Err)
	}
	want := filesIn(t, clean)
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			r := run(t.Context(), nil, "investigate", "--from", evidenceOf(t, s), "--group", "34f89428-0071-70b8-45d6-05247c8b319f", "-o", out)
			if r.Status != 0 {
				t.Fatalf("status %d: %s", r.Status, r.Err)
			}
			mustBePlain(t, nil, r.Out)
			if got := filesIn(t, out); !slices.Equal(got, want) {
				t.Errorf("files %v, want %v", got, want)
			}
			for _, file := range []string{"report.html", "report.md"} {
				text, err := os.ReadFile(filepath.Join(out, file))
				if err != nil {
					t.Fatal(err)
				}
				mustBePlain(t, []string{file}, string(text))
				live := liveHTML
				if file == "report.md" {
					text, live = codeSpan.ReplaceAll(text, nil), liveMarkdown
				}
				if found := live.Find(text); found != nil {
					t.Errorf("%s has %s", file, found)
				}
			}
		})
	}
}

var (
	liveHTML     = regexp.MustCompile(`<script>alert|<img src=x|<svg/onload`)
	codeSpan     = regexp.MustCompile("(?s)```.*?```|``.*?``|`[^`]*`")
	liveMarkdown = regexp.MustCompile(`(?m)[^\\](<script|<img|<svg|\]\(javascript|\]\(https://example)|^# heading`)
)

func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
