package report

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// ocsfVersion is the schema that EventsOCSF writes: the first in which Group
// Management may stand without a user, as SCIM makes it, and one in which
// Account Change and its single user are not yet deprecated. Required fields
// are those of https://github.com/ocsf/ocsf-schema at tag 1.4.0.
const ocsfVersion = "1.4.0"

// The classes and categories (events/iam, events/application).
const (
	ocsfIAM         = 3
	ocsfApplication = 6
	accountChange   = 3001
	groupManagement = 3006
	apiActivity     = 6003
)

// ocsfClass is the class and activity of an event.
type ocsfClass struct {
	category, class, activity int
	name, activityName        string
}

type ocsfObject map[string]any

// EventsOCSF writes events as OCSF, one JSON object a line, in the order given.
// A membership change is Group Management (3006), a user made, deleted, enabled
// or disabled Account Change (3001), everything else, and what does not name its
// group or user, API Activity (6003), as AWS's own mapping has it (cloudtrail
// reference 5.4). Fields of CloudTrail without a place stand under unmapped.
// program is the version of this program; it may be empty.
func EventsOCSF(w io.Writer, events []*casefile.Event, l *ledger.Ledger, program string) error {
	for _, ev := range events {
		line, err := json.Marshal(ocsf(ev, l, program))
		if err != nil {
			return err
		}
		if _, err := w.Write(append(quiet(line), '\n')); err != nil {
			return err
		}
	}
	return nil
}

func ocsfClassOf(ev *casefile.Event, group, user ledger.Entity) ocsfClass {
	management := func(activity int, name string) ocsfClass {
		return ocsfClass{ocsfIAM, groupManagement, activity, "Group Management", name}
	}
	account := func(activity int, name string) ocsfClass {
		return ocsfClass{ocsfIAM, accountChange, activity, "Account Change", name}
	}
	if group.ID != "" && !ev.ReadOnly {
		switch ev.Effect {
		case cloudtrail.MemberAdded, cloudtrail.MembersAdded:
			return management(3, "Add User")
		case cloudtrail.MemberRemoved, cloudtrail.MembersRemoved:
			return management(4, "Remove User")
		case cloudtrail.GroupDeleted:
			return management(5, "Delete")
		case cloudtrail.GroupCreated:
			return management(6, "Create")
		case cloudtrail.MembersChanged:
			return management(99, "Change Users")
		case cloudtrail.GroupUpdated:
			return management(99, "Update")
		}
	}
	if user.ID != "" && !ev.ReadOnly {
		switch ev.Effect {
		case cloudtrail.UserCreated:
			return account(1, "Create")
		case cloudtrail.UserEnabled:
			return account(2, "Enable")
		case cloudtrail.UserDisabled:
			return account(5, "Disable")
		case cloudtrail.UserDeleted:
			return account(6, "Delete")
		}
	}
	activity, name := ocsfVerb(ev)
	return ocsfClass{ocsfApplication, apiActivity, activity, "API Activity", name}
}

// ocsfVerb reads create, read, update or delete out of a call's name.
func ocsfVerb(ev *casefile.Event) (int, string) {
	if ev.ReadOnly {
		return 2, "Read"
	}
	for _, verb := range []struct {
		activity int
		name     string
		prefixes []string
	}{
		{1, "Create", []string{"Create", "Add", "Associate", "Attach", "Provision"}},
		{3, "Update", []string{"Update", "Put", "Patch", "Enable", "Disable", "Set", "Import"}},
		{4, "Delete", []string{"Delete", "Remove", "Disassociate", "Detach"}},
	} {
		for _, p := range verb.prefixes {
			if strings.HasPrefix(ev.Name, p) {
				return verb.activity, verb.name
			}
		}
	}
	return 99, "Other"
}

func ocsf(ev *casefile.Event, l *ledger.Ledger, program string) ocsfObject {
	group, user := Subject(ev, l)
	class := ocsfClassOf(ev, group, user)
	doc := ocsfObject{
		"category_uid": class.category, "category_name": map[int]string{ocsfIAM: "Identity & Access Management", ocsfApplication: "Application Activity"}[class.category],
		"class_uid": class.class, "class_name": class.name,
		"activity_id": class.activity, "activity_name": class.activityName, "type_uid": class.class*100 + class.activity, "type_name": class.name + ": " + class.activityName,
		"time": int64(0), "severity_id": 1, "severity": "Informational", "status_id": 1, "status": "Success",
		"metadata":     ocsfMetadata(ev, program),
		"cloud":        present(ocsfObject{"provider": "AWS", "region": ev.Region, "account": entityOrNil(ev.Account)}),
		"actor":        ocsfActor(ev),
		"src_endpoint": ocsfEndpoint(ev),
		"message":      ocsfMessage(ev, group, user),
	}
	if ev.Failed() {
		doc["status_id"], doc["status"] = 2, "Failure"
		doc["severity_id"], doc["severity"] = 2, "Low"
		put(doc, "status_code", ev.ErrorCode)
		put(doc, "status_detail", ev.ErrorMessage)
	}
	if ev.UserAgent != "" {
		doc["http_request"] = ocsfObject{"user_agent": ev.UserAgent}
	}
	api := present(ocsfObject{"operation": ev.Name, "service": entityNamed(ev.Source)})
	if ev.RequestID != "" {
		api["request"] = ocsfObject{"uid": ev.RequestID}
	}
	if ev.Failed() {
		api["response"] = present(ocsfObject{"error": ev.ErrorCode, "error_message": ev.ErrorMessage})
	}
	unmapped := ocsfUnmapped(ev)
	if ev.Time.IsZero() {
		unmapped["time"] = "not readable in the record" // the schema asks for a time
	} else {
		doc["time"] = ev.Time.UnixMilli()
	}
	switch class.class {
	case groupManagement:
		doc["group"] = present(ocsfObject{"uid": group.ID, "name": group.Name, "domain": ev.Subject.Store})
		if user.ID != "" {
			doc["user"] = ocsfUser(user)
		} else if changesMembers(ev) {
			unmapped["members"] = "hidden by CloudTrail"
		}
		doc["api"] = api // the cloud profile has it on every class
	case accountChange:
		doc["user"] = ocsfUser(user)
		doc["api"] = api
	default:
		doc["api"] = api
		if resources := ocsfResources(ev, group, user); len(resources) > 0 {
			doc["resources"] = resources
		}
	}
	doc["unmapped"] = unmapped
	return doc
}

func ocsfMetadata(ev *casefile.Event, program string) ocsfObject {
	product := ocsfObject{"name": "CloudTrail", "vendor_name": "AWS", "feature": ocsfObject{"name": "Management"}}
	if v := ev.Version; v.Major > 0 {
		product["version"] = fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	m := present(ocsfObject{
		"version": ocsfVersion, "product": product, "profiles": []string{"cloud"},
		"uid": ev.Key, "event_code": ev.Type, "log_provider": strings.TrimSpace("scimtrail " + program),
	})
	if !ev.Time.IsZero() {
		m["original_time"] = stamp(ev.Time)
	}
	return m
}

// ocsfActor is never empty: at least one of its members is required.
func ocsfActor(ev *casefile.Event) ocsfObject {
	id := ev.Identity
	user := present(ocsfObject{"type": id.Type, "name": ev.Actor.Name, "uid": id.ARN, "uid_alt": id.PrincipalID, "credential_uid": ev.Actor.Credential,
		"account": entityOrNil(id.Account)})
	switch ev.Actor.Kind {
	case actor.Person:
		user["type_id"] = 1
	case actor.IDP, actor.Automation, actor.Connector, actor.AWS:
		user["type_id"] = 3
	default:
		user["type_id"] = 0
	}
	if user["name"] == nil && user["uid"] == nil && user["account"] == nil {
		user["name"] = ev.Actor.Label()
	}
	a := present(ocsfObject{"user": user, "invoked_by": id.InvokedBy})
	if ev.Source == awsid.SourceSCIM && ev.Actor.Kind == actor.IDP {
		a["idp"] = present(ocsfObject{"name": ev.Actor.Label(), "uid": ev.Subject.Tenant})
	} else if id.Provider != "" {
		a["idp"] = ocsfObject{"name": id.Provider}
	}
	if id.Session != "" || id.Role != "" {
		a["session"] = present(ocsfObject{"uid": id.Session, "issuer": id.Role})
	}
	return a
}

// ocsfEndpoint is the source of a call: an address, or a service's own name.
func ocsfEndpoint(ev *casefile.Event) ocsfObject {
	if _, err := netip.ParseAddr(ev.SourceIP); err == nil {
		return ocsfObject{"ip": ev.SourceIP}
	}
	if ev.SourceIP == "" {
		return ocsfObject{"name": "unknown"}
	}
	if strings.Contains(ev.SourceIP, ".") && !strings.Contains(ev.SourceIP, " ") {
		return ocsfObject{"domain": ev.SourceIP, "svc_name": ev.SourceIP}
	}
	return ocsfObject{"name": ev.SourceIP}
}

func ocsfUser(e ledger.Entity) ocsfObject {
	u := present(ocsfObject{"uid": e.ID, "name": e.Name})
	u["type_id"] = 1
	return u
}

func ocsfResources(ev *casefile.Event, group, user ledger.Entity) []ocsfObject {
	var out []ocsfObject
	add := func(kind, id, name string) {
		if id != "" {
			out = append(out, present(ocsfObject{"type": kind, "uid": id, "name": name}))
		}
	}
	add("AWS::IdentityStore::Group", group.ID, group.Name)
	add("AWS::IdentityStore::User", user.ID, user.Name)
	add("AWS::IdentityStore::GroupMembership", ev.Subject.Membership, "")
	return out
}

func ocsfUnmapped(ev *casefile.Event) ocsfObject {
	out := present(ocsfObject{
		"recipientAccountId": ev.Account, "sharedEventID": ev.SharedID, "membershipId": ev.Subject.Membership, "identityStoreId": ev.Subject.Store,
		"tenantId": ev.Subject.Tenant, "effect": string(ev.Effect), "via": actor.Via(&ev.Record), "addendumReason": ev.Addendum.Reason,
		"actorKind": ev.Actor.Kind, "actorClient": ev.Actor.Client, "actorBasis": ev.Actor.Basis,
	})
	if ev.FromConsole {
		out["sessionCredentialFromConsole"] = "true"
	}
	if ev.Superseded {
		out["superseded"] = true
	}
	return out
}

func ocsfMessage(ev *casefile.Event, group, user ledger.Entity) string {
	text := ev.Actor.Label() + ": " + whatWords(ev)
	if n := nameOf(group); n != "" {
		text += ", group " + n
	}
	if n := nameOf(user); n != "" {
		text += ", user " + n
	}
	if ev.Failed() {
		text += ", refused"
	}
	return Clean(text)
}

func entityOrNil(uid string) ocsfObject {
	if uid == "" {
		return nil
	}
	return ocsfObject{"uid": uid, "type_id": 10} // AWS Account
}

func entityNamed(name string) ocsfObject {
	if name == "" {
		return nil
	}
	return ocsfObject{"name": name}
}

func put(o ocsfObject, key, value string) {
	if value != "" {
		o[key] = value
	}
}

// present drops what is not known.
func present(o ocsfObject) ocsfObject {
	for k, v := range o {
		switch v := v.(type) {
		case string:
			if v == "" {
				delete(o, k)
			}
		case ocsfObject:
			if len(v) == 0 {
				delete(o, k)
			}
		}
	}
	return o
}
