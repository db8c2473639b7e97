package restapi

import (
	"context"
	"strings"

	"github.com/scimtrail/scimtrail/internal/live"
)

// maxPages bounds a list: a service that names a next page for ever is not walked
// for ever.
const maxPages = 100_000

// Pages asks for a list and for the pages that follow, and gives each to take. next
// says where the page after it is, "" for the last. Whole is true when the last was
// reached. take may end the walk early by returning false. The error is a
// *live.Problem, that of ctx, or that of take.
func (c *Client) Pages(ctx context.Context, call Call, next func(*Answer) string, take func(*Answer) (more bool, err error)) (whole bool, err error) {
	seen := map[string]bool{}
	for range maxPages {
		a, err := c.Get(ctx, call)
		if err != nil {
			return false, err
		}
		seen[call.Ref] = true
		more, err := take(a)
		if err != nil {
			return false, err
		}
		ref := next(a)
		if ref == "" {
			return true, nil
		}
		if !more {
			return false, nil
		}
		if seen[ref] {
			return false, &live.Problem{Kind: live.Malformed, Doing: call.Doing, Reason: c.base.Host + " leads from page to page in a circle"}
		}
		call.Ref = ref
	}
	return false, &live.Problem{Kind: live.Malformed, Doing: call.Doing, Reason: c.base.Host + " has no last page"}
}

// NextLink returns the target of rel="next" among the Link headers, of which there
// may be several (RFC 8288; okta-sailpoint reference 2.5); "" for none.
func NextLink(a *Answer) string {
	for _, header := range a.Header.Values("Link") {
		for part := range splitLinks(header) {
			target, params, ok := strings.Cut(part, ">")
			target = strings.TrimSpace(target)
			if !ok || !strings.HasPrefix(target, "<") {
				continue
			}
			for param := range strings.SplitSeq(params, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
				if strings.EqualFold(name, "rel") && strings.EqualFold(strings.Trim(value, `"`), "next") {
					return target[1:]
				}
			}
		}
	}
	return ""
}

// splitLinks splits a header at the commas between links: those outside <...>.
func splitLinks(header string) func(func(string) bool) {
	return func(yield func(string) bool) {
		start, inside := 0, false
		for i := range len(header) {
			switch header[i] {
			case '<':
				inside = true
			case '>':
				inside = false
			case ',':
				if !inside {
					if !yield(header[start:i]) {
						return
					}
					start = i + 1
				}
			}
		}
		yield(header[start:])
	}
}
