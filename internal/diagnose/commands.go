package diagnose

import (
	"cmp"
	"fmt"
	"regexp"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Commands hold nothing from the evidence but ids, accounts and Regions of a
// strict form, so that no log line can write one (causes.md, rules).
var regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)

func safeRegion(s string) string {
	if regionForm.MatchString(s) {
		return s
	}
	return "<region>"
}

func safeID(s, placeholder string) string {
	if awsid.IsResource(s) {
		return s
	}
	return placeholder
}

func (in *inquiry) safeStore() string {
	if awsid.IsStore(in.store) {
		return in.store
	}
	return "<identity-store-id>"
}

// ninety is how far back CloudTrail's event history goes (cloudtrail reference 3.4).
const ninety = 90 * 24 * time.Hour

// lookupNeed asks for an event source where it is logged. Event history reaches
// back ninety days; for what is older the trail's bucket is named.
func (in *inquiry) lookupNeed(source string) Need {
	window := cmp.Or(in.c.Now, in.c.AsOf())
	from := window.Add(-ninety)
	if g := in.group; g != nil && g.Created != nil && g.Created.Time.After(from) {
		from = g.Created.Time
	}
	command := fmt.Sprintf("aws cloudtrail lookup-events --region %s --lookup-attributes AttributeKey=EventSource,AttributeValue=%s", safeRegion(in.place.Region), source)
	if !window.IsZero() {
		command += " --start-time " + from.UTC().Format("2006-01-02T15:04:05Z")
	}
	return Need{
		Text:    fmt.Sprintf("Collect the %s events in %s; event history holds 90 days, a trail's bucket holds more.", sourceNames([]string{source}), in.accountsToAsk(source)),
		Command: command + " --output json",
	}
}

// accountsToAsk names where a source is logged: SCIM where the instance lives,
// everything else where the callers are (cloudtrail reference 2.2).
func (in *inquiry) accountsToAsk(source string) string {
	var known []string
	for _, p := range in.placesOf(source) {
		if awsid.IsAccount(p.Account) {
			known = append(known, p.Account)
		}
	}
	switch {
	case source == awsid.SourceSCIM && len(known) == 0:
		return "the account that owns the Identity Center instance (the management account)"
	case len(known) == 0:
		return "the management account and every delegated administrator account"
	case len(known) == 1:
		return "account " + known[0]
	}
	return "each of accounts " + list(known, 10)
}

// snapshotNeed asks for the member list of the group as it is now.
func (in *inquiry) snapshotNeed() Need {
	if in.group == nil {
		id := "<user-id>"
		if in.user != nil {
			id = safeID(in.user.ID, id)
		}
		return Need{
			Text: "Take the user's memberships from the identity store; SCIM never shows members.",
			Command: fmt.Sprintf("aws identitystore list-group-memberships-for-member --region %s --identity-store-id %s --member-id UserId=%s",
				safeRegion(in.place.Region), in.safeStore(), id),
		}
	}
	return Need{
		Text: "Take the member list from the identity store; SCIM never shows members.",
		Command: fmt.Sprintf("aws identitystore list-group-memberships --region %s --identity-store-id %s --group-id %s",
			safeRegion(in.place.Region), in.safeStore(), safeID(in.group.ID, "<group-id>")),
	}
}

// groupNeed asks for the group, for causes that only make sense of one.
func groupNeed() Need {
	return Need{Text: "Name the group that the user should be in: why user ... --group GROUP."}
}

// needsGroup is the finding of such a cause when no group was asked for.
func needsGroup() Finding {
	return Finding{Status: Undetermined, Because: []Reason{{Text: "This cause is about one group, and none was named."}}, Needs: []Need{groupNeed()}}
}
