package scimclient

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/live"
)

// maxPages bounds a walk: 100 on a page, more than AWS's quota of users.
const maxPages = 10_000

// Page is one page of a list.
type Page struct {
	Resources []jsontext.Value `json:"Resources"`
	Next      string           `json:"nextCursor"`
	Total     *int             `json:"totalResults"` // only without a cursor
	PerPage   *int             `json:"itemsPerPage"`
}

// Resource is what most callers want of a user or group.
type Resource struct {
	ID          string `json:"id"`
	UserName    string `json:"userName"`
	DisplayName string `json:"displayName"`
	Meta        struct {
		Created string `json:"created"`
	} `json:"meta"`
}

// List walks a list by cursor to its end and hands every page to take. path is
// /Users or /Groups, filter may be "". A page that is no list ends the walk with a
// *live.Problem, so that a half list is never taken for a whole one
// (identity-center-scim reference 9).
func (c *Client) List(ctx context.Context, doing, path, filter string, take func(Page) error) error {
	cursor := ""
	for range maxPages {
		query := "cursor"
		if cursor != "" {
			query += "=" + url.QueryEscape(cursor)
		}
		query += "&count=100"
		if filter != "" {
			query += "&filter=" + strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
		}
		p, err := c.page(ctx, doing, path, query)
		if err != nil {
			return err
		}
		if err := take(p); err != nil {
			return err
		}
		switch {
		case p.Next == "" && p.Total != nil && len(p.Resources) >= 50:
			// Before August 2025 the endpoint knew no cursor and showed 50 at most.
			return &live.Problem{Kind: live.Malformed, Doing: doing, Reason: "the endpoint does not page, so that nobody knows whether more follows"}
		case p.Next == "":
			return nil
		case p.Next == cursor:
			return &live.Problem{Kind: live.Malformed, Doing: doing, Reason: "the endpoint shows the same page again and again"}
		}
		cursor = p.Next
	}
	return &live.Problem{Kind: live.Malformed, Doing: doing, Reason: fmt.Sprintf("the list has not ended after %d pages", maxPages)}
}

// First asks for a list as a client does that knows no cursor.
func (c *Client) First(ctx context.Context, doing, path, query string) (Page, error) {
	return c.page(ctx, doing, path, query)
}

// tries is how often a page is asked for that comes back broken.
const tries = 3

func (c *Client) page(ctx context.Context, doing, path, query string) (Page, error) {
	for n := 1; ; n++ {
		a, err := c.Do(ctx, doing, http.MethodGet, path, query, nil)
		if err != nil {
			return Page{}, err
		}
		var p Page
		if Decode(a.Body, &p) == nil && p.Resources != nil {
			return p, nil
		}
		if n >= tries {
			return Page{}, &live.Problem{Kind: live.Malformed, Doing: doing, Reason: "the answer is no list, or broke off", Next: "check the URL and the proxy, then run it again"}
		}
		if err := c.o.Sleep(ctx, c.o.Backoff.After(n)); err != nil {
			return Page{}, err
		}
	}
}

// Quoted is a value in a filter.
func Quoted(v string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}
