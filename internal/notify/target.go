package notify

import (
	"context"
	"errors"
	"fmt"
	"html"
	"mime"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// Message is what is delivered. Its texts hold no control characters: whoever
// makes it sees to that.
type Message struct {
	ID       string // of what happened; the same when it is told again
	Thread   string // of what it is about: an opening and its closing share it
	Closes   bool   // it is the end of its thread
	Severity string // critical, warning, info
	Title    string // one line
	Text     string // lines
	JSON     []byte // the whole of it, for programs
}

// Target is where messages go.
type Target interface {
	// Name tells it from other targets; it holds no secret.
	Name() string
	// Deliver sends a message. Its error holds no secret.
	Deliver(ctx context.Context, m Message) error
}

// service is a target that shoutrrr reaches.
type service struct {
	name   string
	scheme string
	whole  bool // a webhook that gets the JSON
	html   bool // mail that is read as HTML
	sender *router.ServiceRouter
	busy   atomic.Bool // a sending has not come back yet
}

// timeout bounds one sending.
const timeout = 20 * time.Second

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Parse reads addresses, one a line, each with a name before it if it is to have
// one; lines that begin with # are comments:
//
//	oncall pagerduty://events.pagerduty.com/0123456789abcdef0123456789abcdef
//	slack://hook:T00000000-B00000000-000000000000000000000000@webhook
//
// An error names the line and no part of the address.
func Parse(text string) ([]Target, error) {
	var out []Target
	used := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, address, named := strings.Cut(line, " ")
		if !named {
			name, address = "", line
		}
		t, err := open(name, strings.TrimSpace(address), i+1)
		if err != nil {
			return nil, err
		}
		if used[t.name] {
			return nil, fmt.Errorf("line %d: the name %s was given before", i+1, t.name)
		}
		used[t.name] = true
		out = append(out, t)
	}
	return out, nil
}

func open(name, address string, line int) (*service, error) {
	if name != "" && !nameForm.MatchString(name) {
		return nil, fmt.Errorf("line %d: a name has letters, digits, dots and dashes; it stands before the address", line)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return nil, fmt.Errorf("line %d: it is no address: they begin with slack://, smtp://, generic:// and the like", line)
	}
	scheme, _, _ := strings.Cut(strings.ToLower(u.Scheme), "+")
	whole := scheme == "generic" && !u.Query().Has("template")
	if whole && !u.Query().Has("@Content-Type") {
		// Its own is that of plain text. A parameter with @ is a header.
		more := url.Values{"@Content-Type": {"application/json"}}.Encode()
		u.RawQuery = strings.Trim(u.RawQuery+"&"+more, "&")
		address = u.String()
	}
	sender, err := router.New(nil, address)
	if err != nil {
		reason := "it is not of the form that " + safeScheme(scheme) + " asks for"
		if errors.Is(err, router.ErrUnknownService) {
			reason = "there is no such service; there are generic, smtp, slack, teams, pagerduty (https://shoutrrr.nickfedor.com has the rest)"
		}
		return nil, fmt.Errorf("line %d: %s", line, reason)
	}
	sender.Timeout = timeout
	s := &service{name: name, scheme: scheme, whole: whole, sender: sender}
	for key, values := range u.Query() {
		s.html = s.html || scheme == "smtp" && strings.EqualFold(key, "usehtml") && len(values) > 0 && !slices.Contains([]string{"", "no", "false", "0"}, strings.ToLower(values[0]))
	}
	if name == "" {
		s.name = fmt.Sprintf("%s-%d", scheme, line)
	}
	return s, nil
}

var schemeForm = regexp.MustCompile(`^[a-z]{2,20}$`)

// safeScheme returns a scheme that is one, since somebody may write a secret there.
func safeScheme(s string) string {
	if schemeForm.MatchString(s) {
		return s
	}
	return "the service"
}

// Name returns the name.
func (s *service) Name() string { return s.name }

// Deliver sends a message in the form that the service takes.
func (s *service) Deliver(ctx context.Context, m Message) error {
	// The library can't be called off: a sending that hangs is waited for by one
	// goroutine, and no second is begun beside it.
	if !s.busy.CompareAndSwap(false, true) {
		return &Failure{Target: s.name, Reason: "an earlier message has not been answered yet"}
	}
	text, params := s.form(m)
	done := make(chan error, 1)
	go func() {
		defer s.busy.Store(false)
		done <- errors.Join(s.sender.Send(text, params)...)
	}()
	select {
	case err := <-done:
		return s.explain(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// form makes text and parameters of a message.
func (s *service) form(m Message) (string, *types.Params) {
	title, text := oneLine(m.Title), bounded(m.Text, mostText)
	params := types.Params{}
	switch s.scheme {
	case "generic":
		if s.whole {
			return string(m.JSON), &params
		}
	case "slack", "googlechat":
		title, text = entities(title), entities(text)
	case "smtp":
		if s.html {
			text = "<pre>" + html.EscapeString(text) + "</pre>"
		}
		title = mime.QEncoding.Encode("utf-8", title)
	case "logger", "pushover", "gotify", "ntfy", "ifttt", "join", "pushbullet", "opsgenie", "signal":
		// These show text as it is.
	case "pagerduty":
		params["dedup_key"] = bounded(m.Thread, 255) // https://developer.pagerduty.com/docs/send-alert-event
		params["severity"] = m.Severity
		params["action"] = "trigger"
		if m.Closes {
			params["action"] = "resolve"
		}
		return bounded(title+"\n"+text, 1024), &params
	case "telegram":
		title, text = entities(title), entities(text)
		params["parsemode"] = "HTML"
	case "teams": // the title of a MessageCard is shown as it is
		title, text = unmentioned(title), marked(text)
	default:
		title, text = marked(title), marked(text)
	}
	params.SetTitle(title)
	return text, &params
}

// The longest title and text, in characters: Telegram takes 4,096 and the others more,
// and a mail's subject is one line.
const (
	mostTitle = 200
	mostText  = 3500
)

// oneLine makes a title that is one, whatever is in it: a line break in a mail's
// subject would begin another header.
func oneLine(s string) string {
	return bounded(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s), mostTitle)
}

// bounded cuts a text that is too long.
func bounded(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-1]) + "…"
}

var (
	mention    = regexp.MustCompile(`(?i)@(channel|here|everyone|all|team)\b`)
	opening    = strings.NewReplacer("<@", "< @", "<!", "< !", "<#", "< #") // Discord's
	ampersands = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	marks      = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "(", `\(`, ")", `\)`, "<", `\<`, ">", `\>`, "#", `\#`, "|", `\|`, "~", `\~`, "!", `\!`)
)

// unmentioned takes their meaning from the words that call a whole channel.
func unmentioned(s string) string { return opening.Replace(mention.ReplaceAllString(s, "@ $1")) }

// entities is for services in which < begins a mention or a link
// (https://docs.slack.dev/messaging/formatting-message-text#escaping).
func entities(s string) string { return ampersands.Replace(unmentioned(s)) }

// marked is for services that read Markdown.
func marked(s string) string { return marks.Replace(unmentioned(s)) }

var statusForm = regexp.MustCompile(`\b([45][0-9]{2})\b`)

// explain says what went wrong without a word of the library's: it quotes
// addresses.
func (s *service) explain(err error) error {
	if err == nil {
		return nil
	}
	f := &Failure{Target: s.name}
	switch said := err.Error(); {
	case errors.Is(err, router.ErrServiceTimeout), isTimeout(err):
		f.Reason = fmt.Sprintf("it did not answer within %v", timeout)
	case isUnreachable(err):
		f.Reason = "it can't be reached"
	case statusForm.MatchString(said):
		status := statusForm.FindStringSubmatch(said)[1]
		f.Reason = "it answered " + status
		f.Refused = status[0] == '4' && status != "408" && status != "425" && status != "429"
	default:
		f.Reason = "the message was not taken"
	}
	return f
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout() || strings.Contains(err.Error(), "timeout")
}

func isUnreachable(err error) bool {
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	// Some services keep only the words of an error.
	said := err.Error()
	return strings.Contains(said, "connection refused") || strings.Contains(said, "no such host") || strings.Contains(said, "network is unreachable")
}

// Failure says that a target did not take a message. It holds no secret.
type Failure struct {
	Target, Reason string
	// Refused says that the target will not take this message however often it is
	// sent.
	Refused bool
}

// Error is one sentence.
func (f *Failure) Error() string { return "sending to " + f.Target + ": " + f.Reason }
