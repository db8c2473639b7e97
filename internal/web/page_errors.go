package web

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// failureRow is one meaning of errors on a page.
type failureRow struct {
	*failure
	Groups, Users, Callers             []link
	MoreGroups, MoreUsers, MoreCallers int
	Href                               string
	Open                               bool
}

// The fields of a failure for a template.
func (f failureRow) ID() string           { return f.id }
func (f failureRow) Code() string         { return f.code }
func (f failureRow) Meaning() string      { return f.meaning }
func (f failureRow) Cause() string        { return f.cause }
func (f failureRow) Fix() []string        { return f.fix }
func (f failureRow) Docs() string         { return f.docs }
func (f failureRow) Known() bool          { return f.known }
func (f failureRow) Count() int           { return f.count }
func (f failureRow) First() time.Time     { return f.first }
func (f failureRow) Last() time.Time      { return f.last }
func (f failureRow) Message() string      { return f.message }
func (f failureRow) Latest() string       { return f.lastKey }
func (f failureRow) Attributes() []string { return f.attributes }

const maxNamed = 6

func (v *View) failureRow(f *failure) failureRow {
	row := failureRow{failure: f, Href: "/events?reads=1&outcome=failed&meaning=" + urlQuery(f.id), Open: f.open}
	row.Groups, row.MoreGroups = most(f.groups, func(i int32) link { return v.groupLink(v.groups[i-1].entity) })
	row.Users, row.MoreUsers = most(f.users, func(i int32) link { return v.userLink(v.users[i-1].entity) })
	row.Callers, row.MoreCallers = most(f.callers, func(i int32) link {
		label := v.actors[i-1].label
		return link{Name: label, Href: "/events?reads=1&outcome=failed&actor=" + urlQuery(label)}
	})
	return row
}

// most names those who are hit most often.
func most(of map[int32]int, name func(int32) link) (links []link, more int) {
	keys := make([]int32, 0, len(of))
	for k := range of {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b int32) int { return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b)) })
	for _, k := range keys[:min(len(keys), maxNamed)] {
		links = append(links, name(k))
	}
	return links, len(keys) - len(links)
}

func (v *View) showErrors(r *http.Request) (*answer, error) {
	from, to, p, err := cut(r, len(v.failures), 20, "meanings")
	if err != nil {
		return nil, err
	}
	page := struct {
		Rows  []failureRow
		Pager pager
		Reach string
	}{Pager: p, Reach: v.pulse.Reach}
	for _, f := range v.failures[from:to] {
		page.Rows = append(page.Rows, v.failureRow(f))
	}
	return &answer{template: "errors", title: "Errors", here: "/errors", data: page, json: func() any {
		docs := []any{}
		for _, f := range v.failures {
			docs = append(docs, v.failureDoc(f))
		}
		return map[string]any{"schema": "scimtrail/errors/v1", "errors": docs}
	}, csv: v.errorsCSV}, nil
}

// failureDoc is an entry of scimtrail/errors/v1.
func (v *View) failureDoc(f *failure) any {
	return struct {
		ID         string     `json:"id"`
		Code       string     `json:"code,omitempty"`
		Meaning    string     `json:"meaning"`
		Cause      string     `json:"cause,omitempty"`
		Fix        []string   `json:"fix"`
		Attributes []string   `json:"attributes,omitempty"`
		Known      bool       `json:"known"`
		Count      int        `json:"count"`
		Writes     int        `json:"writes"`
		First      *time.Time `json:"first,omitempty"`
		Last       *time.Time `json:"last,omitempty"`
		Message    string     `json:"latestMessage,omitempty"`
		Event      string     `json:"latestEvent"`
		Groups     []string   `json:"groups"`
		Users      []string   `json:"users"`
		Callers    []string   `json:"callers"`
	}{f.id, f.code, f.meaning, f.cause, append([]string{}, f.fix...), f.attributes, f.known, f.count, f.writes, moment(f.first), moment(f.last), f.message, f.lastKey,
		ids(f.groups, func(i int32) string { return v.groups[i-1].life.ID }),
		ids(f.users, func(i int32) string { return v.users[i-1].life.ID }),
		ids(f.callers, func(i int32) string { return v.actors[i-1].label })}
}

func ids(of map[int32]int, name func(int32) string) []string {
	out := make([]string, 0, len(of))
	for k := range of {
		out = append(out, name(k))
	}
	slices.Sort(out)
	return out
}

func (v *View) errorsCSV(w io.Writer) error {
	return writeCSV(w, []string{"id", "code", "meaning", "count", "first", "last", "latest_message", "latest_event", "groups", "users", "fix"}, func(yield func(...string) error) error {
		for _, f := range v.failures {
			if err := yield(f.id, f.code, f.meaning, strconv.Itoa(f.count), stamp(f.first), stamp(f.last), f.message, f.lastKey, strconv.Itoa(len(f.groups)), strconv.Itoa(len(f.users)), strings.Join(f.fix, " ")); err != nil {
				return err
			}
		}
		return nil
	})
}
