package diagnose

import (
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "no-mapping",
	Title:    "The identity provider does not push the group",
	Step:     Before,
	Rank:     60,
	Explains: []string{"group-not-pushed", "never-touched", "scim-writes-users-only"},
	Examine:  noMapping,
})

// noMapping is C07: a group that is assigned to the app is not thereby pushed; it
// needs a push mapping. That there is none is an absence: the app's mappings have
// to be read to the end, or Okta's own count of them has to be 0.
func noMapping(in *inquiry) Finding {
	c := in.before()
	if f, ok := c.oktaOnly(); !ok {
		return f
	}
	if c.mapping != nil {
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("Okta has a push mapping of the group, %s.", lower(c.mapping.Status))}}}
	}
	if c.appID == "" && len(c.mappings) == 0 && (c.source == nil || !c.source.Stats.Known) {
		return c.noApp()
	}
	f := Finding{
		Status:  Established,
		Summary: fmt.Sprintf("Okta's group %s has no push mapping to AWS, so Okta does not push it.", in.theGroup()),
		Fix: []Fix{
			{Text: "Push the group. In Okta: Applications > AWS IAM Identity Center > Push Groups > Push Groups > Find groups by name; if AWS has a group of that name, Refresh App Groups first and link it.", Who: "idp"},
		},
	}
	whole := false
	switch {
	case c.groupID == "" && len(c.named) > 1:
		whole = c.appID != "" && c.whole(upstream.ProductOkta, upstream.ListMappings, upstream.Scope{App: c.appID})
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("%d groups of Okta bear the name, and none of them has a push mapping in the app.", len(c.named))})
	case c.groupID == "":
		f := c.noSource()
		if c.whole(upstream.ProductOkta, upstream.ListGroups, upstream.Scope{Group: in.group.Name}) && c.whole(upstream.ProductOkta, upstream.ListMappings, upstream.Scope{App: c.appID}) && c.appID != "" {
			f.Status = Supported
			f.Summary = fmt.Sprintf("Okta has no group called %s, so nothing there is pushed under that name.", in.theGroup())
			f.Because = []Reason{{Text: "Okta's groups and the app's push mappings were read to their end; a group under another name may be pushed to this one."}}
		}
		return f
	default:
		scope := upstream.Scope{App: c.appID, Group: c.groupID}
		whole = c.appID != "" && c.whole(upstream.ProductOkta, upstream.ListMappings, scope)
		if whole {
			f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The push mappings of %s were read to their end%s, and none has %s as its source.", c.theApp(), atTime(c.readAt(upstream.ProductOkta, upstream.ListMappings, scope)), c.theSource())})
		}
		if c.source != nil && c.source.Stats.Known && c.source.Stats.PushMappings == 0 {
			whole = true
			f.Because = append(f.Because, Reason{Text: "Okta's own count of the group's push mappings is 0."})
		}
	}
	if !whole {
		return c.notRead(upstream.ProductOkta, upstream.ListMappings, "A push mapping of the group", upstream.Scope{App: c.appID, Group: c.groupID})
	}
	if len(c.mappings) > 0 {
		f.Because = append(f.Because, Reason{Text: "The group is pushed to another app than the one of this instance; see wrong-endpoint."})
	}
	for _, g := range c.st.Okta.AppGroups {
		if g.ID == c.groupID && (g.App == c.appID || g.App == "") {
			f.Because = append(f.Because, Reason{Text: "The group is assigned to the app. That makes its people users in AWS and pushes no group."})
		}
	}
	if controlTower(in.group.Name) {
		f.Because = append(f.Because, Reason{Text: "The name is one of AWS Control Tower's own groups, which Control Tower makes and an identity provider does not push."})
		f.Status = Possible
		f.Fix = nil
	}
	if sent := c.written(); len(sent) > 0 {
		f.Status = Possible
		f.Because = append(f.Because, because(sent, "Yet SCIM wrote members of this group, the last on %s: it was pushed then, or something else pushes it.", when(last(sent).Time)))
	}
	return f
}

// controlTower reports whether a name is that of a group that Control Tower makes
// (okta-sailpoint reference 14.3 C07).
func controlTower(name string) bool {
	for _, prefix := range []string{"AWSLogArchive", "AWSSecurityAudit"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return name == "AWSAccountFactory" || name == "AWSControlTowerAdmins" || name == "AWSServiceCatalogAdmins"
}
