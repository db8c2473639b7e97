//go:build unix

package emulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

var built struct {
	once sync.Once
	dir  string
	err  error
}

// TestMain lets more tests run side by side than there are processors: many wait for
// a time limit or a program. -parallel says otherwise.
func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "6")
	status := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(status)
}

// program builds the real program, once.
func program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "scimtrail-test-"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", filepath.Join(built.dir, "scimtrail"), "../../cmd/scimtrail").CombinedOutput()
		if err != nil {
			built.err = errors.New(string(out))
		}
	})
	if built.err != nil {
		t.Fatalf("building the program: %v", built.err)
	}
	return filepath.Join(built.dir, "scimtrail")
}

// process is a running emulator.
type process struct {
	*served
	cmd    *exec.Cmd
	stderr *bytes.Buffer
	done   chan struct{}
}

// patience is how long a process may take on a busy machine.
const patience = time.Minute

// launch starts an emulator and waits until it is ready.
func launch(t testing.TB, args ...string) *process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ready.json")
	p := &process{served: &served{t: t}, stderr: new(bytes.Buffer), done: make(chan struct{})}
	p.cmd = exec.Command(program(t), append([]string{"emulate", "--listen", "127.0.0.1:0", "--ready-file", file}, args...)...)
	p.cmd.Stderr = p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		data, err := os.ReadFile(file)
		if err == nil {
			if err := json.Unmarshal(data, &p.Ready); err != nil {
				t.Fatalf("the ready file is not whole: %v: %s", err, data)
			}
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the ready file has mode %v, %v", info.Mode(), err)
			}
			return p
		}
		select {
		case <-p.done:
			t.Fatalf("it ended with %d: %s", p.cmd.ProcessState.ExitCode(), p.stderr)
		default:
		}
		if !errors.Is(err, fs.ErrNotExist) || time.Now().After(end) {
			t.Fatalf("it is not ready: %v", err)
		}
	}
}

// end sends a signal, waits, and returns the exit status, -1 for one that was
// killed, and how long it took.
func (p *process) end(signal os.Signal) (status int, took time.Duration) {
	p.t.Helper()
	begun := time.Now()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatal("it does not end")
	}
	return p.cmd.ProcessState.ExitCode(), time.Since(begun)
}

func (p *process) stop() {
	p.t.Helper()
	if status, took := p.end(syscall.SIGTERM); status != 0 || took > patience/2 {
		p.t.Errorf("stopping ended with %d after %v: %s", status, took, p.stderr)
	}
}

// command runs the program to its end.
func command(t testing.TB, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program(t), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestHowItEnds(t *testing.T) {
	t.Parallel()
	running := launch(t, "--state", filepath.Join(t.TempDir(), "state"))
	taken := strings.TrimPrefix(running.BaseURL, "http://")
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	small := launch(t, "--state", filepath.Join(dir, "other"), "--identity-store-id", "d-9a67000001")
	small.stop()
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--listen", "127.0.0.1"}, 2, "host and a port"},
		{[]string{"--listen", "127.0.0.1:99999"}, 1, "listening on"},
		{[]string{"--listen", taken}, 1, "listening on"},
		{[]string{"--state", file}, 1, file},
		{[]string{"--state", filepath.Join(file, "below")}, 1, file},
		{[]string{"--state", ""}, 2, "--state is empty"},
		{[]string{"--state", filepath.Join(dir, "other"), "--identity-store-id", "d-9a67000002"}, 1, "d-9a67000001"},
		{[]string{"--deliver", file}, 1, file},
		{[]string{"--ready-file", filepath.Join(dir, "nowhere", "ready.json")}, 1, "ready file"},
		{[]string{"--ready-file", dir}, 1, dir},
		{[]string{"--identity-store-id", "d-x"}, 2, "--identity-store-id"},
		{[]string{"--region", "moon"}, 2, "--region"},
		{[]string{"--account", "1"}, 2, "--account"},
		{[]string{"--throttle", "some"}, 2, "--throttle"},
		{[]string{"--lookup-delay", "-1s"}, 2, "--lookup-delay"},
		{[]string{"--lookup-delay", "soon"}, 2, "lookup-delay"},
		{[]string{"--nonsense"}, 2, "nonsense"},
		{[]string{"nonsense"}, 2, "nonsense"},
		{[]string{"token"}, 2, "list, create"},
		{[]string{"token", "list"}, 2, "--state DIR"},
		{[]string{"token", "drop"}, 2, "drop"},
		{[]string{"token", "delete", "--state", dir}, 2, "one token id"},
		{[]string{"token", "list", "--format", "xml", "--state", dir}, 2, "--format xml"},
		{[]string{"token", "list", "--state", filepath.Join(dir, "nowhere")}, 1, "no emulator's state"},
		{[]string{"token", "list", "--ready-file", filepath.Join(dir, "nowhere")}, 1, "ready file"},
		{[]string{"clock", "--advance", "-1h", "--state", dir}, 2, "forward"},
		{[]string{"fault", "--rate429", "0.1", "--state", filepath.Join(dir, "other")}, 1, "does not run"},
	} {
		status, out, errs := command(t, append([]string{"emulate"}, c.args...)...)
		if status != c.status || !strings.Contains(errs, c.says) || !strings.HasPrefix(errs, "scimtrail: ") || out != "" {
			t.Errorf("%v: status %d, want %d: %s%s", c.args, status, c.status, out, errs)
		}
	}
	if a := running.scim("GET", "/Users", ""); a.StatusCode != 200 {
		t.Errorf("the one that runs: %d %s", a.StatusCode, a.body)
	}
	running.stop()
}

func TestASecondProcessSaysThatThereIsOne(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	first := launch(t, "--state", dir)
	ready := filepath.Join(t.TempDir(), "ready.json")
	if err := os.WriteFile(ready, []byte("of the first"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, errs := command(t, "emulate", "--state", dir, "--ready-file", ready)
	if status != 1 || !strings.Contains(errs, "another process") || !strings.Contains(errs, dir) {
		t.Errorf("a second ends with %d: %s", status, errs)
	}
	if data, err := os.ReadFile(ready); err != nil || string(data) != "of the first" {
		t.Errorf("it touched the ready file: %q, %v", data, err)
	}
	first.stop()
	launch(t, "--state", dir).stop()
}

func TestListeningElsewhereIsSaidLoudly(t *testing.T) {
	t.Parallel()
	p := launch(t, "--listen", "0.0.0.0:0")
	if a := p.admin("GET", "tokens", ""); a.StatusCode != 200 || !strings.HasPrefix(p.BaseURL, "http://127.0.0.1:") {
		t.Errorf("the administration at %s: %d", p.BaseURL, a.StatusCode)
	}
	p.stop()
	if !strings.Contains(p.stderr.String(), "Attention: it listens on") {
		t.Errorf("said: %s", p.stderr)
	}
	quiet := launch(t)
	quiet.stop()
	if strings.Contains(quiet.stderr.String(), "Attention") || !strings.Contains(quiet.stderr.String(), quiet.SCIMURL) {
		t.Errorf("said: %s", quiet.stderr)
	}
	if strings.Contains(quiet.stderr.String(), quiet.Token) || strings.Contains(quiet.stderr.String(), quiet.SecretAccessKey) {
		t.Error("a secret was printed")
	}
}

func TestTokensByCommandWhetherItRunsOrNot(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	do := func(want int, args ...string) (out string) {
		t.Helper()
		status, out, errs := command(t, append([]string{"emulate", "token"}, append(args, "--state", dir, "--format", "json")...)...)
		if status != want || (status != 0) != (errs != "") {
			t.Errorf("%v: status %d, want %d: %s%s", args, status, want, out, errs)
		}
		return out
	}
	p := launch(t, "--state", dir)
	first, _, _ := strings.Cut(p.Token, ":")
	for _, running := range []bool{true, false} {
		if !running {
			p.stop()
		}
		var made emulator.TokenJSON
		if err := json.Unmarshal([]byte(do(0, "create")), &made); err != nil || made.ID == "" || made.Token == "" || made.ExpiresAt.Sub(made.CreatedAt) < 364*24*time.Hour {
			t.Errorf("made: %+v, %v", made, err)
		}
		do(1, "create")
		var list emulator.TokensJSON
		if err := json.Unmarshal([]byte(do(0, "list")), &list); err != nil || len(list.Tokens) != 2 || list.Tokens[0].ID != first || list.Tokens[1].ID != made.ID {
			t.Errorf("listed: %+v, %v", list, err)
		}
		if strings.Contains(do(0, "list"), made.Token) {
			t.Error("a list shows a secret")
		}
		do(0, "expire", made.ID)
		if err := json.Unmarshal([]byte(do(0, "list")), &list); err != nil || !*list.Tokens[1].Expired || *list.Tokens[0].Expired {
			t.Errorf("after one expired: %+v, %v", list, err)
		}
		if out := do(0, "delete", made.ID); out != "" {
			t.Errorf("deleting prints %q", out)
		}
		do(1, "delete", made.ID)
		do(1, "expire", made.ID)
	}
	if status, out, errs := command(t, "emulate", "clock", "--advance", "9000h", "--state", dir); status != 0 || !strings.Contains(out, "9000h0m0s ahead") {
		t.Errorf("advancing the clock of one that does not run: %d %s%s", status, out, errs)
	}
	again := launch(t, "--state", dir)
	if a := again.scim("GET", "/Users", ""); a.StatusCode != 401 {
		t.Errorf("the first token after more than a year: %d", a.StatusCode)
	}
	again.stop()
}

func TestClockAndFaultsByCommand(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	p := launch(t, "--state", dir)
	status, out, errs := command(t, "emulate", "clock", "--advance", "90m", "--state", dir, "--format", "json")
	var now emulator.ClockJSON
	if err := json.Unmarshal([]byte(out), &now); status != 0 || err != nil || now.Offset != "1h30m0s" || time.Until(now.Now) < 89*time.Minute {
		t.Errorf("the clock: %d %s%s, %v", status, out, errs, err)
	}
	status, out, errs = command(t, "emulate", "fault", "--rate429", "1", "--delivery-late", "10m", "--state", dir)
	if status != 0 || !strings.Contains(out, `"deliveryLate": "10m0s"`) {
		t.Errorf("a fault: %d %s%s", status, out, errs)
	}
	if a := p.scim("GET", "/Users", ""); a.StatusCode != 429 {
		t.Errorf("throttled: %d", a.StatusCode)
	}
	if status, _, errs := command(t, "emulate", "fault", "--rate429", "7", "--state", dir); status != 1 || !strings.Contains(errs, "0 to 1") {
		t.Errorf("nonsense: %d %s", status, errs)
	}
	if status, out, errs := command(t, "emulate", "fault", "--clear", "--state", dir); status != 0 || !strings.Contains(out, `"rate429": 0`) || !strings.Contains(out, `"deliveryLate": "0s"`) {
		t.Errorf("clearing: %d %s%s", status, out, errs)
	}
	if a := p.scim("GET", "/Users", ""); a.StatusCode != 200 {
		t.Errorf("cleared: %d", a.StatusCode)
	}
	p.stop()
}
