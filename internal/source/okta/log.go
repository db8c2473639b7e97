package okta

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/scimtrail/scimtrail/internal/restapi"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamapi"
)

const (
	pageLog = 1000
	// logWindow is how much of the log one walk spans when everything is read; the
	// service gives up after 30 seconds (reference 5.1), and then the window is
	// halved, down to leastWindow.
	logWindow   = 7 * 24 * time.Hour
	leastWindow = time.Hour
	maxHalved   = 6
	// overlap is how much of what was read before is read again: events may come
	// late, and are told apart by their uuid (reference 5.1).
	overlap = 15 * time.Minute
)

// everyFilter selects what bears on people and groups on their way to any app
// (reference 5.3); Known speaks of these kinds only.
var everyFilter = anyPrefix("application.provision.", "application.integration.", "app.user_management.", "app.generic.unauth_app_access_attempt",
	"application.user_membership.", "application.lifecycle.", "application.configuration.", "group.", "user.lifecycle.", "system.agent.ad.", "system.import.")

// importsFilter selects whether an import ran, and what the directory agents do.
var importsFilter = anyPrefix("system.agent.ad.", "system.import.complete", "system.import.group_membership.complete", "system.import.membership_processing.complete", "system.import.roadblock")

func anyPrefix(prefixes ...string) string {
	var parts []string
	for _, p := range prefixes {
		parts = append(parts, "eventType sw "+quoted(p))
	}
	return "(" + strings.Join(parts, " or ") + ")"
}

// logQuery is what is asked of the System Log.
type logQuery struct {
	filter string
	scopes []upstream.Scope // what the filter shows everything of
	fails  []upstream.Scope // what it shows the failures of
	brings []upstream.Scope // what it shows the imports of
	window time.Duration
}

// each gives what the filter shows, as lists and parts of them.
func (q logQuery) each(yield func(list string, scope upstream.Scope)) {
	for list, scopes := range map[string][]upstream.Scope{upstream.ListLog: q.scopes, upstream.ListFailures: q.fails, upstream.ListImports: q.brings} {
		for _, scope := range scopes {
			yield(list, scope)
		}
	}
}

// narrowLog joins the filters of reference 5.4 into one, so that it is one walk.
func (r *reading) narrowLog(apps []upstream.OktaApp, groups []upstream.OktaGroup, user upstream.OktaUser) logQuery {
	q := logQuery{window: Retention}
	var parts []string
	about := func(id, what string) { parts = append(parts, "(target.id eq "+quoted(id)+" and "+what+")") }
	for _, a := range apps {
		about(a.ID, `outcome.result eq "FAILURE" and `+anyPrefix("application.provision.", "application.integration.", "application.configuration.", "app.user_management."))
		about(a.ID, anyPrefix("application.lifecycle.", "application.provision.group_push.deactivate_mapping"))
		q.fails = append(q.fails, upstream.Scope{App: a.ID})
	}
	for _, g := range groups {
		about(g.ID, anyPrefix("application.provision.group", "app.user_management.grouppush", "group."))
		q.scopes = append(q.scopes, upstream.Scope{Group: g.ID})
		if g.Type == "APP_GROUP" && !shadow(g, apps) {
			q.brings = append(q.brings, upstream.Scope{App: g.Source})
		}
	}
	if len(q.brings) > 0 { // which app an import is of stands in no dependable place
		parts = append(parts, importsFilter)
	}
	if user.ID != "" {
		about(user.ID, anyPrefix("application.user_membership.", "application.provision.user.", "group.user_membership.", "user.lifecycle.", "app.generic.unauth_app_access_attempt"))
		q.scopes = append(q.scopes, upstream.Scope{User: user.ID})
	}
	q.filter = strings.Join(parts, " or ")
	return q
}

// log reads the System Log over the query's span, as far back as it is kept, oldest
// first. What was read before is remembered in the journal and not read again.
func (r *reading) log(ctx context.Context, q logQuery) {
	if q.filter == "" {
		r.Unread(upstream.ListLog, upstream.Scope{}, "Okta has neither the person nor the group nor an app for IAM Identity Center, so there was nothing to look for in its log")
		return
	}
	until := r.q.Until()
	oldest := r.q.Clock().Add(-Retention)
	from := r.q.Span.From
	if from.Before(oldest) {
		from = oldest
	}
	begin := r.resume(ctx, q, from, until)
	at, window, halved := begin, q.window, 0
	for at.Before(until) {
		end := at.Add(window)
		if end.After(until) {
			end = until
		}
		l := r.list(upstream.ListLog, upstream.Scope{}, "reading the System Log", scopeLogs,
			ref("/api/v1/logs", "since", stamp(at), "until", stamp(end), "filter", q.filter, "limit", fmt.Sprint(pageLog), "sortOrder", "ASCENDING"), "okta-system-log")
		res := r.Try(ctx, l)
		if res.Err != nil {
			if halved < maxHalved && slow(res.Err) {
				halved++
				window = max(leastWindow, end.Sub(at)/2)
				continue
			}
			r.Fail(res.Err)
			why, permission := upstreamapi.Why(res.Err)
			q.each(func(list string, scope upstream.Scope) {
				r.Note(upstream.Reach{List: list, Scope: scope, From: at, To: until, Failed: why, Permission: permission})
			})
			break
		}
		at = end
	}
	claimed := at
	if newest := r.q.Clock().Add(-Lag); claimed.After(newest) {
		claimed = newest
	}
	if claimed.After(begin) {
		q.each(func(list string, scope upstream.Scope) {
			r.Note(upstream.Reach{List: list, Scope: scope, Whole: true, From: begin, To: claimed})
		})
		r.remember(q, from, claimed)
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// slow reports an error that a smaller window may avoid: the service gave up, or
// did not answer in time.
func slow(err error) bool {
	if status := restapi.Status(err); status >= 500 {
		return true
	}
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// journalEntry is what the journal keeps of a log: the span that was read.
type journalEntry struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (r *reading) journalKey(q logQuery) string {
	sum := sha256.Sum256([]byte(q.filter))
	return "okta/" + r.name.Host + "/log/" + hex.EncodeToString(sum[:8])
}

// resume returns from where the log is to be read. A journal that cannot be read
// costs only that more is read.
func (r *reading) resume(ctx context.Context, q logQuery, from, until time.Time) time.Time {
	if r.q.Journal == nil {
		return from
	}
	value, err := r.q.Journal.Load(ctx, r.journalKey(q))
	var before journalEntry
	if err != nil || value == nil || json.Unmarshal(value, &before) != nil {
		return from
	}
	if again := before.To.Add(-overlap); !before.From.After(from.Add(time.Minute)) && again.After(from) && before.To.Before(until.Add(time.Minute)) {
		return again
	}
	return from
}

// remember has the span saved once the sink has everything.
func (r *reading) remember(q logQuery, from, to time.Time) {
	if r.q.Journal == nil {
		return
	}
	key := r.journalKey(q)
	r.save = func(ctx context.Context) error {
		entry := journalEntry{From: from, To: to}
		if value, err := r.q.Journal.Load(ctx, key); err == nil && value != nil {
			var before journalEntry
			if json.Unmarshal(value, &before) == nil && !before.From.IsZero() && before.From.Before(entry.From) && !before.To.Before(from) {
				entry.From = before.From
			}
		}
		value, err := json.Marshal(entry)
		if err != nil {
			return fmt.Errorf("remembering how far Okta's log was read: %w", err)
		}
		return r.q.Journal.Save(ctx, key, value)
	}
}
