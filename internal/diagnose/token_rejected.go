package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scimerror"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "token-rejected",
	Title:    "AWS refuses the identity provider's SCIM token",
	Step:     Before,
	Rank:     71,
	Explains: []string{"mapping-error", "scim-stopped", "user-writes-fail", "job-quarantined", "memberships-never-pushed", "created-not-filled"},
	Examine:  tokenRejected,
})

// tokenRejected is C08: the token is expired, replaced or of another instance. It
// stops everything at once, so any success after the refusal speaks against it.
func tokenRejected(in *inquiry) Finding {
	c := in.before()
	if !c.provider() {
		return unexamined("")
	}
	refused := c.appFailures(func(f *failure) bool {
		return f.is("scim-token-rejected", "entra-credentials") || f.kind == authFailure
	})
	for _, j := range c.st.Entra.Jobs {
		if e := j.Status.Quarantine.Error; ours(&j) && j.Status.Code == "Quarantine" {
			f := c.failure(j.Status.Quarantine.CurrentBegan, strings.Trim(e.Code+": "+e.Message, ": "), "Entra ID's provisioning job")
			if f.text != "" && f.is("scim-token-rejected", "entra-credentials") {
				refused = append(refused, f)
			}
		}
	}
	good, how := c.lastAccepted()
	var open []failure
	for _, f := range refused {
		if f.at.IsZero() || f.at.After(good) {
			open = append(open, f)
		}
	}
	slices.SortStableFunc(open, func(a, b failure) int { return a.at.Compare(b.at) })
	if len(open) == 0 {
		switch {
		case len(refused) > 0:
			return Finding{Status: Refuted, Because: []Reason{refused[len(refused)-1].reason(), {Text: fmt.Sprintf("Accepted again since: %s on %s.", how, when(good))}}}
		case !good.IsZero() && !good.Before(in.end().Add(-slack)):
			return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("The token was accepted lately: %s on %s.", how, when(good))}}}
		case c.logCovers(good):
			return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("%s was read in whole since the last success (%s on %s) and has no refusal of the token.", systemLog, how, when(good))}}}
		}
		return Finding{Status: Undetermined, Because: []Reason{{Text: "No refusal of the token is in what was read, and whether all was read is not known."}}, Needs: []Need{c.readNeed()}}
	}
	f := Finding{
		Status:  Established,
		Because: []Reason{open[0].reason()},
		At:      open[0].at,
		Fix: []Fix{
			{Text: "Make a second token and note its expiry (tokens live one year, two at most exist). In IAM Identity Center: Settings > Automatic provisioning > Actions > Manage provisioning > Access tokens > Generate token.", Who: "aws"},
			{Text: "Enter it and test it. In Okta: Applications > AWS IAM Identity Center > Provisioning > Integration > Edit > API Token > Test API Credentials > Save. In Entra ID: Enterprise applications > AWS IAM Identity Center > Provisioning > Admin Credentials > Test Connection.", Who: "idp"},
			{Text: "Retry what failed meanwhile. In Okta: Dashboard > Tasks, then Push Groups > Retry All Groups. In Entra ID: Provisioning > Restart provisioning.", Who: "idp"},
			{Text: "Delete the old token when the new one works.", Who: "aws"},
		},
	}
	if n := len(open); n > 1 {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("%d refusals of the kind, the last on %s.", n, when(open[n-1].at))})
	}
	switch {
	case !slices.ContainsFunc(open, func(f failure) bool { return f.is("scim-token-rejected") }):
		f.Status = Supported
		f.Summary = "The identity provider cannot sign in to AWS's SCIM endpoint: its token is refused, or its address is wrong."
	case open[0].at.IsZero():
		f.Status = Supported
		f.Summary = "AWS refused the identity provider's SCIM token; when is not known, nor whether it was renewed since."
	default:
		f.Summary = fmt.Sprintf("AWS has refused the identity provider's SCIM token since %s, and nothing was accepted after that.", day(open[0].at))
	}
	if !good.IsZero() {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The last success that is known: %s on %s.", how, when(good))})
	}
	return f
}

// ofConnection are the refusals, by the error catalogue, of which the one reason
// stops everything; authFailure is the event by which Okta tells of one.
var ofConnection = []string{"scim-token-rejected", "entra-credentials", "tenant-not-found", "foreign-answer"}

const authFailure = "application.integration.authentication_failure"

// appFailures returns the refusals of the connection that are of a kind, whoever or
// whatever they are about, by time.
func (c *chain) appFailures(is func(*failure) bool) []failure {
	var out []failure
	for _, f := range c.side().failures() {
		if is(&f) {
			out = append(out, f)
		}
	}
	return out
}

// readAppFailures gathers them for all questions (outlook.go).
func (c *chain) readAppFailures() []failure {
	var out []failure
	add := func(f failure) {
		if f.is(ofConnection...) || f.kind == authFailure {
			out = append(out, f)
		}
	}
	for i := range c.st.Okta.Events {
		e := &c.st.Okta.Events[i]
		if !e.Failed() || !c.ofApp(e) || !aboutApp(e.EventType) {
			continue
		}
		f := c.alike(e.Published, textOf(e), systemLog)
		f.kind = e.EventType
		add(f)
	}
	for _, u := range c.appUsers {
		if u.Task.Error != "" && u.Task.Status != "COMPLETED" {
			add(c.alike(u.Task.LastUpdate, u.Task.Error, appTask))
		}
	}
	for _, m := range c.st.Okta.Mappings {
		if m.Status == "ERROR" && m.ErrorSummary != "" && (m.App == c.appID || m.App == "") {
			add(c.alike(m.LastUpdated, m.ErrorSummary, pushMapping))
		}
	}
	for i := range c.st.Entra.Provisioning {
		if e := &c.st.Entra.Provisioning[i]; e.Status.Status == "failure" {
			add(c.alike(e.ActivityDateTime, strings.Trim(e.Status.Error.Code+": "+e.Status.Error.Reason, ": "), entraLog))
		}
	}
	type saying struct{ code, message string }
	heard := map[saying]scimerror.Explanation{}
	for _, ev := range c.in.scimRefused() {
		f := failure{at: ev.Time, text: strings.Trim(ev.ErrorCode+": "+ev.ErrorMessage, ": "), where: trail, event: ev.Key}
		said := saying{ev.ErrorCode, ev.ErrorMessage}
		x, known := heard[said]
		if !known {
			x, _ = scimerror.Explain(ev.ErrorCode, ev.ErrorMessage)
			heard[said] = x
		}
		f.x, f.known = x, x.Entry != nil
		add(f)
	}
	slices.SortStableFunc(out, func(a, b failure) int { return a.at.Compare(b.at) })
	return out
}

func aboutApp(kind string) bool {
	for _, prefix := range []string{"application.provision.", "application.integration.", "application.configuration.", "app.user_management."} {
		if strings.HasPrefix(kind, prefix) {
			return true
		}
	}
	return false
}

// lastAccepted returns the last moment at which AWS is known to have accepted a
// call of the provider, and what shows it.
func (c *chain) lastAccepted() (time.Time, string) {
	a := c.side().accepted()
	return a.at, a.how
}

// readAccepted seeks it for all questions (outlook.go).
func (c *chain) readAccepted() accepted {
	var at time.Time
	how := ""
	note := func(t time.Time, what string) {
		if t.After(at) {
			at, how = t, what
		}
	}
	for i := range c.st.Okta.Events {
		e := &c.st.Okta.Events[i]
		if e.Outcome.Result == "SUCCESS" && c.ofApp(e) && (strings.HasPrefix(e.EventType, "application.provision.user.") || slices.Contains(pushSuccess, e.EventType)) {
			note(e.Published, "a push in Okta's System Log")
		}
	}
	for _, m := range c.st.Okta.Mappings {
		if m.Status == "ACTIVE" && (m.App == c.appID || m.App == "") {
			note(m.LastPush, "a pushed group")
		}
	}
	for _, u := range c.appUsers {
		if u.SyncState == "SYNCHRONIZED" && u.ExternalID != "" {
			note(u.LastSync, "a synchronised person")
		}
	}
	for i := range c.st.Entra.Provisioning {
		if e := &c.st.Entra.Provisioning[i]; e.Status.Status == "success" && e.ProvisioningAction != "other" {
			note(e.ActivityDateTime, "a success in Entra ID's provisioning log")
		}
	}
	own := func(ev *casefile.Event) bool {
		return ev.Source == awsid.SourceSCIM && succeeded(ev) && (ev.Actor.Client == upstream.ProductOkta && c.okta || ev.Actor.Client == upstream.ProductEntra && c.entra)
	}
	if ev := last(where(c.in.scim, own)); ev != nil {
		note(ev.Time, "a SCIM call that AWS accepted ("+ev.Name+")")
	}
	return accepted{at, how}
}
