package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/story"
	"github.com/scimtrail/scimtrail/internal/web"
)

// Whether SCIM is alive is said only as far as somebody looked where its calls
// are logged.
func TestIsSCIMAlive(t *testing.T) {
	t.Parallel()
	const daily = "every 24h from 2025-09-01T03:00:00Z to %s okta PatchGroup other add ann\n"
	for name, tt := range map[string]struct{ events, coverage, state, says string }{
		"it wrote to the end": {fmt.Sprintf(daily, "2025-11-14T03:00:00Z"), "scim api console 2025-09-01..2025-11-14T12:00Z claimed", "works", "was writing when the evidence ends"},
		"it fell silent for longer than before, and somebody looked": {fmt.Sprintf(daily, "2025-10-01T03:00:00Z"), "scim api console 2025-09-01..2025-11-14T12:00Z claimed",
			"quiet", "silent for 44 days"},
		"it fell silent, and nobody looked further": {fmt.Sprintf(daily, "2025-10-01T03:00:00Z"), "scim 2025-09-01..2025-10-01T03:00:00Z claimed\napi console 2025-09-01..2025-11-14T12:00Z claimed",
			"unknown", "The evidence ends with the last SCIM write"},
		"it fell silent, and whether anybody looked whole is not known": {fmt.Sprintf(daily, "2025-10-01T03:00:00Z"), "scim 2025-09-01..2025-11-14T12:00Z\napi console 2025-09-01..2025-11-14T12:00Z claimed",
			"unknown", "not known"},
		"nothing, where it would be logged": {"2025-09-02T10:00:00Z bob CreateGroupMembership other ann\n", "scim api console 2025-09-01..2025-11-14T12:00Z claimed",
			"quiet", "No SCIM write where it was looked"},
		"nothing, and nobody looked": {"2025-09-02T10:00:00Z bob CreateGroupMembership other ann\n", "api console 2025-09-01..2025-11-14T12:00Z claimed",
			"unknown", "not looked at"},
		"nothing, in an account that is not the store's": {"2025-09-02T10:00:00Z bob CreateGroupMembership other ann\n",
			"scim 2025-09-01..2025-11-14T12:00Z account 444455556666 claimed\napi console 2025-09-01..2025-11-14T12:00Z claimed", "unknown", "not looked at"},
		"writes fail since long": {fmt.Sprintf(daily, "2025-10-01T03:00:00Z") + "every 24h from 2025-10-02T03:00:00Z to 2025-11-14T03:00:00Z okta PatchGroup other add ann fails ThrottlingException \"Rate exceeded\"\n",
			"scim api console 2025-09-01..2025-11-14T12:00Z claimed", "fails", "44 SCIM writes failed since the last success"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := story.Parse([]byte(name + ".\n-- cast --\nstore d-9a67000001 account 111122223333 region us-east-2\ngroup other \"Others\" created 2025-03-10\nuser ann\nperson bob cli\n" +
				"idp okta token tok-1 from 203.0.113.20\n-- events --\n" + tt.events + "-- snapshot 2025-11-14T12:00:00Z --\ngroups all\nusers all\n-- coverage --\n" + tt.coverage + "\n-- ask --\ngroup other\n"))
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.Case(actor.Default())
			if err != nil {
				t.Fatal(err)
			}
			doc := open(t, view(t, c), web.Options{}).json("/?format=json")
			if got := doc["scimState"]; got != tt.state {
				t.Errorf("the state is %v, want %s: %v", got, tt.state, doc["scimSays"])
			}
			if got := doc["scimSays"].(string); !strings.Contains(got, tt.says) {
				t.Errorf("the page says %q, not %q", got, tt.says)
			}
		})
	}
}
