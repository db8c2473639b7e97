//go:build unix

package emulator_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/integrity"
)

// written is a write that was acknowledged.
type written struct{ id, requestID string }

// write makes users until the server is gone, and notes those that were
// acknowledged.
func write(p *process, name string, n *int, note func(written)) {
	client := &http.Client{}
	for {
		*n++
		r, err := http.NewRequest("POST", p.SCIMURL+"/Users", strings.NewReader(user(fmt.Sprintf("%s-%d", name, *n))))
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Bearer "+p.Token)
		res, err := client.Do(r)
		if err != nil {
			return
		}
		data, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		var made struct{ ID string }
		if err != nil || res.StatusCode != http.StatusCreated || json.Unmarshal(data, &made) != nil {
			return
		}
		note(written{made.ID, res.Header.Get("x-amzn-RequestId")})
	}
}

// TestKillingItLosesNothing: whatever was acknowledged before SIGKILL is there
// afterwards, with its record, and no record is there without its user.
func TestKillingItLosesNothing(t *testing.T) {
	t.Parallel()
	dir, bucket := filepath.Join(t.TempDir(), "state"), t.TempDir()
	var mu sync.Mutex
	var all []written
	var counters [4]int
	for round := range 3 {
		p := launch(t, "--state", dir, "--deliver", bucket)
		enough := make(chan struct{})
		until := len(all) + 60 + 20*round
		var writers sync.WaitGroup
		for w := range counters {
			writers.Go(func() {
				write(p, fmt.Sprintf("writer-%d", w), &counters[w], func(x written) {
					mu.Lock()
					defer mu.Unlock()
					if all = append(all, x); len(all) == until {
						close(enough)
					}
				})
			})
		}
		select {
		case <-enough:
		case <-p.done:
			t.Fatalf("it ended by itself: %s", p.stderr)
		case <-time.After(patience):
			t.Fatal("the writers stand still")
		}
		if status, _ := p.end(syscall.SIGKILL); status != -1 {
			t.Fatalf("it ended with %d", status)
		}
		writers.Wait()
	}

	p := launch(t, "--state", dir, "--deliver", bucket)
	users, recorded := p.allUsers(), p.allRecorded("CreateUser")
	for _, x := range all {
		if !users[x.id] {
			t.Errorf("the user %s was acknowledged and is not there", x.id)
		}
		if recorded[x.requestID] != 1 {
			t.Errorf("the request %s was acknowledged and is recorded %d times", x.requestID, recorded[x.requestID])
		}
	}
	if len(users) != len(recorded) {
		t.Errorf("there are %d users and %d records of their making", len(users), len(recorded))
	}
	p.stop()

	made := slices.DeleteFunc(read(t, bucket), func(name string) bool { return name != "CreateUser" })
	if len(made) != len(recorded) {
		t.Errorf("%d records are delivered of %d", len(made), len(recorded))
	}
	root, err := os.OpenRoot(bucket)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	inventory := must[integrity.Inventory](t)(integrity.Gather(t.Context(), root.FS()))
	report := must[integrity.Report](t)(integrity.Verify(t.Context(), inventory, integrity.NewFolder(root.FS()), integrity.Options{}))
	for _, f := range report.Findings {
		t.Errorf("%s: %s", f.Kind, f.Message)
	}
}

// allUsers returns the ids of all users.
func (s *served) allUsers() map[string]bool {
	s.t.Helper()
	ids := map[string]bool{}
	for next := "?cursor"; next != ""; {
		var page struct {
			NextCursor string
			Resources  []struct{ ID string }
		}
		s.scim("GET", "/Users"+next, "").decode(s.t, &page)
		for _, r := range page.Resources {
			ids[r.ID] = true
		}
		next = ""
		if page.NextCursor != "" {
			next = "?cursor=" + page.NextCursor
		}
	}
	return ids
}

// allRecorded returns how often each request id is recorded under a name.
func (s *served) allRecorded(name string) map[string]int {
	s.t.Helper()
	counts := map[string]int{}
	for token := ""; ; {
		var page struct {
			Events    []struct{ CloudTrailEvent string }
			NextToken string
		}
		ask := map[string]any{"LookupAttributes": []map[string]string{{"AttributeKey": "EventName", "AttributeValue": name}}}
		if token != "" {
			ask["NextToken"] = token
		}
		body, _ := json.Marshal(ask)
		s.aws("CloudTrail_20131101.LookupEvents", string(body)).decode(s.t, &page)
		for _, e := range page.Events {
			var record event
			if err := json.Unmarshal([]byte(e.CloudTrailEvent), &record); err != nil {
				s.t.Fatal(err)
			}
			counts[record.RequestID]++
		}
		if token = page.NextToken; token == "" {
			return counts
		}
	}
}

// TestStoppingServesWhatIsInProgress: a request that a fault holds back for
// minutes is answered at once when the server stops, and is delivered.
func TestStoppingServesWhatIsInProgress(t *testing.T) {
	t.Parallel()
	dir, bucket := filepath.Join(t.TempDir(), "state"), t.TempDir()
	p := launch(t, "--state", dir, "--deliver", bucket)
	p.admin("POST", "faults", `{"latency":"5m"}`)
	body, hand := io.Pipe()
	status := make(chan int, 1)
	go func() {
		r, _ := http.NewRequest("POST", p.SCIMURL+"/Users", body)
		r.Header.Set("Authorization", "Bearer "+p.Token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			status <- 0
			return
		}
		_ = res.Body.Close()
		status <- res.StatusCode
	}()
	// The transport reads on when what it read before is on its way.
	half := len(user("ann")) / 2
	for _, part := range []string{user("ann")[:half], user("ann")[half:]} {
		if _, err := hand.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	idle, err := net.Dial("tcp", strings.TrimPrefix(p.BaseURL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	_ = hand.Close()
	// Connections are accepted in order: when a later one has been answered, the
	// request is in the server's hands and not in the kernel's queue.
	later := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := later.Get(p.BaseURL + "/_admin/clock")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	p.stop()
	if got := <-status; got != http.StatusCreated {
		t.Errorf("the request in progress was answered with %d", got)
	}
	if got := read(t, bucket); !slices.Equal(got, []string{"CreateUser"}) {
		t.Errorf("delivered: %v", got)
	}
}

func TestASlowClientIsCutOff(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for a time limit")
	}
	p := launch(t)
	c, err := net.Dial("tcp", strings.TrimPrefix(p.BaseURL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if n, err := io.Copy(io.Discard, c); err != nil {
		t.Errorf("after %d bytes: %v", n, err)
	}
	if a := p.scim("GET", "/Users", ""); a.StatusCode != 200 {
		t.Errorf("others meanwhile: %d", a.StatusCode)
	}
}

func TestTLSByItsOwnAuthority(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	p := launch(t, "--state", dir, "--tls")
	pem, err := os.ReadFile(p.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("%s is not PEM", p.CAFile)
	}
	for _, h2 := range []bool{false, true} {
		var protocols http.Protocols
		protocols.SetHTTP1(!h2)
		protocols.SetHTTP2(h2)
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, Protocols: &protocols}}
		r, _ := http.NewRequestWithContext(t.Context(), "GET", p.SCIMURL+"//Users", nil)
		r.Header.Set("Authorization", "Bearer "+p.Token)
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != 200 || (res.ProtoMajor == 2) != h2 || res.Header.Get("x-amzn-RequestId") == "" {
			t.Errorf("%s: %d", res.Proto, res.StatusCode)
		}
	}
	if status, out, errs := command(t, "emulate", "token", "list", "--state", dir); status != 0 || !strings.Contains(out, "good") {
		t.Errorf("the token command: %d %s%s", status, out, errs)
	}
	p.stop()
	again := launch(t, "--state", dir, "--tls")
	if after, err := os.ReadFile(again.CAFile); err != nil || string(after) != string(pem) {
		t.Errorf("the authority is another after a restart: %v", err)
	}
	conn, err := tls.Dial("tcp", strings.TrimPrefix(again.BaseURL, "https://"), &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /_admin/tokens HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
	line, _ := bufio.NewReader(conn).ReadString('\n')
	_ = conn.Close()
	if !strings.Contains(line, "200") {
		t.Errorf("answered %q", line)
	}
	again.stop()
}
