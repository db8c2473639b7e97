package cli_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/scimclient"
	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

// scripted lets a script stand for the test that an emulator wants.
type scripted struct{ *testscript.TestScript }

func (scripted) Helper()                          {}
func (s scripted) Errorf(format string, a ...any) { s.Logf(format, a...) }
func (s scripted) Fatalf(format string, a ...any) { s.TestScript.Fatalf(format, a...) }
func (s scripted) Cleanup(f func())               { s.Defer(f) }

// running are the emulators of the scripts that run.
var running sync.Map // of *testscript.TestScript

func centerOf(ts *testscript.TestScript) *idcentertest.Server {
	s, ok := running.Load(ts)
	if !ok {
		ts.Fatalf("no center was started")
	}
	return s.(*idcentertest.Server)
}

// idOf finds a user or group by name, over SCIM.
func idOf(ts *testscript.TestScript, s *idcentertest.Server, kind, name string) string {
	attribute := map[string]string{"User": "userName", "Group": "displayName"}[kind]
	c, err := scimclient.New(s.SCIMURL, s.Token, scimclient.Options{})
	ts.Check(err)
	id := ""
	ts.Check(c.List(context.Background(), "looking for "+name, "/"+kind+"s", attribute+" eq "+scimclient.Quoted(name), func(p scimclient.Page) error {
		for _, raw := range p.Resources {
			var r scimclient.Resource
			ts.Check(scimclient.Decode(raw, &r))
			id = r.ID
		}
		return nil
	}))
	if id == "" {
		ts.Fatalf("there is no %s %s", kind, name)
	}
	return id
}

// center starts an Identity Center for the script and tells it where it is:
//
//	center            $SCIM, $STORE, $REGION, the token and AWS's variables
func center(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: center")
	}
	s := idcentertest.New(scripted{ts}, idcentertest.WithIdentityStoreID("d-9a67000001"), idcentertest.InRegion("us-east-2"))
	for name, value := range map[string]string{
		"SCIM": s.SCIMURL, "STORE": s.IdentityStoreID, "REGION": s.Region, "SCIMTRAIL_SCIM_TOKEN": s.Token,
		"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": s.AccessKeyID, "AWS_SECRET_ACCESS_KEY": s.SecretAccessKey,
		"AWS_REGION": "", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		ts.Setenv(name, value)
	}
	running.Store(ts, s)
}

// hand changes a membership as a person at the console does:
//
//	hand add|remove USER GROUP
func hand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: hand add|remove USER GROUP")
	}
	s := centerOf(ts)
	user, group := idOf(ts, s, "User", args[1]), idOf(ts, s, "Group", args[2])
	switch args[0] {
	case "add":
		s.Console("eve").AddMember(group, user)
	case "remove":
		s.Console("eve").RemoveMember(group, user)
	}
}

// logs writes what was recorded so far into a folder, as CloudTrail delivers it:
//
//	logs FOLDER
func logs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: logs FOLDER")
	}
	centerOf(ts).WriteLogs(ts.MkAbs(args[0]))
}

// page starts a server that answers everything with a web page, as a proxy does that
// wants somebody to sign in: $PAGE.
func page(ts *testscript.TestScript, _ bool, _ []string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Sign in</title>")
	}))
	ts.Defer(s.Close)
	ts.Setenv("PAGE", s.URL)
}

var unsteady = []struct {
	form *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+/[0-9A-Za-z-]+/scim/v2`), "ENDPOINT"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?( UTC|Z)?`), "TIME"},
	{regexp.MustCompile(`(okta|sailpoint)://127\.0\.0\.1:\d+`), "$1://ORG"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "ORG"},
	{regexp.MustCompile(`aStandIn\d+`), "REQUEST"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d`), "DAY"},
	{regexp.MustCompile(`\d{8}T\d{6}Z`), "TIME"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`scimtrail-probe-[0-9a-f]{16}`), "scimtrail-probe-RANDOM"},
	{regexp.MustCompile(`\.[0-9a-f]{8}\.journal`), ".HASH.journal"},
	{regexp.MustCompile(`sha256:[0-9a-f]+`), "sha256:HASH"},
}

// steady writes into FILE what a command printed, with words in place of what
// differs from run to run:
//
//	steady stdout FILE
func steady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: steady stdout FILE")
	}
	text := ts.ReadFile(args[0])
	for _, u := range unsteady {
		text = u.form.ReplaceAllString(text, u.word)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
}

// secret fails when any of the files, or what a command printed, holds the token
// or the secret key:
//
//	secret FILE...
func secret(ts *testscript.TestScript, neg bool, args []string) {
	s := centerOf(ts)
	for _, name := range args {
		text := ts.ReadFile(name)
		if strings.Contains(text, s.Token) || strings.Contains(text, s.SecretAccessKey) {
			ts.Fatalf("%s holds a secret", name)
		}
		if company, ok := stages.Load(ts); ok {
			for variable, value := range company.(*upstreamtest.Stage).Env() {
				if !strings.HasSuffix(variable, "_ID") && !strings.HasSuffix(variable, "_URL") && strings.Contains(text, value) {
					ts.Fatalf("%s holds the secret of %s", name, variable)
				}
			}
		}
	}
}
