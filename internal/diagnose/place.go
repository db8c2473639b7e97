package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// locate finds the account and Region of the identity store. Who owns it is
// told, from the best to the weakest, by what states the owner, by where SCIM
// calls about it are logged, by where it was listed (which a delegated
// administrator can do as well), and by where any SCIM calls are logged.
func (g *ground) locate() {
	var owners, listed, any []casefile.Home
	for _, h := range g.c.Homes {
		switch {
		case g.store != "" && h.Store == g.store:
			listed = append(listed, h)
			if h.Owner {
				owners = append(owners, h)
			}
		case h.Store == "" || g.store == "":
			any = append(any, h)
		}
	}
	account := func(h casefile.Home) string { return h.Account }
	region := func(h casefile.Home) string { return h.Region }
	if len(owners) > 0 {
		g.place.Account = only(owners, account)
	} else if g.place.Account = g.scimAccount(); g.place.Account == "" {
		if g.place.Account = only(listed, account); g.place.Account == "" {
			g.place.Account = only(any, account)
		}
	}
	g.ownerShown = g.place.Account != "" && (len(owners) > 0 || slices.ContainsFunc(any, func(h casefile.Home) bool { return h.Account == g.place.Account }))
	if len(listed) > 0 {
		g.place.Region = only(listed, region)
	} else {
		g.place.Region = only(any, region)
	}
	if g.place.Region == "" {
		g.place.Region = g.onlyRegion()
	}
}

// ownerDoubt says why the account that SCIM was searched in may not be the one
// that owns the identity store, "" when calls or a statement show that it is.
func (in *inquiry) ownerDoubt() string {
	switch {
	case in.ownerShown:
		return ""
	case in.place.Account == "":
		return "The evidence does not say which account owns the identity store, so SCIM, which is logged there alone, may have been searched in another one."
	}
	return "That account " + in.place.Account + " owns the identity store is only known from its having been listed there, which a delegated administrator can do as well."
}

func instanceNeed(in *inquiry) Need {
	return Need{
		Text:    "Ask for the instance: its identity store, owner account and Region.",
		Command: fmt.Sprintf("aws sso-admin list-instances --region %s --output json", safeRegion(in.place.Region)),
	}
}

// only returns what all homes that say it agree on.
func only(homes []casefile.Home, pick func(casefile.Home) string) string {
	agreed := ""
	for _, h := range homes {
		switch v := pick(h); {
		case v == "" || v == agreed:
		case agreed == "":
			agreed = v
		default:
			return ""
		}
	}
	return agreed
}

// scimAccount returns the one account in which SCIM calls about the store are
// logged, "" when none is or several are.
func (g *ground) scimAccount() string {
	account := ""
	if g.store == "" {
		return ""
	}
	for _, t := range g.bench.survey().tenants {
		if !t.stores[g.store] {
			continue
		}
		for _, a := range t.accounts {
			if account != "" && account != a {
				return ""
			}
			account = a
		}
	}
	return account
}

// onlyRegion returns the Region of all identity writes when there is just one:
// memberships are written in the primary Region alone (cloudtrail reference 2.2).
func (g *ground) onlyRegion() string {
	region := ""
	for i := range g.c.Events {
		ev := &g.c.Events[i]
		if ev.Region == region || ev.Region == "" || ev.ReadOnly || !cloudtrail.DirectorySource(ev.Source) || g.elsewhere(i) {
			continue
		}
		if region != "" {
			return ""
		}
		region = ev.Region
	}
	return region
}
