// Package upstreamapi is what the adapters of Okta, SailPoint and Entra share: a
// list is read page by page into an upstream.State, and how far it was read is
// noted beside it. It knows none of their paths.
//
// What it holds to: a list of which one page, or one entry, is missing is not
// whole, and a list that could not be asked for is noted as unread with the reason.
package upstreamapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/restapi"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Reading gathers what one service shows. It is used by one goroutine.
type Reading struct {
	Client  *restapi.Client
	Product string // upstream.ProductOkta, ...
	Org     string
	Query   live.Query

	parts []upstream.State // one a list; joined by State
	reach []upstream.Reach
	taken int
	first error // the first that went wrong
	fatal error // after which nothing more is asked
}

// List is a list to be read.
type List struct {
	Name  string         // upstream.ListUsers, ...
	Scope upstream.Scope // the part of it that Call asks for
	Call  restapi.Call
	Next  func(*restapi.Answer) string // where the next page is; nil: there is one page
	// Kinds are what upstream.Parse may call a page; none: whatever it knows.
	Kinds []string
	Pages int // at most so many; 0: all
	// Adopt completes the entries of a page with what only the question said (the app
	// of an app's users); may be nil.
	Adopt func(page *upstream.State)
	// Decode reads a page in place of upstream.Parse: its state, how many entries were
	// taken and how many could not be; nil for most lists.
	Decode func(body []byte) (part upstream.State, taken, lost int, err error)
	// One says that the answer is one object, and that 404 says that there is none.
	One bool
	// From and To are set for lists by time.
	From, To time.Time
}

// Result is what came of a list.
type Result struct {
	State upstream.State
	Whole bool
	Err   error // why it is not whole; nil when List.Pages cut it short
}

// Read reads a list into the state. The reach of it is noted by what happened.
func (r *Reading) Read(ctx context.Context, l List) Result {
	res := r.read(ctx, l)
	r.keep(l, res)
	return res
}

// ReadOr reads a list with a question that the service may refuse (400), and with a
// plainer one if it does.
func (r *Reading) ReadOr(ctx context.Context, l, plainer List) Result {
	res := r.read(ctx, l)
	if restapi.Status(res.Err) == http.StatusBadRequest {
		res = r.read(ctx, plainer)
	}
	r.keep(l, res)
	return res
}

// ReadBoth reads a list that the service shows in two parts. It is whole when both
// are.
func (r *Reading) ReadBoth(ctx context.Context, one, other List) Result {
	res := r.read(ctx, one)
	if res.Err == nil {
		rest := r.read(ctx, other)
		res = Result{State: upstream.Merge(res.State, rest.State), Whole: res.Whole && rest.Whole, Err: rest.Err}
	}
	r.keep(one, res)
	return res
}

// Try reads a list into the state without noting its reach or what went wrong; the
// caller does.
func (r *Reading) Try(ctx context.Context, l List) Result {
	res := r.read(ctx, l)
	r.Add(res.State)
	return res
}

func (r *Reading) read(ctx context.Context, l List) Result {
	if r.fatal != nil {
		return Result{Err: r.fatal}
	}
	r.Query.Progress.Doing(l.Call.Doing)
	var parts []upstream.State
	pages := 0
	next := l.Next
	if next == nil {
		next = func(*restapi.Answer) string { return "" }
	}
	lost := 0
	whole, err := r.Client.Pages(ctx, l.Call, next, func(a *restapi.Answer) (bool, error) {
		part, n, missing, err := parse(l, a.Body, r.Client.Host())
		if err != nil {
			return false, err
		}
		if l.Adopt != nil {
			l.Adopt(&part)
		}
		parts = append(parts, part)
		r.taken += n
		lost += missing
		if p := r.Query.Progress; p != nil {
			p.Records.Add(int64(n + missing))
			p.Identity.Add(int64(n))
		}
		pages++
		return l.Pages == 0 || pages < l.Pages, nil
	})
	res := Result{Whole: whole && err == nil, Err: err}
	if err != nil && l.One && restapi.Status(err) == http.StatusNotFound {
		res.Whole, res.Err = true, nil
	}
	if res.Err == nil && lost > 0 {
		res.Whole = false
		res.Err = &live.Problem{Kind: live.Malformed, Doing: l.Call.Doing, Reason: fmt.Sprintf("%d of the answer's entries could not be read", lost)}
	}
	res.State = upstream.Merge(parts...)
	return res
}

// Fail remembers what went wrong first, and whether anything more need be asked.
func (r *Reading) Fail(err error) {
	if err == nil {
		return
	}
	p, ok := errors.AsType[*live.Problem](err)
	if r.fatal == nil && (!ok || p.Kind == live.Credentials || p.Kind == live.Unreachable || p.Kind == live.Throttled) {
		r.fatal = err
	}
	if r.first == nil {
		r.first = err
	}
}

// parse reads a page: its state, how many entries were taken and how many were not.
func parse(l List, body []byte, host string) (part upstream.State, taken, lost int, err error) {
	if l.Decode != nil {
		if part, taken, lost, err = l.Decode(body); err != nil {
			err = foreign(l, host)
		}
		return part, taken, lost, err
	}
	entries, array := count(body)
	if l.One && array || len(bytes.TrimSpace(body)) == 0 {
		return part, 0, 0, foreign(l, host)
	}
	if array && entries == 0 {
		return part, 0, 0, nil
	}
	part, kind, taken, err := upstream.Parse(body)
	if err != nil || !l.expects(kind) {
		return upstream.State{}, 0, 0, foreign(l, host)
	}
	part.Problems = nil // they are told as entries that could not be read
	if !array {
		entries = taken // one object, or what a wrapper holds, which Graph counts itself
	}
	return part, taken, max(0, entries-taken), nil
}

func (l List) expects(kind string) bool {
	return len(l.Kinds) == 0 || slices.Contains(l.Kinds, kind)
}

func foreign(l List, host string) error {
	return &live.Problem{Kind: live.Malformed, Doing: l.Call.Doing, Reason: host + " answered with JSON of another kind", Next: "check the name of the organisation and the version of the API"}
}

// count returns the number of elements of a JSON array, or of the array "value" that
// Microsoft Graph wraps its lists in.
func count(body []byte) (n int, array bool) {
	dec := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	elements := func() int {
		n := 0
		if _, err := dec.ReadToken(); err != nil {
			return 0
		}
		for dec.PeekKind() != ']' && dec.SkipValue() == nil {
			n++
		}
		return n
	}
	switch dec.PeekKind() {
	case '[':
		return elements(), true
	case '{':
		if _, err := dec.ReadToken(); err != nil {
			return 0, false
		}
		for dec.PeekKind() == '"' {
			name, err := dec.ReadToken()
			if err != nil {
				return 0, false
			}
			if name.String() == "value" && dec.PeekKind() == '[' {
				return elements(), true
			}
			if dec.SkipValue() != nil {
				return 0, false
			}
		}
	}
	return 0, false
}

// keep takes the part of a list into the state and notes its reach.
func (r *Reading) keep(l List, res Result) {
	r.Add(res.State)
	r.Fail(res.Err)
	reach := upstream.Reach{List: l.Name, Scope: l.Scope, Whole: res.Whole, From: l.From, To: l.To}
	if !res.Whole {
		reach.Failed, reach.Permission = Why(res.Err)
		if res.Err == nil {
			reach.LeftOut = true
			reach.Failed = fmt.Sprintf("only the first %d pages were read, to keep the calls of a narrow question few", l.Pages)
		}
	}
	r.Note(reach)
}

// Note adds a reach; product, organisation and time are filled in.
func (r *Reading) Note(reach upstream.Reach) {
	reach.Product, reach.Org, reach.AsOf = r.Product, r.Org, r.Query.Clock()
	r.reach = append(r.reach, reach)
}

// Unread notes a list that was not asked for, with the reason; after something that
// stopped the whole reading, that is the reason.
func (r *Reading) Unread(list string, scope upstream.Scope, why string) {
	reach := upstream.Reach{List: list, Scope: scope, Failed: why}
	if r.fatal != nil {
		reach.Failed, reach.Permission = Why(r.fatal)
	}
	r.Note(reach)
}

// LeaveOut notes a list that is not asked for on purpose, with the reason.
func (r *Reading) LeaveOut(list string, scope upstream.Scope, why string) {
	if r.fatal != nil {
		r.Unread(list, scope, why)
		return
	}
	r.Note(upstream.Reach{List: list, Scope: scope, Failed: why, LeftOut: true})
}

// Add takes what was concluded from several answers, such as who is in a group.
func (r *Reading) Add(s upstream.State) {
	if !s.Empty() {
		r.parts = append(r.parts, s)
	}
}

// Stopped is what stopped the whole reading; nil while it goes on.
func (r *Reading) Stopped() error { return r.fatal }

// State returns what was read until now.
func (r *Reading) State() upstream.State {
	s := upstream.Merge(r.parts...)
	s.Reach = r.reach
	return upstream.Merge(s)
}

// Give gives what was read to the sink and returns what went wrong first. Lists of
// expected that were never asked for are noted as unread.
func (r *Reading) Give(sink casefile.Sink, name, kind string, expected ...string) error {
	for _, list := range expected {
		if r.fatal == nil {
			break
		}
		if !slices.ContainsFunc(r.reach, func(reach upstream.Reach) bool { return reach.List == list }) {
			r.Unread(list, upstream.Scope{}, "")
		}
	}
	input := sink.Input(casefile.Input{Path: name, Kind: kind, Size: -1, Time: r.Query.Clock()})
	sink.Upstream(input, r.State(), r.taken)
	if r.first != nil {
		why, _ := Why(r.first)
		sink.Unreadable(casefile.Loss{Path: name, Reason: why, Lost: "what it would have shown: see what is said of each list"})
	}
	return r.first
}

// Why puts an error into the clause that a Reach holds, with the missing permission.
func Why(err error) (clause, permission string) {
	if err == nil {
		return "", ""
	}
	if p, ok := errors.AsType[*live.Problem](err); ok {
		return p.Reason, p.Permission
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "the reading was interrupted", ""
	}
	return err.Error(), ""
}
