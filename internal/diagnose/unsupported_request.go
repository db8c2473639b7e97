package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "unsupported-request",
	Title:    "The membership is sent in a form that AWS does not take",
	Step:     Before,
	Rank:     73,
	Explains: []string{"group-writes-fail", "mapping-error", "created-not-filled"},
	Examine:  unsupportedRequest,
})

// unsupportedRequest is C16: the last push of the group was refused for its form,
// whatever it carried: a replacement of all members, no path, too much at once.
func unsupportedRequest(in *inquiry) Finding {
	c := in.before()
	if !c.provider() {
		return unexamined("")
	}
	if in.group == nil {
		return needsGroup()
	}
	for _, r := range reversed(c.said) {
		sure := r.is("replace-members", "missing-path", "patch-path-omitted", "invalid-json", "unknown-operation")
		if !sure && !r.is("request-unparsable", "okta-create-group-refused") {
			continue
		}
		f := Finding{
			Status:  Established,
			Summary: fmt.Sprintf("AWS refused the members of %s because of the form in which they were sent; each repetition fails the same way.", in.theGroup()),
			Because: []Reason{r.reason()},
			Fix:     append(r.fixes(), c.formFix()),
			At:      r.at,
		}
		if !sure {
			f.Status = Supported
			f.Because = append(f.Because, Reason{Text: "The message may also be about a value in it."})
		}
		return c.contradicted(f, r.at)
	}
	if c.app != nil && c.app.Name != awsAppKind && c.mapping != nil {
		return Finding{Status: Possible, Because: []Reason{{Text: fmt.Sprintf("%s is not Okta's catalogue app for IAM Identity Center but one of type %q; such an app may send groups in a form that AWS does not take.", capital(c.theApp()), c.app.Name)}}}
	}
	if len(c.said) > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: "The last push was refused for another reason: " + c.said[len(c.said)-1].reason().Text}}}
	}
	if at := c.pushedAt(); !at.IsZero() {
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("Members were pushed with success on %s and nothing was refused since, as far as the evidence shows.", when(at))}}}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: "No push of the group that was refused is in what was read, and whether all was read is not known."}}, Needs: []Need{c.readNeed()}}
}

func (c *chain) formFix() Fix {
	if c.groupIn == upstream.ProductOkta && c.app != nil && c.app.Name == awsAppKind {
		return Fix{Text: "If a push by hand of a large group fails so, unlink the group (Push Groups > the group > Unlink, leave the group in the app), link it again, or take members out and add them in lots under 100.", Who: "idp"}
	}
	return Fix{Text: "Use the provider's own catalogue app for AWS IAM Identity Center; a connector of one's own has to send add and remove in lots of 100 members at most.", Who: "idp"}
}
