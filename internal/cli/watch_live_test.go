package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"github.com/scimtrail/scimtrail/internal/watch"
)

// liveProgram is the program while it runs; it is ended in order when the test is over. Its
// standard error is told when the test fails.
type liveProgram struct {
	t   *testing.T
	cmd *exec.Cmd
	out *bufio.Reader
	err *noise
}

// noise is what a program says meanwhile.
type noise struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *noise) Write(p []byte) (int, error) { n.mu.Lock(); defer n.mu.Unlock(); return n.b.Write(p) }
func (n *noise) String() string              { n.mu.Lock(); defer n.mu.Unlock(); return n.b.String() }

func prepare(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = append([]string{"scimtrail"}, args...) // the test binary stands for the program (TestMain)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "AWS_SESSION_TOKEN=", "AWS_PROFILE=", "AWS_REGION=", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true", "SCIMTRAIL_NOTIFY_URLS=", "OTEL_EXPORTER_OTLP_ENDPOINT="), env...)
	return cmd
}

func startProgram(t *testing.T, dir string, env []string, args ...string) *liveProgram {
	t.Helper()
	p := &liveProgram{t: t, cmd: prepare(t, dir, env, args...), err: &noise{}}
	p.cmd.Stderr = p.err
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.end()
		if t.Failed() {
			t.Logf("%s said:\n%s", args[0], p.err)
		}
	})
	return p
}

// end asks the program to end and waits until it has.
func (p *liveProgram) end() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_, _ = io.Copy(io.Discard, p.out)
	_ = p.cmd.Wait()
}

// transition waits for the next alert that opens or closes.
func (p *liveProgram) transition() watch.Transition {
	p.t.Helper()
	late := time.AfterFunc(2*time.Minute, func() { _ = p.cmd.Process.Kill() }) // which ends the reading
	defer late.Stop()
	line, err := p.out.ReadBytes('\n')
	var tr watch.Transition
	if err != nil || json.Unmarshal(line, &tr) != nil {
		p.t.Fatalf("no line of an alert came within two minutes: %v: %s", err, line)
	}
	return tr
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for patience := time.Now().Add(time.Minute); !holds(); {
		if time.Now().After(patience) {
			t.Fatalf("not within a minute: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// laterThan waits until what happens now lies after a moment: of one second, nobody
// knows what came first (cloudtrail reference 1.2).
func laterThan(t *testing.T, at time.Time) {
	t.Helper()
	eventually(t, "the next second", func() bool { return time.Now().Unix() > at.Unix() })
}

// TestWatchingAnIdentityCenterLive: the program emulates an Identity Center, acts as
// its identity provider, and watches it over LookupEvents. A member added by hand
// is noticed, with the answer of why; what the provider writes next mends it; and
// the archive that was kept meanwhile gives the same alerts in a replay.
func TestWatchingAnIdentityCenterLive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	people := "user,group\nann.stone@example.com,App-AWS-Admins\nbob.hill@example.com,App-AWS-Readers\n"
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	startProgram(t, dir, nil, "emulate", "--ready-file", "ready.json", "--region", "us-east-2", "--identity-store-id", "d-9a67000001")
	var at struct {
		BaseURL, AccessKeyID, SecretAccessKey, Token string
	}
	eventually(t, "the emulator is ready", func() bool {
		data, err := os.ReadFile(filepath.Join(dir, "ready.json"))
		return err == nil && json.Unmarshal(data, &at) == nil && at.BaseURL != ""
	})
	env := []string{"AWS_ENDPOINT_URL=" + at.BaseURL, "AWS_ACCESS_KEY_ID=" + at.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + at.SecretAccessKey}
	push := func() {
		t.Helper()
		if said, err := prepare(t, dir, nil, "push", "people.csv", "--ready-file", "ready.json", "--as", "okta", "--remove").CombinedOutput(); err != nil {
			t.Fatalf("push: %v\n%s", err, said)
		}
	}

	w := startProgram(t, dir, env, "watch", "--archive", "case.db", "--from", "lookup://us-east-2", "--every", "1s", "--listen", "127.0.0.1:0")
	push()
	filled := time.Now()
	var address string
	eventually(t, "watch says where its metrics are", func() bool {
		if m := regexp.MustCompile(`msg="serving metrics" address=(\S+)`).FindStringSubmatch(w.err.String()); m != nil {
			address = m[1]
		}
		return address != ""
	})

	laterThan(t, filled)
	group := addByHand(t, at.BaseURL, at.AccessKeyID, at.SecretAccessKey, "bob.hill@example.com", "App-AWS-Admins")
	opened := w.transition()
	if opened.Transition != watch.Opened || opened.Rule != "changed-outside-scim" || opened.GroupID != group || opened.Count != 1 {
		t.Fatalf("the first line is not of the member that was added by hand: %+v", opened)
	}
	if opened.Answer == nil || opened.Answer.Status == "" || opened.Answer.Summary == "" || !strings.HasSuffix(opened.Answer.Ask, "--from case.db") {
		t.Errorf("the alert does not carry the answer of why: %+v", opened.Answer)
	}
	if opened.Noticed.Before(opened.Opened) {
		t.Errorf("noticed %v, opened %v", opened.Noticed, opened.Opened)
	}
	eventually(t, "the metrics show an open alert", func() bool {
		return strings.Contains(get(t, "http://"+address+"/metrics"), `scimtrail_alerts_open{rule="changed-outside-scim",severity="warning"} 1`)
	})
	if ready := get(t, "http://"+address+"/readyz"); !strings.Contains(ready, `"ready":true`) || !strings.Contains(ready, `"role":"active"`) {
		t.Errorf("/readyz says %s", ready)
	}

	laterThan(t, opened.Opened)
	push() // takes out of the group whom the file does not put there
	closed := w.transition()
	if closed.Transition != watch.Closed || closed.ID != opened.ID || closed.Occurrence != opened.Occurrence || !strings.Contains(closed.Mended, "SCIM wrote the members of the group again") {
		t.Fatalf("the second line is not of what SCIM mended: %+v", closed)
	}
	w.end()
	if status := w.cmd.ProcessState.ExitCode(); status != 0 {
		t.Errorf("watch ended with status %d", status)
	}
	if all := w.err.String(); strings.Contains(all, at.SecretAccessKey) || strings.Contains(all, at.Token) {
		t.Error("a secret is in the log")
	}

	replayed, err := prepare(t, dir, nil, "watch", "--replay", "case.db", "--format", "jsonl").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(replayed), []byte("\n"))
	if len(lines) != 2 {
		t.Fatalf("the replay tells %d transitions, watching told 2:\n%s", len(lines), replayed)
	}
	for i, live := range []watch.Transition{opened, closed} {
		var again watch.Transition
		if err := json.Unmarshal(lines[i], &again); err != nil {
			t.Fatal(err)
		}
		if again.Name() != live.Name() || !again.At().Equal(live.At()) {
			t.Errorf("watching told %s at %v, the replay %s at %v", live.Name(), live.At(), again.Name(), again.At())
		}
	}
}

// addByHand puts a user into a group over the Identity Store API, and returns the
// group's id.
func addByHand(t *testing.T, endpoint, key, secret, user, group string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	api := identitystore.New(identitystore.Options{Region: "us-east-2", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider(key, secret, "")})
	store := aws.String("d-9a67000001")
	id := func(path, value string, find func(types.AlternateIdentifier) (*string, error)) string {
		t.Helper()
		by := &types.AlternateIdentifierMemberUniqueAttribute{Value: types.UniqueAttribute{AttributePath: &path, AttributeValue: document.NewLazyDocument(value)}}
		found, err := find(by)
		if err != nil {
			t.Fatal(err)
		}
		return *found
	}
	who := id("userName", user, func(by types.AlternateIdentifier) (*string, error) {
		out, err := api.GetUserId(ctx, &identitystore.GetUserIdInput{IdentityStoreId: store, AlternateIdentifier: by})
		if err != nil {
			return nil, err
		}
		return out.UserId, nil
	})
	where := id("displayName", group, func(by types.AlternateIdentifier) (*string, error) {
		out, err := api.GetGroupId(ctx, &identitystore.GetGroupIdInput{IdentityStoreId: store, AlternateIdentifier: by})
		if err != nil {
			return nil, err
		}
		return out.GroupId, nil
	})
	if _, err := api.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{IdentityStoreId: store, GroupId: &where, MemberId: &types.MemberIdMemberUserId{Value: who}}); err != nil {
		t.Fatal(err)
	}
	return where
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
