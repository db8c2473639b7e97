package upstreamtest

import (
	"maps"
	"slices"
	"time"
)

// Break is one thing that is wrong in Play.
type Break struct {
	Cause string // of okta-sailpoint reference 14; "" for the last one of causes.md part C
	Slug  string // as causes.md names it
	Hop   string // H1 to H9, the hop at which Ann's way ends; "" when it does not
	Does  string
	// Provider is who provisions AWS: "" for Okta behind SailPoint, "entra" or
	// "google", of whom a trace has no Okta and no SailPoint to ask.
	Provider string
	Fresh    bool // the group was never pushed before
	// Silent keeps Okta from pushing in the end.
	Silent bool
	// Before, Between and After change the world or AWS; Play says when.
	Before, Between, After func(*Stage)
}

// Breaks returns the table, by cause: C01 to C30, and healthy. C26 and C27 are
// told of Entra ID and C28 of Google Workspace (see Break.Provider); C24 and C29 lie in
// AWS alone.
func Breaks() map[string]Break {
	all := map[string]Break{"healthy": {Does: "nothing is wrong"}}
	for _, list := range [][]Break{governanceBreaks(), assignmentBreaks(), pushBreaks(), wireBreaks(), otherBreaks()} {
		for _, b := range list {
			name := b.Cause
			if name == "" {
				name = b.Slug
			}
			all[name] = b
		}
	}
	return all
}

// governanceBreaks are those of the hops H1 to H4.
func governanceBreaks() []Break {
	return []Break{
		{Cause: "C17", Slug: "idp-group-lacks-user", Hop: "H4", Does: "an administrator takes Ann out of the Okta group after SailPoint put her in",
			Between: okta(func(s *Stage) { s.Okta.removeMember(groupID, Ann, admin) })},
		{Cause: "C18", Slug: "request-unfinished", Hop: "H1", Does: "the request waits for Bo Ek's approval", Before: okta(func(s *Stage) { s.SailPoint.Hold = true })},
		{Cause: "C19", Slug: "governance-provisioning-failed", Hop: "H2", Does: "SailPoint's token for Okta is no good",
			Before: okta(func(s *Stage) {
				s.SailPoint.ConnectorError = "sailpoint.connector.ConnectorException: 401 Unauthorized: E0000011 Invalid token provided"
				s.SailPoint.Source.Healthy, s.SailPoint.Source.Status = false, "SOURCE_STATE_ERROR_SOURCE"
			})},
		{Cause: "C20", Slug: "governance-wrote-elsewhere", Hop: "H3", Does: "SailPoint's account of Ann is an old Okta account of hers, and that one is put into the group",
			Before: okta(func(s *Stage) {
				old := s.Okta.addUser("ann.old@example.com", "Ann", "Stone")
				s.SailPoint.account(Ann).Native = old.ID
			})},
		{Cause: "C21", Slug: "directory-import-late", Hop: "H3b", Does: "SailPoint writes to Active Directory, whose agent for Okta is down; the Okta group is imported",
			Before: okta(func(s *Stage) {
				g := s.Okta.Groups[groupID]
				g.Type, g.Source = "APP_GROUP", "0oaAD00000000000001"
				s.SailPoint.Source.Type, s.SailPoint.Source.Name = "Active Directory - Direct", "AD Prod"
				s.SailPoint.Entitlement.Attribute, s.SailPoint.Entitlement.Value = "memberOf", "CN="+Group+",OU=Groups,DC=example,DC=com"
				s.SailPoint.account(Ann).Native = "CN=Ann Stone,OU=People,DC=example,DC=com"
				s.Okta.log("system.agent.ad.deactivate", okta0, "SUCCESS", "", Target{"0oaAD00000000000001", "AppInstance", "example.com"})
			})},
		{Slug: "access-expired-on-purpose", Hop: "", Does: "Ann's access had an end date, and was taken away when it came",
			After: okta(func(s *Stage) {
				at := s.tick()
				q := s.SailPoint.Requests[0]
				q.Remove = at
				s.SailPoint.Activities = append(s.SailPoint.Activities, &Activity{ID: s.id("2c91act0"), Login: Ann, Type: "appRequest", Created: at, Completed: at, Operation: "REMOVE", Execution: "COMPLETED",
					Completion: "SUCCESS", Status: "FINISHED", Approval: "FINISHED", Value: groupID, Native: s.SailPoint.account(Ann).Native})
				s.SailPoint.account(Ann).Groups = nil
				s.Okta.removeMember(groupID, Ann, connector)
			}, push1)},
	}
}

// assignmentBreaks are those of the hop H5.
func assignmentBreaks() []Break {
	return []Break{
		{Cause: "C01", Slug: "members-not-assigned", Hop: "H5", Fresh: true, Does: "nobody of the group is assigned to the app",
			Before: okta(func(s *Stage) {
				for _, login := range slices.Sorted(maps.Keys(s.Okta.Apps[AppID].Users)) {
					s.Okta.removeMember(assignID, login, admin)
					s.Okta.unassign(login)
				}
			})},
		{Cause: "C02", Slug: "assigned-before-provisioning", Hop: "H5", Fresh: true, Does: "everybody was assigned before provisioning was switched on",
			Before: okta(func(s *Stage) {
				for _, a := range s.Okta.Apps[AppID].Users {
					a.Early, a.Status, a.SyncState, a.ExternalID = true, "ACTIVE", "DISABLED", ""
					a.Task = "User was assigned this application before Provisioning was enabled and not provisioned in the downstream application. Click Provision User."
				}
			})},
		{Cause: "C10", Slug: "provisioning-off", Hop: "H5", Fresh: true, Does: "Create Users is switched off in the app",
			Before: okta(func(s *Stage) {
				s.Okta.Apps[AppID].Features = []string{"PUSH_PROFILE_UPDATES", "GROUP_PUSH"}
				s.Okta.log("application.lifecycle.update", admin, "SUCCESS", "", s.Okta.aboutApp())
				s.Okta.Apps[AppID].LastUpdated = s.now
			})},
		{Cause: "C22", Slug: "idp-user-inactive", Hop: "H5", Does: "Ann is suspended in Okta",
			Before: okta(func(s *Stage) {
				u := s.Okta.Users[Ann]
				s.Okta.log("user.lifecycle.suspend", admin, "SUCCESS", "", s.Okta.aboutUser(Ann))
				u.Status, u.StatusChanged = "SUSPENDED", s.now
			})},
		{Cause: "C23", Slug: "username-mismatch", Hop: "H5", Fresh: true, Does: "the app's name for Ann was changed, and somebody made ann@example.com in AWS by hand: two users for one person",
			Before: okta(func(s *Stage) {
				s.Okta.Apps[AppID].Users[Ann].UserName = "ann.stone"
				s.Okta.log("application.user_membership.change_username", admin, "SUCCESS", "", s.Okta.aboutUser(Ann), s.Okta.aboutApp())
			}, func(s *Stage) { s.AWS.Console("carla@example.com").CreateUser(Ann) })},
		{Cause: "C30", Slug: "app-inactive", Hop: "H5", Does: "the app is deactivated",
			Before: okta(func(s *Stage) {
				s.Okta.log("application.lifecycle.deactivate", admin, "SUCCESS", "", s.Okta.aboutApp())
				s.Okta.Apps[AppID].Status, s.Okta.Apps[AppID].LastUpdated = "INACTIVE", s.now
			})},
	}
}

// pushBreaks are those of the hop H6.
func pushBreaks() []Break {
	return []Break{
		{Cause: "C03", Slug: "one-group-for-both", Hop: "H6", Fresh: true, Does: "one group is assigned and pushed, and the memberships are pushed before the users are there",
			Before: okta(func(s *Stage) {
				g := s.Okta.Groups[groupID]
				g.AssignedTo[AppID] = true
				for login := range g.Members {
					s.Okta.Apps[AppID].Users[login].Group = groupID
				}
				s.Okta.Groups[assignID].AssignedTo = map[string]bool{}
				s.Okta.Apps[AppID].Users[Ann].Group = groupID
				s.Okta.MembersFirst = true
			})},
		{Cause: "C04", Slug: "memberships-never-pushed", Hop: "H6", Fresh: true, Does: "the group was pushed with \"Push group memberships immediately\" unticked",
			Before: okta(func(s *Stage) { s.Okta.PushAtOnce = false })},
		{Cause: "C05", Slug: "mapping-inactive", Hop: "H6", Does: "an administrator deactivated the push",
			Before: okta(func(s *Stage) {
				s.Okta.log("application.provision.group_push.deactivate_mapping", admin, "SUCCESS", "", s.Okta.aboutGroup(groupID), s.Okta.aboutApp(), s.Okta.aboutMapping(mappingID))
				s.Okta.Mappings[mappingID].Status, s.Okta.Mappings[mappingID].LastUpdated = "INACTIVE", s.now
			})},
		{Cause: "C06", Slug: "mapping-error", Hop: "H6", Does: "the mapping is in error; its reason has left the log",
			Before: okta(func(s *Stage) {
				m := s.Okta.Mappings[mappingID]
				m.Status, m.LastUpdated = "ERROR", s.now
			})},
		{Cause: "C07", Slug: "no-mapping", Hop: "H6", Fresh: true, Does: "the group is assigned to the app and not pushed; in AWS somebody made one of its name",
			Before: okta(func(s *Stage) {
				delete(s.Okta.Mappings, mappingID)
				delete(s.Okta.Groups, shadowID)
				s.Okta.Groups[groupID].AssignedTo[AppID] = true
			}, func(s *Stage) { s.AWS.Console("carla@example.com").CreateGroup(Group) })},
		{Cause: "C13", Slug: "name-taken", Hop: "H6", Fresh: true, Does: "a group of that name was made in AWS by hand, and Okta may not take it over",
			Before: okta(func(s *Stage) { s.Okta.Blind = true }, func(s *Stage) { s.AWS.Console("carla@example.com").CreateGroup(Group) })},
	}
}

// wireBreaks are those of the hops H7 and H8.
func wireBreaks() []Break {
	return []Break{
		{Cause: "C08", Slug: "token-rejected", Hop: "H7", Does: "the SCIM token has expired", Between: func(s *Stage) { s.AWS.ExpireToken(s.Token) }},
		{Cause: "C09", Slug: "wrong-endpoint", Hop: "H7", Fresh: true, Does: "Okta pushes to another instance, in another Region",
			Before: func(s *Stage) { elsewhere(s) }},
		{Cause: "C11", Slug: "user-refused", Hop: "H7", Fresh: true, Does: "Ann has no last name, which AWS demands",
			Before: okta(func(s *Stage) { s.Okta.Users[Ann].Last, s.Okta.Users[Ann].LastUpdated = "", s.now })},
		{Cause: "C12", Slug: "duplicate-user", Hop: "H7", Fresh: true, Does: "a user with Ann's e-mail address was made in AWS through the API, under another name",
			Before: func(s *Stage) { duplicateUser(s, "ann.stone", Ann) }},
		{Cause: "C14", Slug: "group-recreated", Hop: "H8", Does: "the group was deleted in AWS by hand and made anew",
			Before: func(s *Stage) {
				console := s.AWS.Console("carla@example.com")
				console.DeleteGroup(s.AWSGroup())
				console.CreateGroup(Group)
			}},
		{Cause: "C15", Slug: "user-gone-in-aws", Hop: "H8", Does: "Ann was deleted in AWS by hand", Before: func(s *Stage) { s.AWS.Console("carla@example.com").DeleteUser(s.AWSUser(Ann)) }},
		{Cause: "C16", Slug: "unsupported-request", Hop: "H7", Does: "the membership is pushed by a replace, which AWS does not take", Before: okta(func(s *Stage) { s.Okta.Replace = true })},
		{Cause: "C25", Slug: "throttled", Hop: "H7", Does: "AWS throttles Okta", Between: func(s *Stage) {
			s.AWS.SetFaults(faults(1))
		}, After: func(s *Stage) { s.AWS.SetFaults(faults(0)) }},
	}
}

// otherBreaks are those without Okta, and those that lie in AWS alone.
func otherBreaks() []Break {
	return []Break{
		{Cause: "C24", Slug: "assignment-to-old-group", Hop: "H9", Does: "AWS: Ann is in the group; the account assignment is to one of that name that was deleted",
			Before: func(s *Stage) { assignOldGroup(s) }},
		{Cause: "C26", Slug: "nested-group", Hop: "H4", Provider: "entra", Does: "Ann is in a group within the Entra group, which is not flattened",
			Before: okta(func(s *Stage) {
				s.Entra.Groups[1].Members = []string{EntraAnn}
				s.Entra.Groups[0].Members = []string{EntraNested}
			}), Fresh: true},
		{Cause: "C27", Slug: "job-quarantined", Hop: "H7", Provider: "entra", Silent: true, Does: "Entra's job is in quarantine since its token was refused, and Ann came into the group after that",
			Before: okta(func(s *Stage) {
				s.Entra.Job = EntraJob{"Active", "Quarantine", "EncounteredQuarantineException", "SystemForCrossDomainIdentityManagementCredentialValidationUnsuccessful"}
				s.Entra.record("update", "failure", "SystemForCrossDomainIdentityManagementCredentialValidationUnsuccessful", "the credentials were refused", EntraGroupID, Group, "Group")
				s.Entra.Groups[0].Members = append(s.Entra.Groups[0].Members, EntraAnn)
			})},
		{Cause: "C28", Slug: "idp-sends-no-groups", Hop: "H7", Provider: "google", Does: "Google Workspace provisions users and no groups; AWS has the group by hand",
			Before: func(s *Stage) { s.AWS.Console("carla@example.com").CreateGroup(Group) }},
		{Cause: "C29", Slug: "not-empty", Hop: "", Does: "AWS: nothing is wrong; somebody looked with SCIM, which shows no members"},
	}
}

// okta makes a step of a change of the world and steps that follow it.
func okta(change func(*Stage), then ...func(*Stage)) func(*Stage) {
	return func(s *Stage) {
		s.Do(func() {
			s.now = s.now.Add(time.Minute)
			change(s)
		})
		for _, f := range then {
			f(s)
		}
	}
}

func push1(s *Stage) { s.Push() }
