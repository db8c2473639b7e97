package upstreamtest_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/entra"
	"github.com/scimtrail/scimtrail/internal/source/okta"
	"github.com/scimtrail/scimtrail/internal/source/sailpoint"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

func atOnce(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// ask reads all three stand-ins for Ann and the group.
func ask(t *testing.T, w *upstreamtest.World) upstream.State {
	t.Helper()
	q := live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group, Now: w.Now}
	b := casefile.NewBuilder(actor.Default())
	collect := func(s live.Source, err error) {
		t.Helper()
		if err == nil {
			err = s.Collect(t.Context(), b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	o, _ := okta.ParseName(w.OktaName())
	collect(okta.New(okta.Options{Name: o, Query: q, Environment: w.Environment(), Sleep: atOnce}))
	p, _ := sailpoint.ParseName(w.SailPointName())
	collect(sailpoint.New(sailpoint.Options{Name: p, Query: q, Environment: w.Environment(), Sleep: atOnce}))
	e, _ := entra.ParseName(w.EntraName())
	collect(entra.New(entra.Options{Name: e, Query: q, Environment: w.Environment(), Sleep: atOnce}))
	return b.Build().Upstream
}

// logged reports whether the log has an event of a type that names a reason.
func logged(s upstream.State, kind, reason string) bool {
	return slices.ContainsFunc(s.Okta.Events, func(e upstream.OktaEvent) bool {
		return e.EventType == kind && strings.Contains(e.Outcome.Reason, reason)
	})
}

const (
	mappingFailed = "application.provision.group_push.mapping.update.or.delete.failed.with.error"
	userPush      = "application.provision.user.push"
)

func annAssigned(s upstream.State) (upstream.OktaAppUser, bool) {
	i := slices.IndexFunc(s.Okta.Users, func(u upstream.OktaUser) bool { return u.Profile.Login == upstreamtest.Ann })
	if i < 0 {
		return upstream.OktaAppUser{}, false
	}
	j := slices.IndexFunc(s.Okta.AppUsers, func(a upstream.OktaAppUser) bool { return a.ID == s.Okta.Users[i].ID })
	if j < 0 {
		return upstream.OktaAppUser{}, false
	}
	return s.Okta.AppUsers[j], true
}

func mapping(s upstream.State) upstream.OktaMapping {
	if len(s.Okta.Mappings) != 1 {
		return upstream.OktaMapping{}
	}
	return s.Okta.Mappings[0]
}

func annInGroup(s upstream.State) bool {
	return slices.ContainsFunc(s.Okta.Members, func(m upstream.OktaMember) bool {
		return m.Group == "00gPROD00000000001" && m.Login == upstreamtest.Ann
	})
}

// tellTales are what the sources must show of each break: the machine checks of
// okta-sailpoint reference 14.3. Those of AWS alone are not here.
var tellTales = map[string]func(s upstream.State) bool{
	"healthy": func(s upstream.State) bool {
		a, ok := annAssigned(s)
		return ok && a.ExternalID != "" && annInGroup(s) && mapping(s).Status == "ACTIVE" && logged(s, "application.provision.group_push.push_memberships", "")
	},
	"C01": func(s upstream.State) bool {
		_, ok := annAssigned(s)
		return !ok && annInGroup(s) && len(s.Okta.AppUsers) == 0 && logged(s, "app.user_management.grouppush.mapping.okta.users.ignored", "")
	},
	"C02": func(s upstream.State) bool {
		a, ok := annAssigned(s)
		return ok && a.Status == "ACTIVE" && a.SyncState == "DISABLED" && a.ExternalID == "" && strings.Contains(a.Task.Error, "before Provisioning was enabled")
	},
	"C03": func(s upstream.State) bool {
		a, ok := annAssigned(s)
		return ok && a.ExternalID != "" && len(s.Okta.AppGroups) == 1 && mapping(s).SourceGroupID == s.Okta.AppGroups[0].ID && !mapping(s).LastPush.IsZero()
	},
	"C04": func(s upstream.State) bool {
		return mapping(s).Status == "ACTIVE" && mapping(s).LastPush.IsZero() && !logged(s, "application.provision.group_push.push_memberships", "") && len(s.Okta.AppGroups) == 0
	},
	"C05": func(s upstream.State) bool {
		return mapping(s).Status == "INACTIVE" && logged(s, "application.provision.group_push.deactivate_mapping", "")
	},
	"C06": func(s upstream.State) bool { return mapping(s).Status == "ERROR" && mapping(s).ErrorSummary == "" },
	"C07": func(s upstream.State) bool {
		return len(s.Okta.Mappings) == 0 && s.Known(upstream.ProductOkta, upstream.ListMappings, upstream.Scope{App: upstreamtest.AppID}).Whole && len(s.Okta.AppGroups) == 1
	},
	"C08": func(s upstream.State) bool {
		return mapping(s).Status == "ERROR" && logged(s, "application.integration.authentication_failure", "Unauthorized")
	},
	"C09": func(s upstream.State) bool {
		a, ok := annAssigned(s)
		return ok && a.ExternalID != "" && strings.Contains(s.Okta.Apps[0].Settings.App.EntityID, "eu-west-1")
	},
	"C10": func(s upstream.State) bool {
		a, ok := annAssigned(s)
		return ok && !slices.Contains(s.Okta.Apps[0].Features, "PUSH_NEW_USERS") && strings.Contains(a.Task.Error, "Matching user not found") && logged(s, "application.lifecycle.update", "")
	},
	"C11": func(s upstream.State) bool {
		return logged(s, userPush, "validation errors detected: Value at 'name.familyName'")
	},
	"C12": func(s upstream.State) bool { return logged(s, userPush, "Refused to create a new, duplicate resource") },
	"C13": func(s upstream.State) bool {
		return mapping(s).Status == "ERROR" && mapping(s).LastPush.IsZero() && logged(s, "application.provision.group.add", "duplicate")
	},
	"C14": func(s upstream.State) bool { return logged(s, mappingFailed, "Linked group is missing in") },
	"C15": func(s upstream.State) bool {
		a, ok := annAssigned(s)
		return ok && a.Status == "PROVISIONED" && logged(s, "application.provision.group_membership.update", "USER does not exist")
	},
	"C16": func(s upstream.State) bool {
		return logged(s, "application.provision.group_membership.update", "Replacing group memberships is not supported")
	},
	"C17": func(s upstream.State) bool {
		return !annInGroup(s) && logged(s, "group.user_membership.remove", "") && s.SailPoint.Activities[0].Items[0].ProvisioningStatus == "FINISHED"
	},
	"C18": func(s upstream.State) bool {
		r := s.SailPoint.Requests[0]
		return r.State == "EXECUTING" && r.Approvals[0].Status == "PENDING" && r.Approvals[0].Owner.Name == "Bo Ek" && !annInGroup(s)
	},
	"C19": func(s upstream.State) bool {
		a := s.SailPoint.Activities[0]
		return a.CompletionStatus == "FAILURE" && a.Items[0].ProvisioningStatus == "FAILED" && strings.Contains(a.Errors[0], "E0000011")
	},
	"C20": func(s upstream.State) bool {
		native := s.SailPoint.Accounts[0].NativeIdentity
		a, ok := annAssigned(s)
		return ok && native != a.ID && !annInGroup(s) && s.SailPoint.Activities[0].Items[0].ProvisioningStatus == "FINISHED"
	},
	"C21": func(s upstream.State) bool {
		return slices.ContainsFunc(s.Okta.Groups, func(g upstream.OktaGroup) bool { return g.Type == "APP_GROUP" && g.Source == "0oaAD00000000000001" }) &&
			strings.HasPrefix(s.SailPoint.Entitlements[0].Value, "CN=") && !annInGroup(s) && logged(s, "system.agent.ad.deactivate", "") &&
			s.Known(upstream.ProductOkta, upstream.ListImports, upstream.Scope{App: "0oaAD00000000000001"}).Whole
	},
	"C22": func(s upstream.State) bool {
		return slices.ContainsFunc(s.Okta.Users, func(u upstream.OktaUser) bool {
			return u.Profile.Login == upstreamtest.Ann && u.Status == "SUSPENDED"
		}) && annInGroup(s)
	},
	"C23": func(s upstream.State) bool {
		a, ok := annAssigned(s)
		return ok && a.Credentials.UserName == "ann.stone" && logged(s, "application.user_membership.change_username", "")
	},
	"C25": func(s upstream.State) bool {
		return mapping(s).Status == "ACTIVE" && logged(s, "application.integration.rate_limit_exceeded", "") && logged(s, "application.provision.group_push.mapping.update.or.delete.failed", "Rate exceeded")
	},
	"C26": func(s upstream.State) bool {
		return slices.ContainsFunc(s.Entra.Members, func(m upstream.EntraMember) bool { return m.Group == upstreamtest.EntraGroupID && m.Type == "group" }) && slices.Contains(s.Entra.MembersOf, upstreamtest.EntraGroupID)
	},
	"C27": func(s upstream.State) bool { return s.Entra.Jobs[0].Status.Code == "Quarantine" },
	"C30": func(s upstream.State) bool {
		return s.Okta.Apps[0].Status == "INACTIVE" && logged(s, "application.lifecycle.deactivate", "")
	},
	"access-expired-on-purpose": func(s upstream.State) bool {
		return slices.ContainsFunc(s.SailPoint.Activities, func(a upstream.SailPointActivity) bool { return a.Items[0].Operation == "REMOVE" }) &&
			!s.SailPoint.Requests[0].RemoveDate.IsZero() && !annInGroup(s)
	},
}

func TestTheSourcesShowTheTellTaleOfEachBreak(t *testing.T) {
	t.Parallel()
	breaks := upstreamtest.Breaks()
	for _, name := range slices.Sorted(maps.Keys(breaks)) {
		tells, ok := tellTales[name]
		if !ok && name != "C24" && name != "C28" && name != "C29" {
			t.Errorf("%s has no tell-tale", name)
		}
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := upstreamtest.New(t).Play(t.Context(), t, idcentertest.New(t), breaks[name])
			state := ask(t, s.World)
			if !tells(state) {
				t.Errorf("%s: not seen", breaks[name].Does)
			}
			if o, p := s.Calls("okta"), s.Calls("sailpoint"); o > 12 || p > 6 {
				t.Errorf("%d calls of Okta and %d of SailPoint; at most 12 and 6", o, p)
			}
			if name != "healthy" && name != "C23" && tellTales["healthy"](state) && tellTales[name](state) && !sameAsHealthy[name] {
				t.Error("the state is that of the healthy company as well")
			}
		})
	}
}

// sameAsHealthy are the breaks that Okta does not see: it thinks all is well.
var sameAsHealthy = map[string]bool{"C03": true, "C09": true, "C26": true, "C27": true, "C22": true, "C30": true, "C15": true, "C16": true, "C25": true}
