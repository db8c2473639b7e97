package push

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// Result is what a push did. Of an interrupted one it is what was done until then.
type Result struct {
	Calls       int // requests sent, repeated ones included
	Retried     int // of them, those sent again after 429 or 5xx
	Users       Counts
	Groups      Counts
	Memberships Counts // Created is added, Removed taken away; of a refused PATCH all its changes are refused
	Refused     []*Refusal
	Notes       []string // what was left out, and why
}

// Counts is how many objects had which outcome.
type Counts struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Removed   int `json:"removed"`
	Refused   int `json:"refused"`
}

// Refusal is a call that the endpoint refused for good. Its strings are the
// endpoint's or the input's: whoever prints them escapes them.
type Refusal struct {
	About        string // the user or group that the call was about
	Method, Path string // below the endpoint, with the query
	Status       int
	Detail       string // the endpoint's words, "" if it had none
	RequestID    string // x-amzn-RequestId: the event's requestID in CloudTrail

	Explanation scimerror.Explanation
	Explained   bool // the catalogue knows it
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s %s was refused with %d: %s", r.Method, r.Path, r.Status, cmp.Or(r.Detail, http.StatusText(r.Status)))
}

func refusal(about, method, path, query string, a answer, h http.Header) *Refusal {
	r := &Refusal{About: about, Method: method, Path: path, Status: a.status, RequestID: h.Get("x-amzn-RequestId")}
	if query != "" {
		r.Path += "?" + query
	}
	var body struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(a.body, &body) == nil {
		r.Detail = body.Detail[:min(len(body.Detail), maxDetail)]
	}
	r.Explanation, r.Explained = scimerror.Explain("", r.Detail)
	return r
}
