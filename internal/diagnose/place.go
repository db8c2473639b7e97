package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// tie learns which identity stores the SCIM calls of a tenant are about: they
// name no store, but the users and groups that they name are listed in one.
func (in *inquiry) tie() {
	in.stores = map[string]map[string]bool{}
	for i := range in.c.Events {
		ev := &in.c.Events[i]
		if ev.Source != awsid.SourceSCIM {
			continue
		}
		if store := in.storeOf(ev); store != "" {
			key := tenantOf(ev)
			if in.stores[key] == nil {
				in.stores[key] = map[string]bool{}
			}
			in.stores[key][store] = true
		}
	}
}

// storeOf returns the store that an event names, or that the user or group it
// names is listed in; "" when neither is known.
func (in *inquiry) storeOf(ev *casefile.Event) string {
	if ev.Subject.Store != "" {
		return ev.Subject.Store
	}
	if g := in.l.Group(ev.Subject.Group); g != nil && g.Store != "" {
		return g.Store
	}
	if u := in.l.User(ev.Subject.User); u != nil {
		return u.Store
	}
	return ""
}

// tenantOf names what SCIM calls of one identity store have in common.
func tenantOf(ev *casefile.Event) string {
	if ev.Subject.Tenant != "" {
		return "tenant " + ev.Subject.Tenant
	}
	return "account " + ev.Account
}

// elsewhere reports whether an event is certainly about another identity store.
// SCIM is logged in the one account that owns the store (cloudtrail reference 2.2).
func (in *inquiry) elsewhere(ev *casefile.Event) bool {
	if in.store == "" {
		return false
	}
	if store := in.storeOf(ev); store != "" {
		return store != in.store
	}
	if ev.Source != awsid.SourceSCIM {
		return false
	}
	if stores := in.stores[tenantOf(ev)]; len(stores) > 0 {
		return !stores[in.store]
	}
	return in.place.Account != "" && ev.Account != "" && ev.Account != in.place.Account
}

// locate finds the account and Region of the identity store. Who owns it is
// told, from the best to the weakest, by what states the owner, by where SCIM
// calls about it are logged, by where it was listed (which a delegated
// administrator can do as well), and by where any SCIM calls are logged.
func (in *inquiry) locate() {
	var owners, listed, any []casefile.Home
	for _, h := range in.c.Homes {
		switch {
		case in.store != "" && h.Store == in.store:
			listed = append(listed, h)
			if h.Owner {
				owners = append(owners, h)
			}
		case h.Store == "" || in.store == "":
			any = append(any, h)
		}
	}
	account := func(h casefile.Home) string { return h.Account }
	region := func(h casefile.Home) string { return h.Region }
	if len(owners) > 0 {
		in.place.Account = only(owners, account)
	} else if in.place.Account = in.scimAccount(); in.place.Account == "" {
		if in.place.Account = only(listed, account); in.place.Account == "" {
			in.place.Account = only(any, account)
		}
	}
	in.ownerShown = in.place.Account != "" && (len(owners) > 0 || slices.ContainsFunc(any, func(h casefile.Home) bool { return h.Account == in.place.Account }))
	if len(listed) > 0 {
		in.place.Region = only(listed, region)
	} else {
		in.place.Region = only(any, region)
	}
	if in.place.Region == "" {
		in.place.Region = in.onlyRegion()
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
func (in *inquiry) scimAccount() string {
	account := ""
	for i := range in.c.Events {
		ev := &in.c.Events[i]
		if ev.Source != awsid.SourceSCIM || ev.Account == "" || in.store == "" || !in.stores[tenantOf(ev)][in.store] {
			continue
		}
		if account != "" && account != ev.Account {
			return ""
		}
		account = ev.Account
	}
	return account
}

// onlyRegion returns the Region of all identity writes when there is just one:
// memberships are written in the primary Region alone (cloudtrail reference 2.2).
func (in *inquiry) onlyRegion() string {
	var regions []string
	for i := range in.c.Events {
		ev := &in.c.Events[i]
		if cloudtrail.DirectorySource(ev.Source) && !ev.ReadOnly && ev.Region != "" && !in.elsewhere(ev) && !slices.Contains(regions, ev.Region) {
			regions = append(regions, ev.Region)
		}
	}
	if len(regions) == 1 {
		return regions[0]
	}
	return ""
}
