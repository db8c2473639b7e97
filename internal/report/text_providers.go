package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// providerLines say what was read of the identity provider and of governance, and
// how far: one line a product.
func providerLines(st *upstream.State) []string {
	var out []string
	for _, product := range []struct {
		id, name string
		exports  bool
	}{
		{upstream.ProductOkta, "Okta", len(st.Okta.Events)+len(st.Okta.Users)+len(st.Okta.Groups)+len(st.Okta.Members)+len(st.Okta.Apps)+len(st.Okta.AppUsers)+len(st.Okta.Mappings) > 0},
		{upstream.ProductEntra, "Entra ID", len(st.Entra.Jobs)+len(st.Entra.Provisioning)+len(st.Entra.Groups)+len(st.Entra.Members) > 0},
		{upstream.ProductSailPoint, "SailPoint", len(st.SailPoint.Activities)+len(st.SailPoint.Requests)+len(st.SailPoint.Changes)+len(st.SailPoint.Accounts) > 0},
	} {
		var whole, failed []string
		var at time.Time
		for _, r := range st.Reach {
			if r.Product != product.id {
				continue
			}
			if r.AsOf.After(at) {
				at = r.AsOf
			}
			name := strings.ReplaceAll(r.List, "-", " ")
			if r.Scope != (upstream.Scope{}) {
				name += " (in part)"
			}
			switch {
			case r.Whole && !slices.Contains(whole, name):
				whole = append(whole, name)
			case !r.Whole:
				failed = append(failed, fmt.Sprintf("%s (%s)", strings.ReplaceAll(r.List, "-", " "), r.Failed))
			}
		}
		switch {
		case len(whole)+len(failed) > 0:
			line := product.name + ", read on " + moment(at)
			if len(whole) > 0 {
				line += ", to its end: " + strings.Join(whole, ", ")
			}
			if len(failed) > 0 {
				line += "; could not be read: " + strings.Join(failed[:min(len(failed), 5)], ", ")
			}
			out = append(out, line+".")
		case product.exports:
			out = append(out, product.name+": from exports; whether they hold everything is not known.")
		}
	}
	return out
}
