package idcentertest_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/idcentertest"
)

// probe is a test that fails on purpose, and remembers why.
type probe struct {
	exampleTest
	said []string
}

func (p *probe) Errorf(format string, args ...any) {
	p.said = append(p.said, fmt.Sprintf(format, args...))
}
func (p *probe) Fatalf(format string, args ...any) {
	p.Errorf(format, args...)
	panic(p) // does not return, as a test's Fatalf does not
}

// fatal returns what do ended its test with.
func (p *probe) fatal(do func()) (said string) {
	defer func() {
		if v := recover(); v != nil && v != any(p) {
			panic(v)
		}
		said = strings.Join(p.said, "; ")
		p.said = nil
	}()
	do()
	return
}

func TestAServerIsWhatItsOptionsSay(t *testing.T) {
	t.Parallel()
	srv := idcentertest.New(t, idcentertest.InAccount("444455556666"), idcentertest.InRegion("eu-central-1"), idcentertest.WithIdentityStoreID("d-9a67000001"))
	got := []string{srv.Account, srv.Region, srv.IdentityStoreID}
	if diff := cmp.Diff([]string{"444455556666", "eu-central-1", "d-9a67000001"}, got); diff != "" {
		t.Error(diff)
	}
	if srv.SCIMURL != srv.URL+"/"+srv.TenantID+"/scim/v2" || !strings.HasPrefix(srv.InstanceARN, "arn:aws:sso:::instance/") {
		t.Errorf("%+v", srv)
	}
	scim(srv, srv.Token, "POST", "/Users", ann)
	var record struct{ RecipientAccountID, AwsRegion string }
	if err := json.Unmarshal(srv.Events()[0].JSON, &record); err != nil || record.RecipientAccountID != srv.Account || record.AwsRegion != srv.Region {
		t.Errorf("the record is of %+v, %v", record, err)
	}
}

func TestAServerEndsWithItsTestAlsoWhileCallsAreHeldBack(t *testing.T) {
	t.Parallel()
	p := new(probe)
	srv := idcentertest.New(p)
	srv.SetFaults(idcentertest.Faults{Latency: 5 * time.Minute})
	done := make(chan error)
	go func() {
		res, err := http.Get(srv.SCIMURL + "/Users")
		if err == nil {
			res.Body.Close()
		}
		done <- err
	}()
	begun := time.Now()
	p.end()
	<-done                                               // answered or cut off
	if took := time.Since(begun); took > 2*time.Minute { // the call is held back for five
		t.Errorf("the end took %v", took)
	}
	if _, err := http.Get(srv.URL); err == nil {
		t.Error("it still listens")
	}
	if len(p.said) > 0 {
		t.Error(p.said)
	}
}

func TestTokensAreNamedBySecretOrID(t *testing.T) {
	t.Parallel()
	srv := idcentertest.New(t)
	second := srv.NewToken()
	status := func(token string) int {
		res, _ := scim(srv, token, "GET", "/Users", "")
		return res.StatusCode
	}
	srv.ExpireToken(srv.Token)
	if got := [2]int{status(srv.Token), status(second.Secret)}; got != [2]int{401, 200} {
		t.Errorf("the first expired: %v", got)
	}
	srv.DeleteToken(second.ID)
	if got := status(second.Secret); got != 401 {
		t.Errorf("the second was deleted: %d", got)
	}
	if e := srv.Events(); e[1].AccessKeyID != second.ID {
		t.Errorf("a call with token %s is recorded as of %s", second.ID, e[1].AccessKeyID)
	}
	if !second.ExpiresAt.After(srv.Now().Add(364 * 24 * time.Hour)) {
		t.Errorf("a new token is good until %v", second.ExpiresAt)
	}
}

func TestASilentTokenLeavesNoTrace(t *testing.T) {
	t.Parallel()
	srv := idcentertest.New(t, idcentertest.SilentToken())
	if res, _ := scim(srv, srv.Token, "POST", "/Users", ann); res.StatusCode != 201 {
		t.Fatal(res.Status)
	}
	scim(srv, srv.NewToken().Secret, "GET", "/Users", "")
	var names []string
	for _, e := range srv.Events() {
		names = append(names, e.Name)
	}
	if diff := cmp.Diff([]string{"ListUsers"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeDoneEndsTheTestAndSaysWhy(t *testing.T) {
	t.Parallel()
	p := new(probe)
	defer p.end()
	srv := idcentertest.New(p)
	for _, c := range []struct {
		name string
		do   func()
		want string
	}{
		{"a clock that goes back", func() { srv.Advance(-time.Hour) }, "the clock only goes forward"},
		{"a share above one", func() { srv.SetFaults(idcentertest.Faults{Throttled: 2}) }, "a rate is from 0 to 1"},
		{"a third token", func() { srv.NewToken(); srv.NewToken() }, "making a token"},
		{"a token that is none", func() { srv.ExpireToken("x") }, "expiring a token"},
		{"a group that is none", func() { srv.Console("eve@example.com").DeleteGroup("x") }, "DeleteGroup in the console by eve@example.com"},
		{"a folder that is not empty", func() {
			dir := t.TempDir()
			srv.WriteLogs(dir)
			srv.WriteLogs(dir)
		}, "is not empty"},
		{"an account that is none", func() { idcentertest.New(p, idcentertest.InAccount("1")) }, "starting an Identity Center"},
	} {
		if said := p.fatal(c.do); !strings.Contains(said, c.want) {
			t.Errorf("%s: %q, which lacks %q", c.name, said, c.want)
		}
	}
}

func TestTheLogIsWrittenAsABucketHoldsIt(t *testing.T) {
	t.Parallel()
	srv := idcentertest.New(t)
	scim(srv, srv.Token, "POST", "/Users", ann)
	srv.Advance(3 * time.Hour)
	dir := path.Join(t.TempDir(), "logs")
	srv.WriteLogs(dir)
	kinds := map[string]int{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		parts := strings.Split(name, "/")
		switch {
		case err != nil || d.IsDir():
		case len(parts) > 3 && slices.Equal(parts[:2], []string{"AWSLogs", srv.Account}) && parts[3] == srv.Region:
			kinds[parts[2]]++
		case strings.HasPrefix(name, "list-public-keys"):
			kinds["keys"]++
		default:
			kinds[name]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if kinds["CloudTrail"] != 1 || kinds["CloudTrail-Digest"] < 6 || kinds["keys"] != 1 || len(kinds) != 3 {
		t.Errorf("%v", kinds)
	}
}
