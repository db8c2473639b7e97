package report

import "github.com/scimtrail/scimtrail/internal/diagnose"

// statusMeaning says in a sentence what a status is worth.
var statusMeaning = map[diagnose.Status]string{
	diagnose.Established:  "Established: the evidence shows it, and what was searched reaches far enough to say so.",
	diagnose.Supported:    "Supported: the evidence points to it and does not prove it. What is missing stands under the next steps.",
	diagnose.Possible:     "Possible: nothing in the evidence speaks against it, and nothing proves it.",
	diagnose.Undetermined: "Undetermined: the evidence does not reach. This is not a finding that something does not work; it is a list of what to fetch.",
	diagnose.Refuted:      "Refuted: the evidence shows the opposite.",
	diagnose.Healthy:      "Healthy: there is nothing to explain.",
}

// causeMeaning says what follows from a cause for people who have to act, and
// what does not follow. Causes of other catalogues fall back on their title.
var causeMeaning = map[string]string{
	"scim-source-not-collected":      "Identity providers write under the event source identitystore-scim.amazonaws.com, and nobody searched it where it would be logged. Finding nothing under the other sources says nothing about SCIM. Fetch that source before anybody concludes that provisioning is broken.",
	"wrong-place":                    "What was asked for is not in what was searched, or the search was made in another account, Region or identity store, or in a reading that never shows members. Nothing about the group follows until the right place is searched.",
	"not-empty":                      "The group has members. If somebody still has no access, the fault lies after the membership: in the assignment of a permission set, or in the person's session.",
	"never-touched":                  "Within the time that was searched nothing changed the members of this group, by any of the three ways, and nothing tried to. Look before AWS: at the identity provider and at governance, which sent nothing for it in that time.",
	"scim-writes-users-only":         "Provisioning works for users and was never set up for groups. Access that hangs on a group will not arrive for anybody until groups are pushed as well.",
	"group-not-pushed":               "The chain works for other groups, and in what was searched this one is not among those that the identity provider pushes. The first place to look is its push and its assignment upstream, not AWS.",
	"created-not-filled":             "The identity provider made the group and has sent no members since. Either nobody is assigned to it upstream, or its members were never pushed.",
	"group-writes-fail":              "The identity provider tries to fill the group and AWS refuses. Each retry fails in the same way until the attribute or reference named in the error is put right.",
	"user-writes-fail":               "AWS refuses to make or find the users, and a member that does not exist cannot be added. Mend the users first; the memberships follow with the next push.",
	"scim-stopped":                   "Provisioning worked and then fell silent, for longer than its own rhythm explains. Changes that were made upstream since then have not arrived over SCIM; existing access stays as it was, people who left included.",
	"scim-never-used":                "In the whole time that is proven to be complete, no SCIM write was logged. Provisioning is not set up, ended before, or points elsewhere.",
	"filled-by-hand":                 "Groups like this one got members from people. If that is how it is done here, somebody has to do it for this group as well. Nothing follows from this about SCIM.",
	"connector-bypasses-idp":         "A program writes memberships straight to AWS and has left this group out. The identity provider may not know of those memberships and then does not restore them.",
	"removed-outside-scim":           "Members were there and were taken out past the identity provider, which may not know and may not put them back by itself.",
	"removed-by-scim":                "Members were there and the identity provider took them out. That can be exactly what was wanted upstream: ask there before anything is put back.",
	"emptied-by-deletion":            "The memberships went with their users or with the group. Users who are made anew get new ids and do not return to their groups by themselves.",
	"group-recreated":                "The group of today is not the group of before: it has a new id. Members have to be sent again, and assignments may still point at the old id.",
	"name-taken":                     "The identity provider could not make its group because the name was taken by one made another way. Its pushes go nowhere until the two are joined or one is renamed.",
	"throttled":                      "Writes were refused for their rate and not repeated. What they carried is missing until the identity provider pushes again.",
	"two-writers":                    "Two parties undo each other's work. Whatever is put right will be undone again until one of them stops.",
	"unknown-client":                 "Somebody writes over SCIM with a client or a token that was not seen before. It can be a migration; it can be a stolen token. Find out before anything else.",
	"identity-source-changed":        "The identity source or provisioning was switched. Memberships and ids from before may be gone or out of date.",
	"before-the-coverage":            "The members are older than the evidence, so who added them cannot be known from it.",
	"request-unfinished":             "Nothing is broken after governance: the access was never granted. Ask whoever has to approve it, or request it again.",
	"governance-provisioning-failed": "The access was granted and governance could not write it to the identity provider. Everything after that had nothing to do. Others who were granted access at that time may be missing it too.",
	"governance-wrote-elsewhere":     "Governance holds the access as given, so nobody will be told that it is missing, and a second request may be skipped. Its picture of the identity provider has to be read anew first.",
	"directory-import-late":          "The membership is in the directory and not yet at the identity provider. It arrives with the next import, if that runs; until then nothing can reach AWS.",
	"access-expired-on-purpose":      "This is how it was meant to be. Putting the membership back by hand would go against a decision.",
	"idp-group-lacks-user":           "AWS shows what the identity provider has: the group there lacks them. Look at who or what changes that group (governance, rules, people), not at provisioning.",
	"nested-group":                   "Provisioning works as built: it takes the direct members of a group. People who are in it through another group never arrive, however often it is pushed.",
	"idp-user-inactive":              "Whoever is not active at the identity provider is left out of every push. Making the account active again is not enough: each group has to be pushed once more.",
	"app-inactive":                   "Nothing at all is provisioned while the app is inactive, for anybody and any group.",
	"provisioning-off":               "A switch at the identity provider keeps people or groups from being sent. Everybody who was assigned since is affected, not this group alone.",
	"members-not-assigned":           "A push sends the members who are users of the app as well. These are not, so the push is content and leaves them out without an error.",
	"assigned-before-provisioning":   "The identity provider holds them for assigned, and they were never made in AWS. They stay out until they are provisioned one by one or assigned anew.",
	"user-refused":                   "AWS refuses the person's data, and without the person there is no membership. Each retry fails in the same way until the value is put right.",
	"duplicate-user":                 "A user made another way is in the way of the one that the identity provider wants to make. Until the two are one, nothing of this person arrives.",
	"user-gone-in-aws":               "The identity provider writes to users who no longer exist in AWS and does not know it. One of them can make AWS refuse the whole group.",
	"username-mismatch":              "One person is two users in AWS: the memberships are on the one, and the person signs in as the other.",
	"idp-sends-no-groups":            "This kind of provisioning brings people only. Groups and their members have to come from something else; look there.",
	"no-mapping":                     "The identity provider does not send this group at all. That the group is assigned to the app makes its people users in AWS and nothing more.",
	"mapping-inactive":               "The group in AWS is frozen as it was when the push was switched off: who joined since is missing, who left since is still in.",
	"mapping-error":                  "The push stopped and is not tried again by itself. Whatever was changed at the identity provider since then is missing in AWS.",
	"memberships-never-pushed":       "The group was sent as a name, and its members were not. A push by hand sends them.",
	"one-group-for-both":             "One group for assignment and push is a setup that loses members now and then. A push by hand mends today's loss; two groups mend the cause.",
	"wrong-endpoint":                 "The identity provider works for another Identity Center instance or address. Here nothing arrives, and what it remembers of users and groups is of the other one.",
	"token-rejected":                 "Every push fails, of all people and groups, until the token is renewed; what was changed since then has to be sent again.",
	"job-quarantined":                "The provisioning job does not bring over what was changed, or leaves this out. What is in AWS is as old as its last good run.",
	"unsupported-request":            "What is sent never arrives in this form. It is no passing fault; the way of sending has to be changed.",
	"assignment-to-old-group":        "The membership is right and gives nothing: the permissions hang on an id that is gone.",
	"evidence-tampered":              "Log files are missing or are not what CloudTrail signed. No statement about an absence can rest on them, and how that came about is a question of its own.",
}

// meaning says what the finding means for the reader.
func (q *inquest) meaning() []string {
	if q.a == nil {
		return []string{
			"This report asks about no single group. It shows who makes memberships in this identity store, and how each is known.",
			"Recorded: an event names both the group and the user. Inferred: a SCIM write of that group fits in time and nothing else does. Declared: only the identity store names a maker. Unexplained: no event in what was searched could have made it. Predates: older than what was searched.",
		}
	}
	out := []string{}
	status := q.a.Verdict.Status
	if text := causeMeaning[q.a.Verdict.Cause]; text != "" && (status == diagnose.Established || status == diagnose.Supported || status == diagnose.Healthy || q.a.Verdict.Cause == "scim-source-not-collected" || q.a.Verdict.Cause == "wrong-place") {
		if status == diagnose.Supported {
			text = "If this is what happened: " + text
		}
		out = append(out, text)
	}
	return append(out, statusMeaning[status])
}
