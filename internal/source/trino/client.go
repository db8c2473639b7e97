package trino

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Bounds of what is taken from a cluster.
const (
	// largest is how large one answer may be. Trino aims at 1 MB and goes to 128 MB
	// when it is told to, which it is not (client protocol, X-Trino-Client-Capabilities).
	largest = 256 << 20
	// attempts at one request. The protocol asks to try again after 502, 503 and 504.
	attempts = 8
	// patience is how long one request may take: a poll is answered within seconds,
	// also when there is nothing to say.
	patience = 2 * time.Minute
)

// Credentials say who asks. Any may be empty.
type Credentials struct {
	User     string // "scimtrail" when empty
	Password string
	Token    string // a JSON web token, instead of a password
}

// FromEnvironment reads TRINO_USER, TRINO_PASSWORD and TRINO_ACCESS_TOKEN.
func FromEnvironment(getenv func(string) string) Credentials {
	return Credentials{User: getenv("TRINO_USER"), Password: getenv("TRINO_PASSWORD"), Token: getenv("TRINO_ACCESS_TOKEN")}
}

func (c Credentials) secret() bool { return c.Password != "" || c.Token != "" }

func (c Credentials) user() string {
	if c.User == "" {
		return "scimtrail"
	}
	return c.User
}

// client speaks the protocol with one cluster.
type client struct {
	http     *http.Client
	base     string
	who      Credentials
	sleep    func(context.Context, time.Duration) error
	progress *live.Progress
}

// page is an answer of the protocol, as far as it is used here.
type page struct {
	ID      string            `json:"id"`
	NextURI string            `json:"nextUri"`
	Columns []json.RawMessage `json:"columns"`
	Data    [][]any           `json:"data"`
	Error   *fault            `json:"error"`
	Stats   struct {
		State         string `json:"state"`
		PhysicalBytes int64  `json:"physicalInputBytes"`
		Done          int64  `json:"completedSplits"`
		Total         int64  `json:"totalSplits"`
	} `json:"stats"`
}

// fault is what is wrong with a statement.
type fault struct {
	Name    string `json:"errorName"`
	Message string `json:"message"`
}

func (f *fault) Error() string { return f.Name }

// query runs a statement and yields its rows. When it returns before the end, the
// statement is cancelled.
func (c *client) query(ctx context.Context, doing, sql string, limit int64, yield func([]any) error) (read int64, err error) {
	p, err := c.call(ctx, doing, http.MethodPost, c.base+"/v1/statement", sql)
	if err != nil {
		return 0, err
	}
	next := p.NextURI
	defer func() {
		if err != nil && next != "" {
			c.cancel(next)
		}
	}()
	for {
		next = p.NextURI
		if p.Error != nil {
			next = ""
			return read, explain(p.Error, doing)
		}
		read = max(read, p.Stats.PhysicalBytes)
		if limit > 0 && read > limit {
			return read, overLimit(doing, read, limit)
		}
		for _, row := range p.Data {
			if err := yield(row); err != nil {
				return read, err
			}
		}
		if next == "" {
			return read, nil
		}
		if err := c.ours(next); err != nil {
			next = ""
			return read, &live.Problem{Kind: live.Malformed, Doing: doing, Reason: err.Error(), Err: err,
				Next: "check http-server.process-forwarded and the proxy before the cluster"}
		}
		if p, err = c.call(ctx, doing, http.MethodGet, next, ""); err != nil {
			return read, err
		}
	}
}

// ours reports an error unless an address is the cluster's own: credentials go to
// no other.
func (c *client) ours(next string) error {
	at, err := url.Parse(next)
	if err != nil || at.User != nil || at.Scheme+"://"+at.Host != c.base && !(at.Scheme == "https" && "https://"+at.Host+":443" == c.base) {
		return errors.New("the cluster's answer goes on at another address than that of the cluster")
	}
	return nil
}

// cancel ends a statement, within a moment and whatever became of the context.
func (c *client) cancel(next string) {
	if c.ours(next) != nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	if response, err := c.send(ctx, http.MethodDelete, next, ""); err == nil {
		_ = response.Body.Close()
	}
}

// call makes a request until it is answered.
func (c *client) call(ctx context.Context, doing, method, address, body string) (page, error) {
	var backoff live.Backoff
	for n := 1; ; n++ {
		p, wait, err := c.once(ctx, doing, method, address, body)
		if err == nil {
			if c.progress != nil {
				c.progress.Calls.Add(1)
			}
			return p, nil
		}
		if ctx.Err() != nil {
			return page{}, ctx.Err()
		}
		if wait < 0 || n == attempts {
			return page{}, err
		}
		if c.progress != nil {
			c.progress.Retries.Add(1)
		}
		if wait == 0 {
			wait = backoff.After(n)
		}
		if err := c.sleep(ctx, wait); err != nil {
			return page{}, err
		}
	}
}

// once makes one request. The wait is negative when trying again can't help, and
// 0 when nobody said how long.
func (c *client) once(ctx context.Context, doing, method, address, body string) (page, time.Duration, error) {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	response, err := c.send(within, method, address, body)
	if err != nil {
		return page{}, 0, unreachable(err, doing)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(response.Body, largest+1))
	if c.progress != nil {
		c.progress.Bytes.Add(int64(len(data)))
	}
	switch status := response.StatusCode; {
	case status == http.StatusOK && err != nil:
		if method == http.MethodPost { // asked twice, it would run twice
			return page{}, -1, unreachable(err, doing)
		}
		return page{}, 0, unreachable(err, doing)
	case len(data) > largest:
		return page{}, -1, &live.Problem{Kind: live.Malformed, Doing: doing, Reason: fmt.Sprintf("an answer of the cluster is larger than %d bytes", largest)}
	case status == http.StatusOK:
		var p page
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(&p); err != nil || p.ID == "" {
			return page{}, -1, &live.Problem{Kind: live.Malformed, Doing: doing, Reason: "what answers is not a Trino cluster", Next: "check the host, the port and tls"}
		}
		return p, 0, nil
	case status == http.StatusTooManyRequests, status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		wait, _ := live.RetryAfter(response.Header, time.Now())
		if status == http.StatusTooManyRequests && c.progress != nil {
			c.progress.Throttled.Add(1)
		}
		return page{}, wait, &live.Problem{Kind: live.Throttled, Doing: doing, Reason: fmt.Sprintf("the cluster kept answering %d", status), Next: "run it again later"}
	default:
		return page{}, -1, refused(status, doing)
	}
}

func (c *client) send(ctx context.Context, method, address, body string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Trino-User", c.who.user())
	request.Header.Set("X-Trino-Source", "scimtrail")
	request.Header.Set("User-Agent", "scimtrail")
	switch {
	case c.who.Token != "":
		request.Header.Set("Authorization", "Bearer "+c.who.Token)
	case c.who.Password != "":
		request.SetBasicAuth(c.who.user(), c.who.Password)
	}
	return c.http.Do(request)
}
