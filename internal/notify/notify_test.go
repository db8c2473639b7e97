package notify_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/notify"
)

const secret = "s3cr3t0123456789abcdef0123456789"

var hostile = notify.Message{
	ID: "a1-1-opened", Thread: "a1", Severity: "critical",
	Title: "A group was emptied: <!channel> @here *App*",
	Text:  "The group <https://evil.example/|Sign in> [click](https://evil.example) @channel <@U123> was emptied.",
	JSON:  []byte(`{"schema":"scimtrail/alert/v1","transition":"opened","id":"a1"}`),
}

// inbox is a stand-in for services that speak HTTP.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	types  []string
	status int
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{status: http.StatusOK}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in.mu.Lock()
		defer in.mu.Unlock()
		in.bodies = append(in.bodies, string(body))
		in.types = append(in.types, r.Header.Get("Content-Type"))
		w.WriteHeader(in.status)
	}))
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) host() string { return strings.TrimPrefix(in.URL, "http://") }

func parse(t *testing.T, text string) []notify.Target {
	t.Helper()
	targets, err := notify.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return targets
}

func TestAWebhookGetsTheWholeAlertAsJSON(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	target := parse(t, "hook generic://"+in.host()+"/alerts?disabletls=yes")[0]
	if err := target.Deliver(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{string(hostile.JSON)}, in.bodies); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"application/json"}, in.types); diff != "" {
		t.Error(diff)
	}
}

func TestNothingOfTheEvidenceIsAMentionOrALinkInAChat(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	target := parse(t, "mattermost://bot@"+in.host()+"/"+secret+"?disabletls=yes")[0]
	if err := target.Deliver(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}
	var sent struct{ Text string }
	if err := json.Unmarshal([]byte(in.bodies[0]), &sent); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"@channel", "@here", "](", "<!", "<@", " <https"} {
		if strings.Contains(sent.Text, bad) {
			t.Errorf("%q reached the service in %q", bad, sent.Text)
		}
	}
	title, text := notify.SlackForm(hostile)
	for _, bad := range []string{"@channel", "@here", "<", ">"} {
		if strings.Contains(title+text, bad) {
			t.Errorf("%q would reach Slack in %q %q", bad, title, text)
		}
	}
	if !strings.Contains(text, "&lt;https://evil.example/|Sign in&gt;") {
		t.Errorf("what was written can't be read any more: %q", text)
	}
}

// mail is a stand-in for a mail server.
func mail(t *testing.T) (host string, got func() string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var seen bytes.Buffer
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				say := func(s string) { fmt.Fprint(c, s+"\r\n") }
				say("220 mail.example.com")
				in := bufio.NewReader(c)
				data := false
				for {
					line, err := in.ReadString('\n')
					if err != nil {
						return
					}
					mu.Lock()
					seen.WriteString(line)
					mu.Unlock()
					word := strings.ToUpper(strings.TrimSpace(line))
					switch {
					case data && strings.TrimSpace(line) == ".":
						data = false
						say("250 taken")
					case data:
					case strings.HasPrefix(word, "EHLO"):
						say("250 mail.example.com")
					case word == "DATA":
						data = true
						say("354 go on")
					case word == "QUIT":
						say("221 bye")
						return
					default:
						say("250 ok")
					}
				}
			}()
		}
	}()
	return l.Addr().String(), func() string { mu.Lock(); defer mu.Unlock(); return seen.String() }
}

func TestMailHasOneSubjectWhateverTheGroupIsCalled(t *testing.T) {
	t.Parallel()
	host, got := mail(t)
	target := parse(t, "smtp://"+host+"/?from=watch@example.com&to=ops@example.com&auth=None&encryption=None&usestarttls=no")[0]
	message := hostile
	message.Title += "\r\nBcc: everybody@example.com" + strings.Repeat(" and on", 200)
	if err := target.Deliver(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	all := got()
	if strings.Count(all, "\nSubject: ") != 1 || strings.Contains(all, "\nBcc:") || !strings.Contains(all, "RCPT TO:<ops@example.com>") || !strings.Contains(all, "was emptied") {
		t.Errorf("the server got\n%s", all)
	}
}

func TestSecretsAreInNoErrorAndNoLog(t *testing.T) {
	t.Parallel()
	refusing := newInbox(t)
	refusing.status = http.StatusForbidden
	for _, tc := range []struct{ name, address, want string }{
		{"a service that refuses", "generic://" + refusing.host() + "/" + secret + "?disabletls=yes&@Authorization=" + secret, "403"},
		{"a service that is not there", "generic://127.0.0.1:1/" + secret + "?disabletls=yes", "can't be reached"},
		{"a chat that is not there", "mattermost://" + secret + "@127.0.0.1:1/" + secret + "?disabletls=yes", "can't be reached"},
		{"a mail server that is not there", "smtp://user:" + secret + "@127.0.0.1:1/?from=watch@example.com&to=ops@example.com", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c, err := notify.New(t.Context(), notify.Options{Memory: &memory{}, Targets: parse(t, tc.address), Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Add(t.Context(), hostile, c.Targets()); err != nil {
				t.Fatal(err)
			}
			c.Round(t.Context())
			if strings.Contains(log.String()+fmt.Sprint(c.Targets()), secret) {
				t.Errorf("the secret is in the log: %s", log.String())
			}
			if !strings.Contains(log.String(), "could not be delivered") && !strings.Contains(log.String(), "was given up") || !strings.Contains(log.String(), tc.want) {
				t.Errorf("the log does not say what is wrong: %s", log.String())
			}
		})
	}
	for _, bad := range []string{
		secret, secret + "://x", "slack://" + secret, "oncall pagerduty://events.pagerduty.com/" + secret + "zz", "smtp://user:" + secret + "@%zz", "two words " + secret,
		"https://hooks.example.com/" + secret, "discord://" + secret + "@", "a a://" + secret,
	} {
		_, err := notify.Parse("# a comment\n" + bad)
		if err == nil {
			t.Errorf("an address that is none is taken: %q", bad)
		} else if strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("the error names the secret, or not the line: %v", err)
		}
	}
}

// memory keeps parcels as an archive would.
type memory struct {
	mu   sync.Mutex
	kept map[string]notify.Parcel
	fail bool
}

func (m *memory) Parcels(context.Context) (out []notify.Parcel, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.kept {
		out = append(out, p)
	}
	return out, nil
}

func (m *memory) Keep(_ context.Context, p notify.Parcel) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail {
		return errors.New("no room")
	}
	if m.kept == nil {
		m.kept = map[string]notify.Parcel{}
	}
	p.Left = slices.Clone(p.Left)
	m.kept[p.Message.ID] = p
	return nil
}

func (m *memory) Drop(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, id)
	return nil
}

// box is a target that can be out of order.
type box struct {
	name string
	mu   sync.Mutex
	got  []string
	down bool
}

func (b *box) Name() string { return b.name }

func (b *box) Deliver(_ context.Context, m notify.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return &notify.Failure{Target: b.name, Reason: "out of order"}
	}
	b.got = append(b.got, m.ID)
	return nil
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestATargetThatFailsGetsEverythingLaterInOrderAndHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	ctx, at := t.Context(), &clock{time.Date(2025, 11, 14, 0, 0, 0, 0, time.UTC)}
	a, b := &box{name: "a", down: true}, &box{name: "b"}
	keeps := &memory{}
	outcomes := map[string]int{}
	var counting sync.Mutex
	open := func() *notify.Courier {
		c, err := notify.New(ctx, notify.Options{Memory: keeps, Targets: []notify.Target{a, b}, Now: at.now, Count: func(target, outcome string) {
			counting.Lock()
			defer counting.Unlock()
			outcomes[target+" "+outcome]++
		}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := open()
	for i := range 3 {
		at.at = at.at.Add(time.Second)
		if err := c.Add(ctx, notify.Message{ID: fmt.Sprint(i)}, c.Targets()); err != nil {
			t.Fatal(err)
		}
	}
	if pause := c.Round(ctx); pause <= 0 {
		t.Errorf("with a target that fails, the next round is in %v", pause)
	}
	c.Round(ctx) // too early for a
	if diff := cmp.Diff(map[string]int{"a failed": 1, "b sent": 3}, outcomes); diff != "" {
		t.Error(diff)
	}
	c = open() // it was killed
	a.down = false
	at.at = at.at.Add(time.Hour)
	c.Round(ctx)
	want := []string{"0", "1", "2"}
	if diff := cmp.Diff(want, a.got); diff != "" {
		t.Errorf("a: %s", diff)
	}
	if diff := cmp.Diff(want, b.got); diff != "" {
		t.Errorf("b: %s", diff)
	}
	c = open()
	if err := c.Add(ctx, notify.Message{ID: "1"}, c.Targets()); err != nil {
		t.Fatal(err)
	}
	c.Round(ctx)
	if len(a.got) != 3 || c.Waiting() != 0 {
		t.Errorf("what was delivered was sent again: %v", a.got)
	}
	at.at = at.at.Add(30 * 24 * time.Hour)
	open()
	if len(keeps.kept) != 0 {
		t.Errorf("what was delivered a month ago is still kept: %d", len(keeps.kept))
	}
}

func TestAMessageThatIsRefusedForGoodKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	refusing := newInbox(t)
	refusing.status = http.StatusRequestEntityTooLarge
	at := &clock{time.Date(2025, 11, 14, 0, 0, 0, 0, time.UTC)}
	outcomes := map[string]int{}
	c, err := notify.New(t.Context(), notify.Options{Memory: &memory{}, Targets: parse(t, "hook generic://"+refusing.host()+"/?disabletls=yes"), Now: at.now,
		Count: func(_, outcome string) { outcomes[outcome]++ }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if err := c.Add(t.Context(), notify.Message{ID: fmt.Sprint(i), JSON: []byte("{}")}, c.Targets()); err != nil {
			t.Fatal(err)
		}
	}
	c.Round(t.Context())
	if c.Waiting() != 0 || outcomes["dropped"] != 2 {
		t.Errorf("%d wait, and the outcomes are %v", c.Waiting(), outcomes)
	}
}

func TestWhatNobodyTakesForDaysIsGivenUp(t *testing.T) {
	t.Parallel()
	at := &clock{time.Date(2025, 11, 14, 0, 0, 0, 0, time.UTC)}
	down := &box{name: "a", down: true}
	c, err := notify.New(t.Context(), notify.Options{Memory: &memory{}, Targets: []notify.Target{down}, Now: at.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Add(t.Context(), notify.Message{ID: "old"}, c.Targets()); err != nil {
		t.Fatal(err)
	}
	c.Round(t.Context())
	if c.Waiting() != 1 {
		t.Fatal("it was given up at once")
	}
	at.at = at.at.Add(4 * 24 * time.Hour)
	c.Round(t.Context())
	if c.Waiting() != 0 {
		t.Error("it is tried for ever")
	}
}

func TestWhatWaitsIsBounded(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dropped := 0
	c, err := notify.New(ctx, notify.Options{Memory: &memory{}, Targets: []notify.Target{&box{name: "a", down: true}}, Most: 3, Count: func(_, outcome string) {
		if outcome == "dropped" {
			dropped++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := c.Add(ctx, notify.Message{ID: fmt.Sprint(i)}, c.Targets()); err != nil {
			t.Fatal(err)
		}
	}
	if c.Waiting() != 3 || dropped != 7 {
		t.Errorf("%d wait, %d were dropped", c.Waiting(), dropped)
	}
}

func TestAMessageThatCannotBeKeptIsRefused(t *testing.T) {
	t.Parallel()
	c, err := notify.New(t.Context(), notify.Options{Memory: &memory{fail: true}, Targets: []notify.Target{&box{name: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Add(t.Context(), notify.Message{ID: "1"}, c.Targets()); err == nil || c.Waiting() != 0 {
		t.Errorf("got %v with %d waiting", err, c.Waiting())
	}
}
