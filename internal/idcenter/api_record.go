package idcenter

import (
	"encoding/json"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// action is the call as it is logged: the parameters under their names with a
// lower-case first letter, ids as they were given, all that says something about
// a person or group masked (cloudtrail reference 2.3, 2.10).
func (s *jsonCall) action(readOnly bool) cloudtrail.Action {
	a := cloudtrail.Action{Source: s.of.source, Name: s.op, ReadOnly: readOnly, Host: s.of.host, Response: s.logged}
	if s.in != nil {
		a.Request = cloudtrail.Object{}
		for name, v := range s.in.All() {
			a.Request = append(a.Request, cloudtrail.Member{Key: lowerFirst(name), Value: logged(strings.ToLower(name), v)})
		}
	}
	return a
}

// logged is the value of a parameter as the log shows it.
func logged(name string, v any) any {
	if v == nil {
		return nil
	}
	switch name {
	case "identitystoreid", "groupid", "userid", "membershipid", "groupids", "maxresults", "nexttoken", "revision", "networkconfiguration",
		"attributepath", "instancearn", "targetid", "targettype", "permissionsetarn", "principaltype", "principalid", "accountid",
		"accountassignmentcreationrequestid", "accountassignmentdeletionrequestid":
		return plain(v)
	case "memberid", "alternateidentifier", "uniqueattribute", "externalid", "name":
		if o, ok := v.(*scim.Object); ok {
			return eachLogged(o)
		}
	case "operations", "filters", "filter":
		switch v := v.(type) {
		case *scim.Object:
			return eachLogged(v)
		case []any:
			list := make([]any, len(v))
			for i, e := range v {
				list[i] = awsid.Masked
				if o, ok := e.(*scim.Object); ok {
					list[i] = eachLogged(o)
				}
			}
			return list
		}
	case "extensions":
		if list, ok := v.([]any); ok {
			return plain(list) // names of extensions to be shown
		}
	}
	return awsid.Masked
}

func eachLogged(o *scim.Object) cloudtrail.Object {
	out := cloudtrail.Object{}
	for name, v := range o.All() {
		out = append(out, cloudtrail.Member{Key: lowerFirst(name), Value: logged(strings.ToLower(name), v)})
	}
	return out
}

// plain is a value as it was sent.
func plain(v any) any {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return awsid.Masked
	}
	return json.RawMessage(b)
}

func lowerFirst(s string) string {
	if s != "" && 'A' <= s[0] && s[0] <= 'Z' {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}

func upperFirst(s string) string {
	if s != "" && 'a' <= s[0] && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
