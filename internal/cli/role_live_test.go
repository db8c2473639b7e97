package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/idcentertest"
)

// TestARoleIsAssumedInEachAccount: the history of two accounts is read in one run,
// each with the credentials of the role that is assumed there.
func TestARoleIsAssumedInEachAccount(t *testing.T) {
	t.Parallel()
	accounts := map[string]*idcentertest.Server{}
	keys := map[string]*httputil.ReverseProxy{} // by access key id
	secrets := map[string]idcentertest.Credentials{}
	for _, account := range []string{"111122223333", "444455556666"} {
		srv := idcentertest.New(t, idcentertest.InAccount(account), idcentertest.InRegion("us-east-2"), idcentertest.VerifySignatures())
		srv.Console("carla@example.com").CreateGroup("Admins-" + account)
		srv.Advance(time.Hour)
		target, err := url.Parse(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		accounts[account], secrets[account] = srv, srv.Role("audit", "scimtrail")
		keys[secrets[account].AccessKeyID] = httputil.NewSingleHostReverseProxy(target)
	}
	var assumed atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		key, scope, _ := strings.Cut(rest, "/")
		if proxy := keys[key]; proxy != nil && r.Header.Get("X-Amz-Security-Token") == "token-of-"+key {
			proxy.ServeHTTP(w, r)
			return
		}
		form, _ := url.ParseQuery(string(body))
		role := strings.Split(form.Get("RoleArn"), ":")
		if key != "AKIABASEEXAMPLE" || !strings.Contains(scope, "/sts/") || form.Get("Action") != "AssumeRole" || form.Get("ExternalId") != "case-7" || len(role) != 6 || accounts[role[4]] == nil {
			t.Errorf("neither an assumed role nor a wish to assume one: key %s, %s", key, form)
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		assumed.Add(1)
		c := secrets[role[4]]
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>%[1]s</AccessKeyId><SecretAccessKey>%[2]s</SecretAccessKey><SessionToken>token-of-%[1]s</SessionToken><Expiration>%[3]s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			c.AccessKeyID, c.SecretAccessKey, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(front.Close)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, complaints bytes.Buffer
	cmd := exec.Command(self)
	cmd.Args = []string{"scimtrail", "events", "--format", "json", "--now", accounts["111122223333"].Now().Format(time.RFC3339), "--from", "lookup://us-east-2", "--external-id", "case-7",
		"--role-arn", "arn:aws:iam::111122223333:role/audit", "--role-arn", "arn:aws:iam::444455556666:role/audit"}
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), &out, &complaints
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+front.URL, "AWS_ACCESS_KEY_ID=AKIABASEEXAMPLE", "AWS_SECRET_ACCESS_KEY=base-secret", "AWS_SESSION_TOKEN=", "AWS_PROFILE=", "AWS_REGION=",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	var answer struct {
		Events []struct{ Account, Name string }
	}
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range answer.Events {
		got = append(got, e.Name+" in "+e.Account)
	}
	slices.Sort(got)
	if all := strings.Join(got, ", "); all != "CreateGroup in 111122223333, CreateGroup in 444455556666" || assumed.Load() != 2 {
		t.Errorf("%d roles were assumed, and read: %s", assumed.Load(), all)
	}
	if all := out.String() + complaints.String(); strings.Contains(all, "token-of-") || strings.Contains(all, "base-secret") {
		t.Errorf("a secret in what is printed: %s", all)
	}
}
