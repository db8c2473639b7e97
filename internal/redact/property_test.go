package redact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/redact"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// evidence is a drawn case: the pieces, which can be delivered in any order, and
// every original that must not be found afterwards.
type evidence struct {
	records   [][]byte
	snapshots []directory.Snapshot
	state     upstream.State
	notes     []string
	paths     []string
	secrets   []string
}

var start = time.Date(2025, 9, 16, 10, 0, 0, 0, time.UTC)

func drawUUID(t *rapid.T, label string) string {
	return rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{11}[a-f]`).Draw(t, label)
}

func draw(t *rapid.T) evidence {
	var e evidence
	hide := func(s string) string {
		e.secrets = append(e.secrets, s)
		return s
	}
	several := func(label, form string, n int) []string {
		list := rapid.SliceOfNDistinct(rapid.StringMatching(form), 1, n, rapid.ID[string]).Draw(t, label)
		for _, s := range list {
			hide(s)
		}
		return list
	}
	pick := func(list []string) string { return rapid.SampledFrom(list).Draw(t, "of") }
	// "zq" keeps drawn names apart from the words of the records themselves.
	people := several("people", `zq[a-z]{3,8}(\.[a-z]{4,6})?@zqcorp\.(io|co\.uk)|Zq[a-z]{4,8}|zq[a-z]{4,8}|Zq[a-z]{4} Zq[a-zü]{4}|zq'[a-z]{5}`, 5)
	accounts := several("accounts", `[1-9][0-9]{11}`, 3)
	addresses := several("addresses", `(10|172|44)\.[1-9][0-9]?\.1[0-9]{2}\.2[0-4][0-9]`, 3)
	addresses = append(addresses, hide(rapid.StringMatching(`2a0[1-9]:[1-9a-f]{4}::[1-9a-f]{4}`).Draw(t, "v6")))
	keys := several("keys", `ASIA[A-Z2-7]{16}`, 2)
	store := hide(rapid.StringMatching(`d-[0-9a-f]{9}[a-f]`).Draw(t, "store"))
	tenant := hide("aBcDe" + rapid.StringMatching(`[A-Za-z0-9]{5}`).Draw(t, "tenant") + "-" + drawUUID(t, "tenant"))
	ids := func(label string) []string {
		var out []string
		for range rapid.IntRange(1, 4).Draw(t, label) {
			id := drawUUID(t, label)
			if rapid.Bool().Draw(t, "legacy") {
				id = strings.TrimPrefix(store, "d-") + "-" + id
			}
			out = append(out, hide(id))
		}
		return out
	}
	groups, users, memberships := ids("groups"), ids("users"), ids("memberships")

	for i := range rapid.IntRange(1, 12).Draw(t, "events") {
		d := cloudtrail.Draft{
			Time: start.Add(time.Duration(i/2) * time.Minute), ID: hide(drawUUID(t, "event")), RequestID: hide(drawUUID(t, "request")),
			Account: pick(accounts), Region: "us-east-2", SourceIP: pick(addresses), UserAgent: "zqtool/1.2.3 (" + pick(people) + ") " + pick(addresses),
		}
		d.Caller = cloudtrail.Caller{Type: "AssumedRole", Account: d.Account, Role: "AWSReservedSSO_admin_0123456789abcdef",
			RoleID: "AROAZQ2345ZQ2345ZQ23", Session: pick(people), AccessKey: pick(keys), Since: start}
		user := pick(users)
		switch rapid.IntRange(0, 6).Draw(t, "call") {
		case 0:
			d.Action = cloudtrail.APICreateMembership(store, "arn:aws:identitystore:::group/"+pick(groups), user, pick(memberships))
		case 1:
			d.Action = cloudtrail.APIDeleteMembership(store, pick(memberships))
		case 2:
			d.Action = cloudtrail.ConsoleAddMember(store, pick(groups), strings.ToUpper(user))
		case 3:
			d.Action = cloudtrail.SCIMPatchGroup(tenant, pick(groups), cloudtrail.SCIMOperation{Op: "remove", Path: fmt.Sprintf("members[value eq %q]", user), NoValue: true})
			d.Caller = cloudtrail.Caller{Account: d.Account, AccessKey: pick(keys)}
		case 4:
			d.Action = cloudtrail.SCIMCreateGroup(tenant, pick(groups), false)
			d.Failure = cloudtrail.Failure{Code: "ConflictException", Message: fmt.Sprintf("Duplicate GroupDisplayName for %s of %s at %s", pick(people), user, pick(accounts))}
		case 5:
			nested, _ := json.Marshal(map[string]any{"groupId": pick(groups), "note": "for " + pick(people) + ", see " + pick(accounts)})
			d.Action = cloudtrail.APIDeleteGroup(store, pick(groups))
			d.Action.Request = append(d.Action.Request, cloudtrail.Member{Key: "extra", Value: string(nested)},
				cloudtrail.Member{Key: "targetAccount", Value: json.RawMessage(pick(accounts))})
			d.Caller = cloudtrail.Caller{Type: "IAMUser", Account: d.Account, RoleID: "AIDAZQ2345ZQ2345ZQ23", Session: pick(people), AccessKey: pick(keys)}
		case 6:
			d.Action = cloudtrail.SSOAssignment("CreateAccountAssignment", "arn:aws:sso:::instance/ssoins-"+hide("1234567890abcdef"),
				"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-abcdef1234567890", pick(accounts), "GROUP", pick(groups), d.RequestID)
		}
		e.records = append(e.records, d.Record())
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "snapshots") {
		s := directory.Snapshot{Store: store, Account: pick(accounts), Region: "us-east-2", Clock: directory.ClockManifest, Input: 1 + i,
			NotBefore: start.Add(time.Duration(i) * time.Hour), NotAfter: start.Add(time.Duration(i) * time.Hour), AllGroups: true, MembersOf: groups}
		for _, id := range groups {
			s.Groups = append(s.Groups, directory.Group{ID: id, Name: fmt.Sprintf("App-AWS-%s-%s %s", pick(people), pick(accounts), pick(addresses)),
				Description: "kept by " + pick(people), Audit: directory.Audit{CreatedBy: pick(people)}})
		}
		for _, id := range users {
			s.Users = append(s.Users, directory.User{ID: id, UserName: pick(people), DisplayName: pick(people), Email: pick(people),
				ExternalIDs: []directory.ExternalID{{Issuer: "https://scim.aws.com/" + pick(addresses), ID: hide(rapid.StringMatching(`00u[0-9A-Za-z]{17}`).Draw(t, "okta"))}}})
		}
		s.Memberships = []directory.Membership{{ID: pick(memberships), Group: pick(groups), User: pick(users)}}
		e.snapshots = append(e.snapshots, s)
	}
	okta := upstream.OktaUser{ID: hide(rapid.StringMatching(`00u[0-9A-Za-z]{17}`).Draw(t, "okta user")), Status: "ACTIVE"}
	okta.Profile.Login, okta.Profile.FirstName = pick(people), pick(people)
	e.state.Okta.Users = []upstream.OktaUser{okta}
	e.state.Okta.Members = []upstream.OktaMember{{Group: hide("00gZQ0000000000000ab"), User: okta.ID, Login: pick(people)}}
	for _, name := range people { // a name that stands in free text alone can't be known for one
		e.state.Desired = append(e.state.Desired, upstream.DesiredMembership{Group: "App-AWS-" + name, User: name})
	}
	e.notes = []string{"The file of " + pick(people) + " from " + pick(addresses) + " names " + pick(accounts) + "."}
	e.paths = []string{
		"s3://zqbucket-" + pick(accounts) + "/AWSLogs/" + pick(accounts) + "/CloudTrail/us-east-2/" + pick(accounts) + "_CloudTrail_us-east-2_20250916T1000Z_" + hide("aB3dE5gH7jK9mN1p") + ".json.gz",
		"/home/zqhomer/" + pick(people) + "/list-users.json", "okta://zqcorp.okta.com",
	}
	hide("zqbucket")
	hide("zqhomer")
	hide("zqcorp")
	return e
}

// deliver builds the case, with everything in the order that random gives.
func (e evidence) deliver(random *rand.Rand) *casefile.Case {
	b := casefile.NewBuilder(actor.Default())
	inputs := make([]int, len(e.paths))
	for _, i := range random.Perm(len(e.paths)) {
		inputs[i] = b.Input(casefile.Input{Path: e.paths[i], Kind: "cloudtrail-log", SHA256: strings.Repeat("ab", 32)})
	}
	for _, i := range random.Perm(len(e.records)) {
		if err := b.Record(inputs[0], slices.Clone(e.records[i])); err != nil {
			panic(err)
		}
	}
	for _, i := range random.Perm(len(e.snapshots)) {
		s := e.snapshots[i]
		s.Input = inputs[s.Input]
		b.Snapshot(s)
	}
	b.Upstream(inputs[2], e.state, 2)
	for _, note := range e.notes {
		b.Note(note)
		b.Unreadable(casefile.Loss{Path: e.paths[1], Reason: note})
		b.Seal(casefile.Seal{Account: e.secrets[0], Region: "us-east-2", Proven: span.SetOf(span.Of(start, start.Add(time.Hour))),
			Tampered: []casefile.Tampering{{Object: e.paths[0], What: note}}, Limits: []string{note}})
	}
	return b.Build()
}

func dump(t interface{ Fatal(...any) }, c *casefile.Case) string {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestNoOriginalIsFoundInARedactedCase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := draw(t)
		c := e.deliver(rand.New(rand.NewPCG(1, 1)))
		before := dump(t, c)
		options := redact.Options{Groups: rapid.Bool().Draw(t, "groups too")}
		red, key := options.Case(c)
		if dump(t, c) != before {
			t.Fatal("the case itself was changed")
		}
		text := strings.ToLower(dump(t, red))
		for _, secret := range e.secrets {
			if quoted, _ := json.Marshal(secret); strings.Contains(text, strings.ToLower(strings.Trim(string(quoted), `"`))) {
				at := strings.Index(text, strings.ToLower(secret))
				t.Fatalf("%q is still there: …%s…", secret, text[max(0, at-100):min(len(text), at+100)])
			}
		}
		checkKey(t, key)
	})
}

// checkKey sees that every original has a pseudonym of its own.
func checkKey(t *rapid.T, key redact.Key) {
	of := map[string]string{}
	for _, entry := range key.Entries() {
		if entry.Pseudonym == "" || entry.Pseudonym == entry.Original {
			t.Fatalf("%q has no pseudonym", entry.Original)
		}
		at := entry.Kind + " " + entry.Pseudonym
		if other, twice := of[at]; twice {
			t.Fatalf("%q and %q are both %s", other, entry.Original, at)
		}
		of[at] = entry.Original
	}
}

func TestTheOrderOfDeliveryMakesNoDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := draw(t)
		one, key := redact.Case(e.deliver(rand.New(rand.NewPCG(1, 1))))
		other, otherKey := redact.Case(e.deliver(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))))
		if diff := cmp.Diff(dump(t, one), dump(t, other)); diff != "" {
			t.Fatalf("another delivery, another case:\n%s", diff)
		}
		if diff := cmp.Diff(key.Entries(), otherKey.Entries()); diff != "" {
			t.Fatalf("another delivery, another key:\n%s", diff)
		}
	})
}

func TestTheRedactedBytesDecodeToTheRedactedFields(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := draw(t).deliver(rand.New(rand.NewPCG(1, 1)))
		red, key := redact.Case(c)
		for i, ev := range red.Events {
			rec, err := cloudtrail.Decode(ev.Raw)
			if err != nil {
				t.Fatalf("%s: %v", ev.Raw, err)
			}
			if diff := cmp.Diff(ev.Record, rec); diff != "" {
				t.Fatalf("fields and bytes differ:\n%s", diff)
			}
			was := c.Events[i]
			want := was.Subject
			for _, s := range []*string{&want.Store, &want.Tenant, &want.Group, &want.User, &want.Membership, &want.Principal, &want.Target, &want.PermissionSet} {
				*s = key.Redact(*s)
			}
			for j := range want.Operations {
				want.Operations[j].Users = slices.Clone(want.Operations[j].Users)
				for k, id := range want.Operations[j].Users {
					want.Operations[j].Users[k] = key.Redact(id)
				}
				want.Operations[j].Path = rec.Subject.Operations[j].Path
			}
			if diff := cmp.Diff(want, rec.Subject); diff != "" {
				t.Fatalf("another subject:\n%s", diff)
			}
			if ev.Effect != was.Effect || ev.Failed() != was.Failed() || ev.Actor.Kind != was.Actor.Kind {
				t.Fatalf("another meaning: %s, %v, %s", ev.Effect, ev.Failed(), ev.Actor.Kind)
			}
			if diff := cmp.Diff(shape(was.Raw), shape(ev.Raw)); diff != "" {
				t.Fatalf("another record but for its values:\n%s", diff)
			}
		}
	})
}

// shape is a record with every value blanked: the names and their order.
func shape(raw []byte) string {
	var out strings.Builder
	dec := json.NewDecoder(bytes.NewReader(raw))
	for {
		tok, err := dec.Token()
		if err != nil {
			return out.String()
		}
		if s, ok := tok.(json.Delim); ok {
			out.WriteString(s.String())
		} else {
			fmt.Fprintf(&out, "%T ", tok)
		}
	}
}
