package actor_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

var (
	kinds = []string{actor.IDP, actor.Person, actor.Automation, actor.Connector, actor.AWS, actor.Unknown}
	vias  = []string{"scim", "api", "console", "sync", "unknown"}
)

func FuzzIdentify(f *testing.F) {
	f.Add("identitystore.amazonaws.com", agentGo, "198.51.100.7", "AssumedRole", "sailpoint-read-write", "x", "", "", false)
	f.Add("identitystore-scim.amazonaws.com", "Okta SCIM Client 1.0.0", "203.0.113.20", "WebIdentityUser", "", "", "", "", false)
	f.Add("sso-directory.amazonaws.com", "Mozilla/5.0", "", "Root", "", "", "", "", true)
	f.Add("identitystore.amazonaws.com", "sso.amazonaws.com", "sso.amazonaws.com", "AWSService", "", "", "", "sso.amazonaws.com", false)
	f.Add("identitystore.amazonaws.com", agentCloudShell, "AWS Internal", "IAMUser", "", "", "bob", "AWS Internal", true)
	f.Add("identity-sync.amazonaws.com", "\xff\xfe", "\x1b[31m", "FederatedUser", "AWSServiceRoleFor", "a@b.c", "\xff", ".amazonaws.com", false)
	catalogue := actor.Default()
	f.Fuzz(func(t *testing.T, source, agent, address, kind, role, session, user, invokedBy string, console bool) {
		r := cloudtrail.Record{
			Source: source, Name: "CreateGroupMembership", UserAgent: agent, SourceIP: address, FromConsole: console,
			Identity: cloudtrail.Identity{Type: kind, Role: role, Session: session, UserName: user, InvokedBy: invokedBy, AccessKey: user},
		}
		rhythm := actor.LearnRhythm(slices.Values([]cloudtrail.Record{r, r}))
		got := catalogue.Identify(&r, rhythm)
		if !slices.Contains(kinds, got.Kind) {
			t.Errorf("kind %q", got.Kind)
		}
		if via := actor.Via(&r); !slices.Contains(vias, via) {
			t.Errorf("via %q", via)
		}
		if got.Basis == "" || got.Family == "" {
			t.Errorf("no basis or family: %+v", got)
		}
		for _, s := range []string{got.Name, got.Principal, got.Credential, got.Address} {
			if utf8.RuneCountInString(s) > 256 {
				t.Errorf("%d characters are kept", utf8.RuneCountInString(s))
			}
		}
		if source == "identitystore-scim.amazonaws.com" && got.Kind != actor.IDP && got.Kind != actor.Unknown {
			t.Errorf("a SCIM token belongs to %s", got.Kind)
		}
		if got.Kind == actor.IDP && !got.Claimed {
			t.Errorf("an identity provider that is more than a claim: %+v", got)
		}
		// A fresh catalogue, which remembers nothing, says the same.
		if diff := cmp.Diff(got, actor.Default().Identify(&r, rhythm)); diff != "" {
			t.Errorf("the second answer differs:\n%s", diff)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add("match,pattern,kind,client\nuser-agent,^x,idp,okta\n")
	f.Add("# c\nmatch,scope,pattern,kind,client,name,confidence,source\nprincipal,api,\"a,b\",connector,x,X,low,here\n")
	f.Add("match,pattern,kind\nsession,(,person\n")
	f.Add("\ufeffMATCH,Pattern,kind\n\"\n")
	r := call(f, fields{"userAgent": agentGo, "userIdentity": assumed("x", "y")})
	f.Fuzz(func(t *testing.T, table string) {
		c, err := actor.Load(strings.NewReader(table))
		if err != nil {
			if row, ok := errors.AsType[*actor.RowError](err); ok && (row.Line < 1 || row.Line > strings.Count(table, "\n")+1) {
				t.Errorf("line %d of a table of %d lines: %v", row.Line, strings.Count(table, "\n")+1, err)
			}
			return
		}
		for _, row := range c.Rows() {
			if !slices.Contains(kinds, row.Kind) || row.Pattern == "" || row.Scope == "" || row.Confidence == "" {
				t.Errorf("an unfit row was let through: %+v", row)
			}
		}
		if got := actor.Default().With(c).Identify(r, nil); !slices.Contains(kinds, got.Kind) {
			t.Errorf("kind %q", got.Kind)
		}
	})
}

func BenchmarkIdentify(b *testing.B) {
	r := call(b, fields{"userAgent": agentGo, "userIdentity": assumed("group-filler", "x")})
	c := actor.Default()
	rhythm := actor.LearnRhythm(slices.Values(on(b, 7, 7, 7, 7, 7, 7, 7)))
	b.ReportAllocs()
	for b.Loop() {
		c.Identify(r, rhythm)
	}
}
