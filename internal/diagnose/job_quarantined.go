package diagnose

import (
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "job-quarantined",
	Title:    "The provisioning job is in quarantine, stopped, or leaves it out",
	Step:     Before,
	Rank:     72,
	Explains: []string{"scim-stopped", "created-not-filled", "group-not-pushed"},
	Examine:  jobQuarantined,
})

// ours reports whether a job is the one of the AWS app: its template is named
// for it (okta-sailpoint reference 11).
func ours(j *upstream.EntraJob) bool {
	return strings.Contains(strings.ToLower(j.TemplateID+j.ID), "aws")
}

// jobQuarantined is C27: Entra's job does not run as it should, or its log says
// that the object was left out of scope.
func jobQuarantined(in *inquiry) Finding {
	c := in.before()
	if !c.entra {
		return unexamined(upstream.ProductEntra)
	}
	var job *upstream.EntraJob
	others := 0
	for i := range c.st.Entra.Jobs {
		if j := &c.st.Entra.Jobs[i]; ours(j) {
			if job != nil {
				return Finding{Status: Undetermined, Because: []Reason{{Text: "Several provisioning jobs are for AWS; which serves this instance is not known."}}, Needs: []Need{c.readNeed()}}
			}
			job = j
		} else {
			others++
		}
	}
	if job != nil {
		if f, stopped := c.jobStopped(job); stopped {
			return f
		}
	}
	if f, left := c.leftOut(); left {
		return f
	}
	switch {
	case job == nil && others > 0:
		return Finding{Status: Undetermined, Because: []Reason{{Text: "None of the provisioning jobs in the evidence is for AWS."}}, Needs: []Need{c.readNeed()}}
	case job == nil:
		return c.notRead(upstream.ProductEntra, upstream.ListJobs, "The provisioning job", upstream.Scope{})
	case job.Schedule.State == "Active" && job.Status.Code == "Active":
		return Finding{Status: Refuted, Because: []Reason{{Text: "Entra ID shows the job as active, and its log does not show that it left this out."}}}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: fmt.Sprintf("Entra ID shows the job's schedule as %q and its status as %q.", job.Schedule.State, job.Status.Code)}}, Needs: []Need{c.readNeed()}}
}

func (c *chain) jobStopped(job *upstream.EntraJob) (Finding, bool) {
	f := Finding{Status: Established}
	q := job.Status.Quarantine
	switch {
	case job.Status.Code == "Quarantine":
		f.Summary = "Entra ID has the provisioning job for AWS in quarantine, so it brings nothing over, or only now and then."
		if !q.CurrentBegan.IsZero() {
			f.Summary = fmt.Sprintf("Entra ID has had the provisioning job for AWS in quarantine since %s, so it brings nothing over, or only now and then.", day(q.CurrentBegan))
		}
		f.At = q.CurrentBegan
		text := fmt.Sprintf("Entra ID gives the reason %q", q.Reason)
		if e := strings.Trim(q.Error.Code+": "+q.Error.Message, ": "); e != "" {
			text += fmt.Sprintf(" and the error %q", shorten(e, 200))
		}
		f.Because = []Reason{{Text: text + "."}}
		f.Fix = []Fix{
			{Text: "Cure the reason (mostly the secret token: Provisioning > Admin Credentials > Test Connection), then restart the job. In Entra ID: Enterprise applications > AWS IAM Identity Center > Provisioning > Restart provisioning. After 28 days in quarantine the job is switched off.", Who: "idp"},
		}
	case job.Schedule.State == "Paused" || job.Schedule.State == "Disabled" || job.Status.Code == "Paused":
		f.Summary = "The provisioning job for AWS in Entra ID does not run: it is paused or disabled."
		f.Because = []Reason{{Text: fmt.Sprintf("Entra ID shows the job's schedule as %q and its status as %q.", job.Schedule.State, job.Status.Code)}}
		f.Fix = []Fix{{Text: "Find out why it was stopped, then start it. In Entra ID: Enterprise applications > AWS IAM Identity Center > Provisioning > Start provisioning.", Who: "idp"}}
	case job.Status.Code == "NotConfigured" || job.Status.Code == "NotRun":
		f.Summary = "The provisioning job for AWS in Entra ID was never set up or never ran."
		f.Because = []Reason{{Text: fmt.Sprintf("Entra ID shows its status as %q.", job.Status.Code)}}
		f.Fix = []Fix{{Text: "Set provisioning up and start it. In Entra ID: Enterprise applications > AWS IAM Identity Center > Provisioning.", Who: "idp"}}
	default:
		return Finding{}, false
	}
	read := c.readAt(upstream.ProductEntra, upstream.ListJobs, upstream.Scope{})
	since := later(f.At, read)
	if wrote := after(c.in.patterns.entra(), since.Add(slackOfClocks)); len(wrote) > 0 && !since.IsZero() {
		f.Status = Possible
		f.Because = append(f.Because, because(wrote, "But Entra ID wrote over SCIM after that with success, the last on %s.", when(last(wrote).Time)))
	}
	return f, true
}

// leftOut is the finding when the last entry of the provisioning log about the
// group, or about the person, says that it was skipped.
func (c *chain) leftOut() (Finding, bool) {
	id, who := c.groupID, c.in.theGroup()
	if c.in.user != nil {
		if len(c.people) == 0 {
			return Finding{}, false
		}
		id, who = c.people[0].id, c.people[0].name()
	}
	var final *upstream.EntraProvisioning
	for i := range c.st.Entra.Provisioning {
		if p := &c.st.Entra.Provisioning[i]; p.Source.ID == id && id != "" {
			final = p
		}
	}
	if final == nil || final.Status.Status != "skipped" {
		return Finding{}, false
	}
	why := strings.Trim(final.Status.Error.Code+": "+final.Status.Error.Reason, ": ")
	for _, s := range final.Steps {
		if why == "" && s.Status == "skipped" {
			why = s.Description
		}
	}
	f := Finding{
		Status:  Established,
		At:      final.ActivityDateTime,
		Summary: fmt.Sprintf("Entra ID leaves %s out when it provisions AWS.", who),
		Because: []Reason{{Text: fmt.Sprintf("%s, %s: skipped: %q.", entraLog, when(final.ActivityDateTime), shorten(why, 200))}},
		Fix: []Fix{
			{Text: "Assign the group or the person to the app, or widen the scope. In Entra ID: Enterprise applications > AWS IAM Identity Center > Users and groups, and Provisioning > Settings > Scope.", Who: "idp"},
		},
	}
	// An object that is as it should be is skipped as well: that is no leaving out.
	if x := c.failure(final.ActivityDateTime, why, entraLog); !x.is("entra-not-in-scope") {
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: "Whether it was left out, or skipped because nothing had changed, the entry does not say plainly."})
	}
	return f, true
}
