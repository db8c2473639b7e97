package upstream_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// One entry of each kind, in the shapes of okta-sailpoint reference 3 to 5, 8
// and 11, with invented ids.
const (
	logEntry = `{"uuid":"e1","published":"2026-03-04T11:22:33.444Z","eventType":"application.provision.group_push.push_memberships",
		"severity":"INFO","displayMessage":"Push memberships","actor":{"id":"00uA","type":"SystemPrincipal","alternateId":"system@example.com","displayName":"System"},
		"client":{"ipAddress":"192.0.2.1","userAgent":{"rawUserAgent":"x/1"}},
		"outcome":{"result":"FAILURE","reason":"Unauthorized"},
		"target":[{"id":"gPm1","type":"GroupPushMapping","displayName":"..."},{"id":"00g1","type":"UserGroup","alternateId":"unknown","displayName":"Readers"}],
		"transaction":{"type":"JOB","id":"t1"},"debugContext":{"debugData":{"appname":"amazon_aws_sso"}}}`
	oktaUser  = `{"id":"00u1","status":"STAGED","created":"2025-06-01T08:00:00.000Z","statusChanged":"2025-06-01T08:00:10.000Z","profile":{"login":"ann@example.com","displayName":null},"credentials":{"provider":{"type":"OKTA"}}}`
	oktaGroup = `{"id":"00g1","type":"APP_GROUP","objectClass":["okta:user_group"],"lastMembershipUpdated":"2025-05-13T12:25:00.000Z","profile":{"name":"Readers"},
		"_links":{"source":{"href":"https://example.okta.com/api/v1/apps/0oaAD"}},"_embedded":{"stats":{"usersCount":12,"appsCount":1,"groupPushMappingsCount":0}}}`
	oktaApp = `{"id":"0oa1","name":"amazon_aws_sso","label":"AWS","status":"ACTIVE","signOnMode":"SAML_2_0","features":[],
		"credentials":{"userNameTemplate":{"template":"${source.login}"}},"settings":{"app":{"entityID":"https://us-east-1.signin.aws.amazon.com/platform/saml/d-9a67000001"}}}`
	appUser = `{"id":"00u1","externalId":null,"scope":"GROUP","status":"ACTIVE","syncState":"DISABLED","credentials":{"userName":"ann@example.com"},"profile":{},
		"_links":{"app":{"href":"https://example.okta.com/api/v1/apps/0oa1"},"group":{"href":"https://example.okta.com/api/v1/groups/00g1"}},
		"_embedded":{"task":{"id":"aat1","status":"PROVISIONING_FAILED","errorString":"Conflict","lastUpdate":"2026-03-25 08:28:23.0"}}}`
	appGroup  = `{"id":"00g1","lastUpdated":"2026-01-01T00:00:00Z","priority":0,"profile":{},"_links":{"app":{"href":"https://example.okta.com/api/v1/apps/0oa1"}}}`
	groupRule = `{"type":"group_rule","id":"0pr1","name":"r","status":"INVALID","conditions":{"expression":{"value":"true"},"people":{"users":{"exclude":["00u9"]}}},"actions":{"assignUserToGroups":{"groupIds":["00g1"]}}}`
	mapping   = `{"id":"gPm1","created":"2025-02-10T13:02:57Z","lastPush":"2025-05-13T12:26:44Z","status":"ERROR","sourceGroupId":"00g1","targetGroupId":"00g2","_links":{"app":{"href":"https://example.okta.com/api/v1/apps/0oa1?x=1"}}}`
	members   = `{"groupId":"00g1","users":[` + oktaUser + `]}`

	provisioning = `{"id":"p1","activityDateTime":"2026-02-01T00:10:00Z","jobId":"j","provisioningAction":"update","provisioningStatusInfo":{"status":"failure","errorInformation":{"errorCode":"DuplicateTargetEntries","reason":"two"}},
		"provisioningSteps":[{"name":"EntryExportUpdate","provisioningStepType":"export","status":"failure"}],"modifiedProperties":[{"displayName":"members","oldValue":null,"newValue":{"a":1}}],
		"sourceIdentity":{"id":"s","displayName":"Readers","identityType":"Group"},"targetIdentity":{"id":"t"}}`
	job = `{"id":"j1","templateId":"aWSSingleSignon","schedule":{"state":"Active","interval":"PT40M"},"status":{"code":"Quarantine","countSuccessiveCompleteFailures":12,
		"quarantine":{"currentBegan":"2026-02-01T00:00:00Z","reason":"EncounteredQuarantineException","error":{"code":"c","message":"m"}}}}`

	activity = `{"id":"a1","type":"appRequest","created":"2026-03-01T10:00:00Z","completionStatus":"FAILURE","executionStatus":"COMPLETED","targetIdentitySummary":{"id":"i","name":"Ann Li"},
		"errors":["timed out"],"warnings":null,"items":[{"id":"x","operation":"ADD","attribute":"groups","value":"00g1","nativeIdentity":"00u1","provisioningStatus":"COMMITED","approvalStatus":null}]}`
	request = `{"id":"o1","accessRequestId":"a1","accountActivityItemId":"x","state":"EXECUTING","requestType":"GRANT_ACCESS","type":"ACCESS_PROFILE","created":"2026-03-01T10:00:00Z",
		"accessRequestPhases":[{"name":"APPROVAL_PHASE","state":"PENDING"}],"approvalDetails":[{"status":"PENDING","scheme":"MANAGER","currentOwner":{"name":"Bo Ek"}}],
		"errorMessages":[[{"locale":"en-US","text":"no"}]]}`
	change = `{"id":"c1","trackingNumber":"n1","created":"2026-01-28T15:48:29.3801666300Z","status":"Complete","recipient":{"name":"ann"},"sources":"Okta Prod",
		"accountRequests":[{"accountId":"00u1","op":"Modify","source":{"name":"Okta Prod"},"result":{"status":"failed","errors":["e"]},"attributeRequests":[{"op":"Add","name":"groups","value":"00g1"}]}]}`
	auditEvent   = `{"id":"v1","type":"PROVISIONING","action":"ModifyAccountFailure","technicalName":"ACCOUNT_MODIFY_FAILED","status":"FAILED","actor":{"name":"x"},"target":{"name":"ann"},"trackingNumber":"n1","attributes":{"sourceName":"Okta Prod"}}`
	account      = `{"id":"k1","nativeIdentity":"00u1","identityId":"i","sourceId":"s","uncorrelated":"true","attributes":{"groups":["00g1"],"memberOf":"CN=x"}}`
	entraUser    = `{"id":"u1","userPrincipalName":"ann_home.example#EXT#@example.com","displayName":"Ann Li","accountEnabled":false,"userType":"Guest"}`
	entraGroup   = `{"id":"g1","displayName":"Readers","securityEnabled":true,"groupTypes":["DynamicMembership"],"membershipRule":"user.department -eq \"x\""}`
	entraMembers = `{"groupId":"g1","members":[{"@odata.type":"#microsoft.graph.group","id":"g2","displayName":"Nested"}]}`
	entraApp     = `{"id":"sp1","appId":"a1","displayName":"AWS IAM Identity Center","appRoleAssignmentRequired":true,"applicationTemplateId":"t1"}`
	appRole      = `{"id":"r1","principalId":"g1","principalType":"Group","principalDisplayName":"Readers","resourceId":"sp1","resourceDisplayName":"AWS IAM Identity Center"}`

	identity = `{"id":"i1","name":"Ann Li","alias":"ann.li","email":"ann@example.com","status":"Active","identityState":"ACTIVE"}`
	source   = `{"id":"s1","name":"Okta Prod","type":"Okta","connectorName":"Okta","features":["ENABLE"],"healthy":false,"status":"SOURCE_STATE_ERROR_VA","since":"2026-01-28T15:48:29.3801666300Z"}`
	profile  = `{"id":"p1","name":"AWS Prod ReadOnly","enabled":false,"requestable":true,"source":{"id":"s1","name":"Okta Prod"},"entitlements":[]}`

	entitlement = `{"id":"n1","name":"Readers","attribute":"groups","value":"00g1","sourceSchemaObjectType":"group","source":{"id":"s","name":"Okta Prod"}}`
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestParseRecognisesEveryKindByItsContent(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		kind, json string
		want       string // what must be found in it
		found      func(upstream.State) []any
	}{
		{"okta-system-log", logEntry, "e1 2026-03-04 11:22:33.444 +0000 UTC FAILURE Unauthorized gPm1 Readers amazon_aws_sso x/1 true", func(s upstream.State) []any {
			e := s.Okta.Events[0]
			return []any{e.UUID, e.Published, e.Outcome.Result, e.Outcome.Reason, e.Targets[0].ID, e.Targets[1].DisplayName, e.Debug.Data.AppName, e.Client.UserAgent.Raw, e.Failed()}
		}},
		{"okta-users", oktaUser, "00u1 STAGED ann@example.com OKTA", func(s upstream.State) []any {
			u := s.Okta.Users[0]
			return []any{u.ID, u.Status, u.Profile.Login, u.Credentials.Provider.Type}
		}},
		{"okta-groups", oktaGroup, "00g1 APP_GROUP Readers 0oaAD true 12 0", func(s upstream.State) []any {
			g := s.Okta.Groups[0]
			return []any{g.ID, g.Type, g.Profile.Name, g.Source, g.Stats.Known, g.Stats.Users, g.Stats.PushMappings}
		}},
		{"okta-apps", oktaApp, "0oa1 amazon_aws_sso true 0 ${source.login} https://us-east-1.signin.aws.amazon.com/platform/saml/d-9a67000001", func(s upstream.State) []any {
			a := s.Okta.Apps[0]
			return []any{a.ID, a.Name, a.Features != nil, len(a.Features), a.Credentials.UserNameTemplate.Template, a.Settings.App.EntityID}
		}},
		{"okta-app-users", appUser, "00u1  0oa1 00g1 DISABLED PROVISIONING_FAILED Conflict 2026-03-25 08:28:23 +0000 UTC", func(s upstream.State) []any {
			u := s.Okta.AppUsers[0]
			return []any{u.ID, u.ExternalID, u.App, u.Group, u.SyncState, u.Task.Status, u.Task.Error, u.Task.LastUpdate}
		}},
		{"okta-app-groups", appGroup, "00g1 0oa1", func(s upstream.State) []any { return []any{s.Okta.AppGroups[0].ID, s.Okta.AppGroups[0].App} }},
		{"okta-group-rules", groupRule, "0pr1 INVALID 00u9 00g1", func(s upstream.State) []any {
			r := s.Okta.Rules[0]
			return []any{r.ID, r.Status, r.Conditions.People.Users.Exclude[0], r.Actions.Assign.GroupIDs[0]}
		}},
		{"okta-group-push-mappings", mapping, "gPm1 ERROR 00g1 00g2 0oa1 2025-05-13 12:26:44 +0000 UTC", func(s upstream.State) []any {
			m := s.Okta.Mappings[0]
			return []any{m.ID, m.Status, m.SourceGroupID, m.TargetGroupID, m.App, m.LastPush}
		}},
		{"okta-group-members", members, "[{00g1 00u1 ann@example.com}] [00g1] 1", func(s upstream.State) []any { return []any{s.Okta.Members, s.Okta.MembersOf, len(s.Okta.Users)} }},
		{"entra-provisioning-log", `{"@odata.context":"x","value":[` + provisioning + `]}`, `p1 update failure DuplicateTargetEntries Readers t export {"a":1}`, func(s upstream.State) []any {
			p := s.Entra.Provisioning[0]
			return []any{p.ID, p.ProvisioningAction, p.Status.Status, p.Status.Error.Code, p.Source.DisplayName, p.Target.ID, p.Steps[0].Type, p.Properties[0].NewValue}
		}},
		{"entra-synchronization-jobs", `{"value":[` + job + `]}`, "j1 Active Quarantine 12 EncounteredQuarantineException m", func(s upstream.State) []any {
			j := s.Entra.Jobs[0]
			return []any{j.ID, j.Schedule.State, j.Status.Code, j.Status.Failures, j.Status.Quarantine.Reason, j.Status.Quarantine.Error.Message}
		}},
		{"sailpoint-account-activities", activity, "a1 FAILURE Ann Li [timed out] COMMITED 00g1 00u1", func(s upstream.State) []any {
			a := s.SailPoint.Activities[0]
			return []any{a.ID, a.CompletionStatus, a.Target.Name, a.Errors, a.Items[0].ProvisioningStatus, a.Items[0].Value, a.Items[0].NativeIdentity}
		}},
		{"sailpoint-access-request-status", request, "a1 EXECUTING PENDING Bo Ek [no]", func(s upstream.State) []any {
			r := s.SailPoint.Requests[0]
			return []any{r.ID, r.State, r.Phases[0].State, r.Approvals[0].Owner.Name, r.Errors}
		}},
		{"sailpoint-search-account-activities", change, "n1 ann [Okta Prod] failed [e] 00g1 2026-01-28 15:48:29.38016663 +0000 UTC", func(s upstream.State) []any {
			c := s.SailPoint.Changes[0]
			return []any{c.TrackingNumber, c.Recipient.Name, c.Sources, c.Writes[0].Result.Status, c.Writes[0].Result.Errors, c.Writes[0].Attributes[0].Value, c.Created}
		}},
		{"sailpoint-search-events", auditEvent, "v1 ACCOUNT_MODIFY_FAILED FAILED ann Okta Prod", func(s upstream.State) []any {
			e := s.SailPoint.Events[0]
			return []any{e.ID, e.TechnicalName, e.Status, e.Target.Name, e.Attributes.SourceName}
		}},
		{"sailpoint-accounts", account, "00u1 true [00g1] [CN=x]", func(s upstream.State) []any {
			a := s.SailPoint.Accounts[0]
			return []any{a.NativeIdentity, a.Uncorrelated, a.Attributes.Groups, a.Attributes.MemberOf}
		}},
		{"sailpoint-entitlements", entitlement, "groups 00g1 Okta Prod", func(s upstream.State) []any {
			e := s.SailPoint.Entitlements[0]
			return []any{e.Attribute, e.Value, e.Source.Name}
		}},
		{"entra-users", entraUser, "u1 ann_home.example#EXT#@example.com false Guest", func(s upstream.State) []any {
			u := s.Entra.Users[0]
			return []any{u.ID, u.UserPrincipalName, u.Enabled, u.UserType}
		}},
		{"entra-groups", entraGroup, "g1 Readers true [DynamicMembership]", func(s upstream.State) []any {
			g := s.Entra.Groups[0]
			return []any{g.ID, g.DisplayName, g.Security, g.Types}
		}},
		{"entra-group-members", entraMembers, "[{g1 g2 group Nested}] [g1]", func(s upstream.State) []any { return []any{s.Entra.Members, s.Entra.MembersOf} }},
		{"entra-apps", entraApp, "sp1 a1 true t1", func(s upstream.State) []any {
			a := s.Entra.Apps[0]
			return []any{a.ID, a.AppID, a.AssignmentRequired, a.TemplateID}
		}},
		{"entra-app-role-assignments", appRole, "sp1 g1 Group Readers", func(s upstream.State) []any {
			r := s.Entra.AppRoles[0]
			return []any{r.App, r.PrincipalID, r.PrincipalType, r.PrincipalName}
		}},
		{"sailpoint-identities", identity, "i1 ann.li ann@example.com ACTIVE", func(s upstream.State) []any {
			i := s.SailPoint.Identities[0]
			return []any{i.ID, i.Alias, i.Email, i.State}
		}},
		{"sailpoint-sources", source, "Okta Prod [ENABLE] false SOURCE_STATE_ERROR_VA 2026-01-28 15:48:29.38016663 +0000 UTC", func(s upstream.State) []any {
			o := s.SailPoint.Sources[0]
			return []any{o.Name, o.Features, o.Healthy, o.Status, o.Since}
		}},
		{"sailpoint-access-profiles", profile, "p1 false true Okta Prod true 0", func(s upstream.State) []any {
			p := s.SailPoint.Profiles[0]
			return []any{p.ID, p.Enabled, p.Requestable, p.Source.Name, p.Entitlements != nil, len(p.Entitlements)}
		}},
	} {
		for form, content := range map[string]string{
			"as it is":      row.json,
			"in an array":   "[" + row.json + "]",
			"as JSON lines": "\n" + strings.NewReplacer("\n", "", "\t", "").Replace(row.json) + "\n\n",
			"with a BOM":    "\xef\xbb\xbf" + row.json,
		} {
			t.Run(row.kind+" "+form, func(t *testing.T) {
				t.Parallel()
				got, kind, n, err := upstream.Parse([]byte(content))
				if err != nil {
					t.Fatal(err)
				}
				if kind != row.kind || n != 1 {
					t.Fatalf("kind %q with %d entries, want %q with 1", kind, n, row.kind)
				}
				if found := line(row.found(got)); found != row.want {
					t.Errorf("found %s\nwant  %s", found, row.want)
				}
				if len(got.Problems) > 0 {
					t.Errorf("problems: %q", got.Problems)
				}
			})
		}
	}
}

func TestParseReadsMixedAndDamagedFiles(t *testing.T) {
	t.Parallel()
	flat := strings.NewReplacer("\n", "", "\t", "").Replace
	for _, row := range []struct {
		name, content string
		kind          string
		entries       int
		problems      []string
	}{
		{"several kinds in one file", oktaUser + oktaGroup, upstream.KindMixed, 2, nil},
		{"pages of arrays one after another", "[" + oktaUser + "]\n[" + oktaUser + "]", "okta-users", 2, nil},
		{"a damaged line costs itself", flat(oktaUser) + "\n{\"id\":\"00u2\",\n" + flat(oktaUser) + "\n", "okta-users", 2,
			[]string{`damaged or cut short: invalid character '{' at start of string (expecting '"')`}},
		{"an array cut short", "[" + oktaUser + "," + `{"id":"00u2","stat`, "okta-users", 1, []string{"damaged or cut short: unexpected EOF"}},
		{"an entry without its id", "[" + oktaUser + `,{"id":{},"status":1,"profile":{},"credentials":7}]`, "okta-users", 1,
			[]string{"an entry that looks like okta-users lacks its id or its time", "entries of no known kind were left out"}},
		{"strangers among the entries", "[" + oktaUser + `,{"colour":"red"}]`, "okta-users", 1, []string{"entries of no known kind were left out"}},
		{"wrong types inside cost nothing", `{"uuid":"e1","eventType":"x","published":"2026-03-04T11:22:33Z","target":{"id":1},"actor":"ann","outcome":[{}],"debugContext":{"debugData":7},"client":null}`,
			"okta-system-log", 1, nil},
		{"a further page of Microsoft Graph", `{"value":[` + provisioning + `],"@odata.nextLink":"https://graph.example.com/next"}`, "entra-provisioning-log", 1,
			[]string{"an answer of Microsoft Graph names a further page; whether it is here is not known"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, kind, n, err := upstream.Parse([]byte(row.content))
			if err != nil {
				t.Fatal(err)
			}
			if kind != row.kind || n != row.entries {
				t.Errorf("kind %q with %d entries, want %q with %d", kind, n, row.kind, row.entries)
			}
			if diff := cmp.Diff(row.problems, got.Problems, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseLeavesOtherPeoplesFilesAlone(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"nothing":                        "",
		"an empty array":                 "[]",
		"an empty answer of Graph":       `{"value":[]}`,
		"a CloudTrail log":               `{"Records":[{"eventID":"e","eventName":"CreateGroup"}]}`,
		"an Identity Store listing":      `{"Groups":[{"GroupId":"g","DisplayName":"x"}]}`,
		"an Okta error":                  `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`,
		"text":                           "hello world\n",
		"a table of something else":      "name,price\nx,1\n",
		"a list of users":                "userName,displayName,email\nann,Ann Li,ann@example.com\n",
		"a list of users with a status":  "user,displayName,status\nann,Ann Li,ACTIVE\n",
		"a record of changes":            "time,action,user,group\n2026-01-01,remove,ann,Readers\n",
		"bytes that are no text":         "\x00\x01user,group\x00",
		"nesting beyond any sense":       strings.Repeat("[", 100_000),
		"a deep value":                   strings.Repeat(`{"a":`, 100_000),
		"many foreign lines":             strings.Repeat("{\"a\":1}\n", 10_000),
		"damage on every line":           strings.Repeat("{\n", 10_000),
		"Entra users":                    `{"value":[{"id":"x","userPrincipalName":"ann@example.com"}]}`,
		"an event without a uuid":        `{"uuid":"","eventType":"x","published":"2026-03-04T11:22:33Z"}`,
		"an event of no moment":          `{"uuid":"e","eventType":"x","published":"soon"}`,
		"a members list of no one group": `{"groupId":"","users":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, kind, n, err := upstream.Parse([]byte(content))
			if !errors.Is(err, upstream.ErrUnrecognised) || n != 0 || !got.Empty() {
				t.Errorf("got %q, %d entries, error %v; want ErrUnrecognised", kind, n, err)
			}
		})
	}
}
