package emulator_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/emulator"
	"github.com/scimtrail/scimtrail/internal/emulator/state"
	"github.com/scimtrail/scimtrail/internal/idcenter"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

func TestARestartGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	first := start(t, emulator.Config{State: dir, Account: "444455556666", Region: "eu-west-1", Store: "d-9a67000001"})
	id := first.create("ann")
	second, err := first.CreateToken(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	robot, err := first.AddCaller(emulator.Caller{Type: "AssumedRole", Role: "Connector", Name: "sync"})
	if err != nil {
		t.Fatal(err)
	}
	first.admin("POST", "clock", `{"advance":"48h"}`)
	keys := first.aws("CloudTrail_20131101.ListPublicKeys", `{}`).body
	offset := first.Clock.Offset()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	again := start(t, emulator.Config{State: dir})
	before, after := first.Ready, again.Ready
	before.BaseURL, before.SCIMURL, after.BaseURL, after.SCIMURL = "", "", "", ""
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("what it says when it is ready (-before +after):\n%s", diff)
	}
	if after.Account != "444455556666" || after.Region != "eu-west-1" || after.IdentityStoreID != "d-9a67000001" {
		t.Errorf("it is %+v", after)
	}
	if got := again.Clock.Offset(); got != offset {
		t.Errorf("the clock was %v ahead and is %v", offset, got)
	}
	if diff := cmp.Diff(keys, again.aws("CloudTrail_20131101.ListPublicKeys", `{}`).body); diff != "" {
		t.Errorf("the key (-before +after):\n%s", diff)
	}
	if got := names(again.events()); got != "CreateUser" {
		t.Errorf("recorded before: %s", got)
	}
	if a := again.scim("GET", "/Users/"+id, ""); a.StatusCode != 200 {
		t.Errorf("the user: %d %s", a.StatusCode, a.body)
	}
	if a := again.send("GET", again.SCIMURL+"/Users", "", "Authorization: Bearer "+second.Token); a.StatusCode != 200 || names(again.events()) != "GetUser, CreateUser" {
		t.Errorf("by the legacy token: %d, recorded %s", a.StatusCode, names(again.events()))
	}
	if _, err := again.AddCaller(robot); err == nil {
		t.Error("the other caller was forgotten")
	}
}

func TestADeletedFirstTokenStaysDeleted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, emulator.Config{State: dir})
	id, _, _ := strings.Cut(first.Token, ":")
	if err := first.DeleteToken(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, emulator.Config{State: dir})
	if list, err := again.Tokens(t.Context()); err != nil || len(list.Tokens) != 0 || again.Token != "" {
		t.Errorf("tokens: %+v, %v; told: %q", list, err, again.Token)
	}
}

func TestAStateIsOfOneStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, emulator.Config{State: dir, Store: "d-9a67000001"})
	if _, err := emulator.Open(t.Context(), emulator.Config{State: dir}); !errors.Is(err, state.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []emulator.Config{{Store: "d-9a67000002"}, {Account: "444455556666"}, {Region: "eu-west-1"}} {
		cfg.State = dir
		if _, err := emulator.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "its ") {
			t.Errorf("opened as %+v: %v", cfg, err)
		}
	}
	start(t, emulator.Config{State: dir, Store: "d-9a67000001", Account: "111122223333", Region: "us-east-1"})
}

// TestWhatIsDeliveredIsProvenAndRead: the folder is verified without anything
// else, over a restart, and the program's own reader finds in it what was done.
func TestWhatIsDeliveredIsProvenAndRead(t *testing.T) {
	t.Parallel()
	dir, bucket := t.TempDir(), t.TempDir()
	s := start(t, emulator.Config{State: dir, Deliver: bucket})
	s.create("ann")
	s.admin("POST", "clock", `{"advance":"2h"}`)
	s.create("bob")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, emulator.Config{State: dir, Deliver: bucket})
	s.create("eve")
	s.aws("AWSIdentityStore.CreateGroup", `{"IdentityStoreId":"`+s.IdentityStoreID+`","DisplayName":"Admins"}`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(bucket)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	inventory, err := integrity.Gather(t.Context(), root.FS())
	if err != nil {
		t.Fatal(err)
	}
	report, err := integrity.Verify(t.Context(), inventory, integrity.NewFolder(root.FS()), integrity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Errorf("%s: %s", f.Kind, f.Message)
	}
	if len(report.Chains) != 1 || len(report.Chains[0].Proven.Spans()) != 1 || report.Chains[0].Proven.Length().Hours() < 2 {
		t.Errorf("proven: %+v", report.Chains)
	}
	got := read(t, bucket)
	slices.Sort(got) // within a second there is no order
	if !slices.Equal(got, []string{"CreateGroup", "CreateUser", "CreateUser", "CreateUser"}) {
		t.Errorf("read: %v", got)
	}
}

// read returns the names of the identity events in a folder, by time.
func read(t *testing.T, dir string) (list []string) {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	if err := file.New(dir, file.Options{}).Collect(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	c := b.Build()
	for _, e := range c.Events {
		list = append(list, e.Name)
	}
	for _, u := range c.Unreadable {
		t.Errorf("%s: %s", u.Path, u.Reason)
	}
	return list
}

// TestAStateThatWasSetUpHalfIsSetUpAnew: the process died after the first token
// was made and before its secret was kept.
func TestAStateThatWasSetUpHalfIsSetUpAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, emulator.Config{State: dir})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := state.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	setup, err := d.Note("setup")
	if err != nil {
		t.Fatal(err)
	}
	half := strings.Replace(strings.Replace(string(setup), `"Done":true`, `"Done":false`, 1), first.Token, "", 1)
	if err := errors.Join(d.Put(map[string][]byte{"setup": []byte(half)}), d.Close()); err != nil {
		t.Fatal(err)
	}
	again := start(t, emulator.Config{State: dir})
	if a := again.scim("GET", "/Users", ""); a.StatusCode != 200 || again.Token == first.Token || again.TenantID != first.TenantID {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if list, _ := again.Tokens(t.Context()); len(list.Tokens) != 1 {
		t.Errorf("tokens: %+v", list)
	}
}

var _ idcenter.Journal = (*state.Database)(nil)
