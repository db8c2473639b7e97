package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxAnswer = 16 << 20 // bytes; a page of 100 users has about 100 KB
	maxDetail = 4 << 10  // bytes of an error that are kept
	maxWait   = time.Minute
	maxPages  = 10_000
)

// ErrToken is wrapped when the endpoint refused the token.
var ErrToken = errors.New("the endpoint refused the token")

// answer is what came back and was not an error.
type answer struct {
	status int
	body   []byte
}

func (a answer) decode(into any) error {
	if err := json.Unmarshal(a.body, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return fmt.Errorf("the endpoint's answer is not what SCIM promises: %w", err)
	}
	return nil
}

// query builds a query in order. Blanks are + or %20, as the client writes them.
func (s *session) query(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pairs[i])
		if pairs[i] == "cursor" && pairs[i+1] == "" {
			continue // the first page: a bare ?cursor
		}
		value := url.QueryEscape(pairs[i+1])
		if !s.p.plusForBlank {
			value = strings.ReplaceAll(value, "+", "%20")
		}
		b.WriteByte('=')
		b.WriteString(value)
	}
	return b.String()
}

// quoted is a filter's value.
func quoted(v string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

// call sends a request of the client, again while it is told to wait. The error is
// a *Refusal when the endpoint refused it; anything else ends the push.
func (s *session) call(about, method, path, query string, body object) (answer, error) {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return answer{}, fmt.Errorf("writing a %s of %s: %w", method, path, err)
		}
	}
	target := s.base
	if s.p.doubledSlash {
		target += "/"
	}
	target += path
	if query != "" {
		target += "?" + query
	}
	if s.Pace > 0 && s.res.Calls > 0 {
		if err := s.wait(s.ctx, s.Pace); err != nil {
			return answer{}, err
		}
	}
	for try := 0; ; try++ {
		a, header, err := s.send(method, target, data)
		s.res.Calls++
		switch {
		case s.ctx.Err() != nil:
			return answer{}, s.ctx.Err()
		case err != nil:
			return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
		case a.status < 300:
			return a, nil
		case (a.status == http.StatusTooManyRequests || a.status >= 500 && a.status != http.StatusNotImplemented) && try < s.p.retries:
			s.res.Retried++
			if err := s.wait(s.ctx, s.pause(header.Get("Retry-After"), try)); err != nil {
				return answer{}, err
			}
			continue
		}
		r := refusal(about, method, path, query, a, header)
		if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
			s.res.Refused = append(s.res.Refused, r)
			return answer{}, fmt.Errorf("%s %s: %d: %w; it may be of another tenant, expired or deleted: create one in the console (Settings, Automatic provisioning)",
				method, path, a.status, ErrToken)
		}
		return answer{}, r
	}
}

func (s *session) send(method, target string, data []byte) (answer, http.Header, error) {
	var body io.Reader
	if data != nil {
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(s.ctx, method, target, body)
	if err != nil {
		return answer{}, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.Token)
	r.Header.Set("User-Agent", s.p.UserAgent)
	for _, h := range s.p.headers {
		r.Header.Set(h.name, h.value)
	}
	if data != nil || s.p.typeOnReads {
		r.Header.Set("Content-Type", s.p.contentType)
	}
	res, err := s.client.Do(r)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // the address may hold what was looked for
		}
		return answer{}, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(text) > maxAnswer {
		err = errors.New("the answer is over 16 MB")
	}
	return answer{res.StatusCode, text}, res.Header, err
}

// pause is how long to wait: what the endpoint says, in seconds or as a date, or the
// client's own doubling; a minute at most.
func (s *session) pause(retryAfter string, try int) time.Duration {
	wait := min(s.p.firstWait<<min(try, 16), s.p.mostWait)
	if n, err := strconv.Atoi(retryAfter); err == nil && n >= 0 {
		wait = time.Duration(min(n, 3600)) * time.Second
	} else if at, err := http.ParseTime(retryAfter); err == nil {
		wait = max(0, time.Until(at))
	}
	return min(wait, maxWait)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// resource is what of a user or group the push looks at.
type resource struct {
	ID          string `json:"id"`
	UserName    string `json:"userName"`
	ExternalID  string `json:"externalId"`
	DisplayName string `json:"displayName"`
	Name        struct {
		GivenName  string `json:"givenName"`
		FamilyName string `json:"familyName"`
	} `json:"name"`
	Emails []struct {
		Value string `json:"value"`
	} `json:"emails"`
	Active *bool `json:"active"`
}

func (r resource) active() bool { return r.Active == nil || *r.Active }

func (r resource) email() string {
	if len(r.Emails) == 0 {
		return ""
	}
	return r.Emails[0].Value
}

// list reads one page and returns the first resource, if there is one.
func (s *session) first(about, path, query string) (resource, bool, error) {
	a, err := s.call(about, http.MethodGet, path, query, nil)
	if err != nil {
		return resource{}, false, err
	}
	var page struct{ Resources []resource }
	if err := a.decode(&page); err != nil {
		return resource{}, false, err
	}
	if len(page.Resources) == 0 {
		return resource{}, false, nil
	}
	return page.Resources[0], true, nil
}

// all reads every page, by cursor.
func (s *session) all(about, path, filter string) ([]resource, error) {
	var list []resource
	for cursor, n := "", 0; ; n++ {
		pairs := []string{"cursor", cursor}
		if filter != "" {
			pairs = append(pairs, "filter", filter)
		}
		a, err := s.call(about, http.MethodGet, path, s.query(pairs...), nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			NextCursor string     `json:"nextCursor"`
			Resources  []resource `json:"Resources"`
		}
		if err := a.decode(&page); err != nil {
			return nil, err
		}
		list = append(list, page.Resources...)
		if page.NextCursor == "" {
			return list, nil
		}
		if page.NextCursor == cursor || n == maxPages {
			return nil, errors.New("the endpoint's pages do not end")
		}
		cursor = page.NextCursor
	}
}
