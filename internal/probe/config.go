package probe

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/live"
)

// documented is what AWS documents of ServiceProviderConfig
// (identity-center-scim reference 10.1). Addresses of documentation are left out:
// they move, and nothing depends on them.
var documented = []struct {
	at   []string
	want string // as JSON
}{
	{[]string{"patch", "supported"}, "true"},
	{[]string{"bulk", "supported"}, "false"},
	{[]string{"bulk", "maxOperations"}, "1"},
	{[]string{"bulk", "maxPayloadSize"}, "1048576"},
	{[]string{"filter", "supported"}, "true"},
	{[]string{"filter", "maxResults"}, "50"},
	{[]string{"changePassword", "supported"}, "false"},
	{[]string{"sort", "supported"}, "false"},
	{[]string{"etag", "supported"}, "false"},
}

// differences sets a ServiceProviderConfig against what AWS documents. It fails for
// what is no ServiceProviderConfig at all: then something else answers.
func differences(body []byte) ([]string, error) {
	out := []string{}
	var config map[string]jsontext.Value
	err := json.Unmarshal(body, &config, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil || config["patch"] == nil && config["filter"] == nil {
		return nil, &live.Problem{Kind: live.Malformed, Doing: "asking the SCIM endpoint what it can do",
			Reason: "the answer is no ServiceProviderConfig, or broke off: something else may answer in its place", Next: "check the URL and the proxy, then run it again"}
	}
	for _, d := range documented {
		var part map[string]jsontext.Value
		_ = json.Unmarshal(config[d.at[0]], &part)
		got := "nothing"
		if v := part[d.at[1]]; v != nil && len(v) <= 40 {
			got = string(v)
		}
		if got != d.want {
			out = append(out, fmt.Sprintf("%s.%s is %s, and AWS documents %s", d.at[0], d.at[1], got, d.want))
		}
	}
	var schemes []struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(config["authenticationSchemes"], &schemes)
	bearer := false
	for _, s := range schemes {
		bearer = bearer || s.Type == "oauthbearertoken"
	}
	if !bearer {
		out = append(out, "authenticationSchemes does not name oauthbearertoken, which AWS documents")
	}
	return out, nil
}
