package diagnose

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "wrong-endpoint",
	Title:    "The identity provider writes to another Identity Center instance or address",
	Step:     Before,
	Rank:     70,
	Explains: []string{"mapping-error", "scim-stopped", "scim-never-used", "never-touched"},
	Examine:  wrongEndpoint,
})

// wrongEndpoint is C09. The SCIM address cannot be read back from a provider, so
// only AWS's answer that there is no such tenant establishes it; ids and sign-in
// settings that do not fit point to it.
func wrongEndpoint(in *inquiry) Finding {
	c := in.before()
	if !c.provider() {
		return unexamined("")
	}
	fixes := []Fix{
		{Text: "Read the SCIM endpoint of this instance. In IAM Identity Center, in its Region: Settings > Automatic provisioning > SCIM endpoint.", Who: "aws"},
		{Text: "Compare it with the base URL, Region and tenant included and without a slash at the end, and enter a token of the same instance. In Okta: Applications > AWS IAM Identity Center > Provisioning > Integration. Ids that Okta remembers from the other instance are void: people have to be assigned again and groups pushed again.", Who: "idp"},
	}
	good, _ := c.lastAccepted()
	tenant := c.appFailures(func(f *failure) bool { return f.is("tenant-not-found") && (f.at.IsZero() || f.at.After(good)) })
	if len(tenant) > 0 {
		final := tenant[len(tenant)-1]
		f := Finding{Status: Established, Because: []Reason{final.reason()}, Fix: fixes, At: tenant[0].at,
			Summary: "The identity provider writes to a SCIM address whose tenant does not exist, so nothing arrives."}
		if final.at.IsZero() {
			f.Status = Supported
		}
		return f
	}
	var f Finding
	if c.foreign != nil {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The sign-in settings of the only AWS app in Okta that was read, %s, name identity store %s, and %s is in %s.", cmp.Or(c.foreign.Label, c.foreign.ID), storeOf(c.foreign), in.subject(), in.store)})
	}
	if c.app != nil && in.store != "" {
		switch store := storeOf(c.app); {
		case awsid.IsStore(store) && store != in.store:
			f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The sign-in settings of %s name identity store %s, and the group is in %s.", c.theApp(), store, in.store)})
		case store == in.store:
			if region := regionOf(c.app); region != "" && in.place.Region != "" && region != in.place.Region {
				f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The sign-in settings of %s name Region %s, and the identity store is in %s.", c.theApp(), region, in.place.Region)})
			}
		}
	}
	if c.appID != "" && c.mapping == nil && len(c.mappings) > 0 {
		f.Because = append(f.Because, Reason{Text: "The group is pushed to another app than the one whose sign-in settings name this instance."})
	}
	if c.usersListed() && c.allElsewhere() {
		f.Because = append(f.Because, Reason{Text: "Okta remembers AWS user ids for its people, and none of them is a user of this identity store."})
	}
	if len(f.Because) > 0 {
		f.Status, f.Fix = Supported, fixes
		f.Summary = fmt.Sprintf("The identity provider seems to serve another Identity Center instance than the one that %s is in.", in.subject())
		f.Needs = []Need{instanceNeed(in)}
		return c.contradicted(f, c.in.end().Add(-slack))
	}
	if foreign := c.appFailures(func(f *failure) bool { return f.is("foreign-answer") && f.at.After(good) }); len(foreign) > 0 {
		return Finding{Status: Possible, Because: []Reason{foreign[len(foreign)-1].reason()}, Fix: fixes}
	}
	if c.okta && c.app != nil && storeOf(c.app) == in.store && in.store != "" {
		known := false
		for _, u := range c.appUsers {
			known = known || u.ExternalID != "" && c.life(strings.ToLower(u.ExternalID)) != nil
		}
		if known {
			return Finding{Status: Refuted, Because: []Reason{{Text: "The app's sign-in settings name this identity store, and people whom it provisioned are in it."}}}
		}
	}
	if c.wroteLately() {
		return Finding{Status: Refuted, Because: []Reason{{Text: "SCIM calls of the provider reach this instance."}}}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: "Where the identity provider writes to is not shown: its SCIM address cannot be read back, and nothing in the evidence compares the two sides."}}, Needs: []Need{in.usersNeed()}}
}

func regionOf(a *upstream.OktaApp) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(a.Settings.App.EntityID, "https://"), ".")
	if regionForm.MatchString(host) {
		return host
	}
	return ""
}

// wroteLately reports whether AWS accepted a call of the provider within a day of
// the end of the evidence.
func (c *chain) wroteLately() bool {
	for i := len(c.in.scim) - 1; i >= 0; i-- {
		ev := c.in.scim[i]
		if succeeded(ev) && (ev.Actor.Client == upstream.ProductOkta && c.okta || ev.Actor.Client == upstream.ProductEntra && c.entra) {
			return !ev.Time.Before(c.in.end().Add(-slack))
		}
	}
	return false
}
