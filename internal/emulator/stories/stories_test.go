package stories_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/diagnose"
)

// story is something that happens, and what the diagnosis must make of it. happen
// collects the evidence and returns the group that is asked about, by name or id.
type story struct {
	name   string
	happen func(*world) (group string)
	// verdict is its status and cause; statuses are those of some causes, as slug=status
	// or slug!=status; summary is a part of the headline. Empty ones ask for nothing.
	verdict, statuses, summary string
}

// traceless is what a story's name says when Okta's token is one that logs nothing.
const traceless = "a token that leaves no trace"

func TestWhatHappenedIsFoundInTheLog(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			answer := s.tell(t)
			if wrong := s.wrong(answer); wrong != "" {
				t.Error(wrong)
				explain(t, answer)
			}
		})
	}
}

// tell lets the story happen and asks the question.
func (s story) tell(t *testing.T) *diagnose.Answer {
	t.Helper()
	var options []idcentertest.Option
	if strings.Contains(s.name, traceless) {
		options = append(options, idcentertest.SilentToken())
	}
	w := newWorld(t, options...)
	return w.keep.ask(s.happen(w))
}

// wrong says what of an answer is not as the story wants it.
func (s story) wrong(a *diagnose.Answer) string {
	var wrong []string
	if got := string(a.Verdict.Status) + " " + a.Verdict.Cause; s.verdict != "" && got != s.verdict {
		wrong = append(wrong, fmt.Sprintf("the verdict is %s, not %s", got, s.verdict))
	}
	if !strings.Contains(a.Verdict.Summary, s.summary) {
		wrong = append(wrong, fmt.Sprintf("%q is not in the summary", s.summary))
	}
	by := map[string]string{}
	for _, f := range a.Findings {
		by[f.Cause.Slug] = string(f.Status)
	}
	for want := range strings.FieldsSeq(s.statuses) {
		slug, status, _ := strings.Cut(want, "=")
		if not, ok := strings.CutSuffix(slug, "!"); ok {
			if by[not] == status || by[not] == "" {
				wrong = append(wrong, fmt.Sprintf("%s is %q", not, by[not]))
			}
		} else if by[slug] != status {
			wrong = append(wrong, fmt.Sprintf("%s is %q, not %s", slug, by[slug], status))
		}
	}
	return strings.Join(wrong, "\n")
}

// explain logs what was answered.
func explain(t *testing.T, a *diagnose.Answer) {
	t.Helper()
	t.Logf("%s %s: %s", a.Verdict.Status, a.Verdict.Cause, a.Verdict.Summary)
	for _, f := range a.Findings {
		if f.Status == diagnose.Refuted {
			continue
		}
		t.Logf("  %s %s", f.Status, f.Cause.Slug)
		for _, r := range f.Because {
			t.Logf("      %s", r.Text)
		}
	}
}

var stories = []story{
	{"Okta fills the group and a list shows the members", func(w *world) string {
		people := w.idp.people("ann", "ben")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, people...)
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "healthy not-empty", "not-empty=established created-not-filled=refuted before-the-coverage=refuted scim-never-used=refuted", "2 members: ann@example.com and ben@example.com"},

	{"Somebody makes the group in the console and nobody does anything more", func(w *world) string {
		group := w.Console("eve@example.com").CreateGroup(sandbox)
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logsAlone()
		return sandbox
	}, "established never-touched", "never-touched=established not-empty=refuted scim-never-used=undetermined", "Nobody was added to " + sandbox},

	{"Okta sends users and no group", func(w *world) string {
		group := w.Console("eve@example.com").CreateGroup(sandbox)
		for _, name := range many(4) {
			w.Advance(day)
			w.idp.createUser(name)
		}
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established scim-writes-users-only", "scim-writes-users-only=established scim-never-used=refuted", "4 writes of users by Okta"},

	{"Okta pushes another group and not the one that Terraform made", func(w *world) string {
		w.terraform().createGroup(sandbox)
		people := w.idp.people("ann", "ben")
		other := w.idp.createGroup(billing)
		for _, p := range people {
			w.Advance(day)
			w.idp.add(other, p)
		}
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logs()
		return sandbox
	}, "established group-not-pushed", "group-not-pushed=established scim-writes-users-only=refuted created-not-filled=refuted never-touched=established", "SCIM pushes other groups and not this one"},

	{"Okta makes the group and never sends its members", func(w *world) string {
		people := w.idp.people("ann", "ben")
		other := w.idp.createGroup(billing)
		w.idp.createGroup(sandbox)
		for _, p := range people {
			w.Advance(day)
			w.idp.add(other, p)
		}
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logs()
		return sandbox
	}, "established created-not-filled", "created-not-filled=established group-not-pushed=refuted", "sent no members"},

	{"Okta sends a member who is gone in AWS", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		w.Console("eve@example.com").DeleteUser(ann)
		w.idp.must(404, "PATCH", "/Groups/"+group, membersPatch("add", ann))
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established group-writes-fail", "group-writes-fail=established created-not-filled=refuted", "AWS refused the last SCIM write of the members"},

	{"Okta sends people whom AWS refuses", func(w *world) string {
		w.idp.createGroup(sandbox)
		for _, name := range many(3) {
			w.Advance(time.Hour)
			nameless := person(name)
			delete(nameless, "name")
			w.idp.must(400, "POST", "/Users", nameless)
		}
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logs()
		return sandbox
	}, "established user-writes-fail", "user-writes-fail=established", "AWS refuses users that SCIM sends"},

	{"Okta's token is a year old and Okta goes on trying", func(w *world) string {
		w.Console("eve@example.com").CreateGroup(sandbox)
		ann := w.idp.createUser("ann")
		other := w.idp.createGroup(billing)
		w.Advance(345 * day)
		refused := 0
		for range 37 {
			w.Advance(26 * time.Hour)
			switch status, _ := w.idp.send("PATCH", "/Groups/"+other, membersPatch("add", ann)); status {
			case 204:
			case 401:
				refused++
			default:
				w.t.Fatalf("answered with %d", status)
			}
		}
		if refused < 15 {
			w.t.Fatalf("refused %d times", refused)
		}
		w.keep.snapshot()
		w.keep.logsSince(w.Now().Add(-38 * day))
		return sandbox
	}, "established scim-stopped", "scim-stopped=established scim-never-used=refuted", "SCIM stopped on"},

	{"Nobody ever set SCIM up, and the digests prove it", func(w *world) string {
		group := w.Console("eve@example.com").CreateGroup(sandbox)
		w.Advance(30 * day)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established scim-never-used", "scim-never-used=established never-touched=established", "SCIM has not written"},

	{"Bob fills a group like it at the command line", func(w *world) string {
		console, bob := w.Console("eve@example.com"), w.bob()
		console.CreateGroup(sandbox)
		other := console.CreateGroup(billing)
		for _, name := range many(3) {
			bob.add(other, console.CreateUser(name))
		}
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logsAlone()
		return sandbox
	}, "established filled-by-hand", "filled-by-hand=established connector-bypasses-idp=refuted scim-never-used=undetermined", "bob"},

	{"Eve fills a group like it in the console", func(w *world) string {
		console := w.Console("eve@example.com")
		console.CreateGroup(sandbox)
		other := console.CreateGroup(billing)
		for _, name := range many(3) {
			console.AddMember(other, console.CreateUser(name))
		}
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logsAlone()
		return sandbox
	}, "established filled-by-hand", "filled-by-hand=established", "eve"},

	{"A connector fills other groups straight in AWS", func(w *world) string {
		console, connector := w.Console("eve@example.com"), w.connector()
		console.CreateGroup(sandbox)
		other := console.CreateGroup("Finance")
		for _, name := range many(5) {
			w.Advance(26 * time.Hour)
			connector.add(other, console.CreateUser(name))
		}
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logsAlone()
		return sandbox
	}, "established connector-bypasses-idp", "connector-bypasses-idp=established filled-by-hand=refuted", "A governance connector writes memberships straight to the identity store"},

	{"Bob removes whom Okta added", func(w *world) string {
		people := w.idp.people("ann", "ben")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, people...)
		w.Advance(day)
		w.keep.snapshot(group)
		w.Advance(day)
		bob := w.bob()
		for _, p := range people {
			bob.remove(group, p)
		}
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established removed-outside-scim", "removed-outside-scim=established removed-by-scim=refuted emptied-by-deletion=refuted", "All 2 known members"},

	{"Eve removes in the console whom Okta added, and no list shows the members", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, ann)
		w.Advance(day)
		w.Console("eve@example.com").RemoveMember(group, ann)
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logs()
		return sandbox
	}, "established removed-outside-scim", "removed-outside-scim=established", "eve"},

	{"Okta removes whom it added", func(w *world) string {
		people := w.idp.people("ann", "ben")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, people...)
		w.Advance(day)
		w.keep.snapshot(group)
		w.Advance(day)
		w.idp.remove(group, people...)
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established removed-by-scim", "removed-by-scim=established removed-outside-scim=refuted", "over SCIM by Okta"},

	{"Okta deletes the users and their memberships go with them", func(w *world) string {
		people := w.idp.people("ann", "ben")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, people...)
		w.Advance(day)
		w.keep.snapshot(group)
		for _, p := range people {
			w.Advance(time.Hour)
			w.idp.must(204, "DELETE", "/Users/"+p, nil)
		}
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established emptied-by-deletion", "emptied-by-deletion=established removed-by-scim=refuted removed-outside-scim=refuted", "2 memberships"},

	{"Eve deletes the group and Okta makes it anew", func(w *world) string {
		ann := w.idp.createUser("ann")
		old := w.idp.createGroup(sandbox)
		w.idp.add(old, ann)
		w.Advance(day)
		w.keep.snapshot(old)
		w.Console("eve@example.com").DeleteGroup(old)
		group := w.idp.createGroup(sandbox)
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return group
	}, "established group-recreated", "group-recreated=established", "was deleted and made anew"},

	{"Terraform has made a group of that name before Okta pushes it", func(w *world) string {
		w.terraform().createGroup(sandbox)
		ann := w.idp.createUser("ann")
		other := w.idp.createGroup(billing)
		w.idp.add(other, ann)
		w.idp.must(409, "POST", "/Groups", object{"displayName": sandbox})
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logs()
		return sandbox
	}, "established name-taken", "name-taken=established", "a group of that name was made another way"},

	{"AWS throttles Okta's only write of the members", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		w.SetFaults(idcentertest.Faults{Throttled: 1})
		w.idp.must(429, "PATCH", "/Groups/"+group, membersPatch("add", ann))
		w.SetFaults(idcentertest.Faults{})
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established throttled", "throttled=established created-not-filled=refuted", "were throttled"},

	{"AWS throttles Okta, which comes again", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		w.SetFaults(idcentertest.Faults{Throttled: 1})
		w.idp.must(429, "PATCH", "/Groups/"+group, membersPatch("add", ann))
		w.SetFaults(idcentertest.Faults{})
		w.idp.add(group, ann)
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "healthy not-empty", "throttled=refuted group-writes-fail=refuted", "ann@example.com"},

	{"Okta adds and a connector removes, in turn, and lists show the members in between", func(w *world) string {
		ann := w.idp.createUser("ann")
		group, connector := w.idp.createGroup(sandbox), w.connector()
		for range 3 {
			w.Advance(6 * time.Hour)
			w.idp.add(group, ann)
			w.Advance(6 * time.Hour)
			w.keep.snapshot(group)
			connector.remove(group, ann)
		}
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established two-writers", "two-writers=established", "undo each other"},

	// A deletion has the membership's id alone, and SCIM does not tell the id of what it
	// makes: without a list nobody can know.
	{"Okta adds and a connector removes, in turn, and no list shows the members", func(w *world) string {
		ann := w.idp.createUser("ann")
		group, connector := w.idp.createGroup(sandbox), w.connector()
		for range 3 {
			w.Advance(6 * time.Hour)
			w.idp.add(group, ann)
			w.Advance(6 * time.Hour)
			connector.remove(group, ann)
		}
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "undetermined removed-outside-scim", "removed-outside-scim=possible removed-by-scim=refuted", "is not determined"},

	{"A script with a second token writes where only Okta did", func(w *world) string {
		people := w.idp.people(many(6)...)
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, people[0])
		w.Advance(settled)
		w.keep.snapshot(group)
		stranger := client{w, scriptAgent, w.NewToken().Secret}
		stranger.remove(group, people[0])
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established removed-by-scim", "unknown-client=established", "over SCIM by"},

	{"Somebody changes a delivered log file", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, ann)
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logs()
		w.keep.forge("PatchGroup")
		return sandbox
	}, "established evidence-tampered", "evidence-tampered=established created-not-filled=supported", "1 file failed CloudTrail's signed digests"},

	{"The members came in long before the logs begin", func(w *world) string {
		people := w.idp.people("ann", "ben")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, people...)
		w.Advance(40 * day)
		other := w.idp.createGroup(billing)
		for range 10 {
			w.Advance(26 * time.Hour)
			w.idp.add(other, people[0])
		}
		w.keep.snapshot(group)
		w.keep.logsSince(w.Now().Add(-9 * day))
		return sandbox
	}, "healthy not-empty", "not-empty=established before-the-coverage=established", "2 members"},

	{"Only Identity Store events are looked up, and Okta is at work", func(w *world) string {
		people := w.idp.people("ann", "ben")
		w.terraform().createGroup(sandbox)
		other := w.idp.createGroup(billing)
		w.idp.add(other, people...)
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.lookup(idcentertest.SourceAPI)
		return sandbox
	}, "undetermined scim-source-not-collected", "scim-source-not-collected=undetermined scim-never-used=undetermined never-touched=undetermined", "SCIM was never searched"},

	{"Eve switches the identity provider off", func(w *world) string {
		people := w.idp.people("ann", "ben")
		w.idp.add(w.idp.createGroup(billing), people...)
		w.Console("eve@example.com").CreateGroup(sandbox)
		w.Advance(time.Hour)
		w.Console("eve@example.com").Settings("DisableExternalIdPConfigurationForDirectory")
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logs()
		return sandbox
	}, "established identity-source-changed", "identity-source-changed=established", "DisableExternalIdPConfigurationForDirectory"},

	{"Okta fills the group with " + traceless, func(w *world) string {
		people := w.idp.people("ann", "ben")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, people...)
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "healthy not-empty", "not-empty=established", "2 members"},

	{"AWS throttles a connector's only write of a member", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		connector := w.connector()
		w.SetFaults(idcentertest.Faults{Throttled: 1})
		if _, err := connector.try(group, ann); err == nil {
			w.t.Fatal("it succeeded")
		}
		w.SetFaults(idcentertest.Faults{})
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established throttled", "throttled=established created-not-filled=established", "were throttled"},

	{"AWS fails on its own side and Okta does not come again", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		w.SetFaults(idcentertest.Faults{Failing: 1})
		w.idp.must(500, "PATCH", "/Groups/"+group, membersPatch("add", ann))
		w.SetFaults(idcentertest.Faults{})
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established group-writes-fail", "group-writes-fail=established throttled=refuted", "AWS refused the last SCIM write of the members"},

	{"The logs are from another organization", func(w *world) string {
		other := &world{Server: idcentertest.New(w.t, idcentertest.InAccount("444455556666"), idcentertest.InRegion("eu-west-1")), t: w.t}
		other.idp = client{other, oktaAgent, other.Token}
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, w.idp.createUser("ann"))
		theirs := other.idp.createGroup(billing)
		other.idp.add(theirs, other.idp.createUser("ann"))
		other.bob().createGroup("Finance")
		other.Advance(settled)
		w.Advance(settled)
		w.keep.snapshot()
		other.WriteLogs(w.keep.dir + "/trail")
		return sandbox
	}, "established wrong-place", "wrong-place=established scim-never-used=undetermined", "another Region"},

	{"Okta pushes the whole list at once, which AWS does not take", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		w.idp.must(400, "PATCH", "/Groups/"+group, membersPatch("replace", ann))
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established group-writes-fail", "group-writes-fail=established created-not-filled=refuted", "Replacing group memberships is not supported"},

	{"Okta's token is deleted before it sends the members", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		w.DeleteToken(w.Token)
		w.idp.must(401, "PATCH", "/Groups/"+group, membersPatch("add", ann))
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "established group-writes-fail", "group-writes-fail=established", "The request is not authorized"},

	{"Okta deletes the group", func(w *world) string {
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, w.idp.createUser("ann"))
		w.Advance(day)
		w.keep.snapshot(group)
		w.idp.must(204, "DELETE", "/Groups/"+group, nil)
		w.Advance(settled)
		w.keep.snapshot()
		w.keep.logs()
		return sandbox
	}, "established emptied-by-deletion", "emptied-by-deletion=established", "no longer exists"},

	{"The list of members is a week newer than the logs", func(w *world) string {
		ann := w.idp.createUser("ann")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, ann)
		w.Advance(settled)
		w.keep.logs()
		w.Advance(5 * day)
		w.bob().remove(group, ann)
		w.Advance(day)
		w.keep.snapshot(group)
		return sandbox
	}, "undetermined scim-source-not-collected", "removed-outside-scim!=established removed-by-scim!=established", "searched only in part"},

	{"Three ways lead into the group", func(w *world) string {
		people := w.idp.people("ann", "ben", "cyd")
		group := w.idp.createGroup(sandbox)
		w.idp.add(group, people[0])
		w.Console("eve@example.com").AddMember(group, people[1])
		w.bob().add(group, people[2])
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "healthy not-empty", "not-empty=established filled-by-hand=refuted", "3 members"},
}
