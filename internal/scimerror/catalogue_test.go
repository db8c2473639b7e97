package scimerror_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// causes are the slugs that diagnoses go by; an error may point to no other.
var causes = strings.Fields(`
	scim-source-not-collected wrong-place not-empty never-touched scim-writes-users-only group-not-pushed created-not-filled
	group-writes-fail user-writes-fail scim-stopped scim-never-used filled-by-hand connector-bypasses-idp removed-outside-scim
	removed-by-scim emptied-by-deletion group-recreated name-taken throttled two-writers unknown-client identity-source-changed
	before-the-coverage evidence-tampered
	members-not-assigned assigned-before-provisioning one-group-for-both memberships-never-pushed mapping-inactive mapping-error
	no-mapping token-rejected wrong-endpoint provisioning-off user-refused duplicate-user user-gone-in-aws unsupported-request
	idp-group-lacks-user idp-user-inactive username-mismatch nested-group job-quarantined idp-sends-no-groups app-inactive
	request-unfinished governance-provisioning-failed governance-wrote-elsewhere directory-import-late assignment-to-old-group
	access-expired-on-purpose`)

var clients = strings.Fields(`okta entra google jumpcloud onelogin ping cyberark ssosync idp-scim-sync authentik keycloak sailpoint teleport`)

var (
	slug = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	// actor is who a step is for.
	actor = regexp.MustCompile(`^(AWS administrator|Identity provider administrator|Okta administrator|Entra administrator|Governance administrator|Network administrator|Owner of the (SCIM client|client|script)|Whoever (runs the command|runs the call|collects the evidence)): .`)
	// place is a menu path or a command.
	place = regexp.MustCompile("`[^`]+`|[A-Za-z)] > [A-Z<]")
)

func TestEveryEntryIsReachedByAMessage(t *testing.T) {
	t.Parallel()
	reached := make(map[string]bool)
	for _, r := range messages {
		if got, ok := scimerror.Explain(r.code, r.message); ok {
			reached[got.Entry.ID] = true
		}
	}
	for _, e := range scimerror.Catalogue() {
		if !reached[e.ID] {
			t.Errorf("no message of the references leads to %s", e.ID)
		}
	}
}

func TestEveryEntryIsComplete(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, e := range scimerror.Catalogue() {
		if !slug.MatchString(e.ID) || seen[e.ID] {
			t.Errorf("%q is no slug of its own", e.ID)
		}
		seen[e.ID] = true
		for what, text := range map[string]string{"meaning": e.Meaning, "cause": e.Cause} {
			if !strings.HasSuffix(text, ".") || strings.ContainsAny(text, "!\n") {
				t.Errorf("%s: the %s is no plain sentence: %q", e.ID, what, text)
			}
		}
		if !strings.HasPrefix(e.Docs, "https://") {
			t.Errorf("%s: no public address in %q", e.ID, e.Docs)
		}
		if e.Source == "" || len(e.Fix) == 0 {
			t.Errorf("%s has no source or no fix", e.ID)
		}
		for _, step := range e.Fix {
			if !actor.MatchString(step) {
				t.Errorf("%s: a step does not say who acts: %q", e.ID, step)
			}
			if !place.MatchString(step) {
				t.Errorf("%s: a step names neither a menu path nor a command: %q", e.ID, step)
			}
		}
		for _, cause := range e.Causes {
			if !slices.Contains(causes, cause) {
				t.Errorf("%s points to %q, which is no cause", e.ID, cause)
			}
		}
		for client := range e.ByClient {
			if !slices.Contains(clients, client) {
				t.Errorf("%s speaks of client %q, which is not known", e.ID, client)
			}
		}
	}
}

func TestCausesNarrowedByTheSubjectAreCausesToo(t *testing.T) {
	t.Parallel()
	for _, r := range messages {
		for _, operation := range []string{"CreateUser", "CreateGroup"} {
			if r.message == "" || r.message[0] == '{' {
				continue
			}
			got, ok := scimerror.Explain(r.code, "An error occurred (Unheard) when calling the "+operation+" operation: "+r.message)
			if !ok {
				t.Errorf("%s: not recognised inside %s", r.name, operation)
				continue
			}
			for _, cause := range got.Causes {
				if !slices.Contains(causes, cause) {
					t.Errorf("%s, %s: %q is no cause", r.name, operation, cause)
				}
			}
		}
	}
}

func TestTheCatalogueHasOneOrderAndIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	first := scimerror.Catalogue()
	clear(first)
	second := scimerror.Catalogue()
	if len(second) == 0 || second[0] == nil {
		t.Fatal("a caller can empty the catalogue")
	}
	if !slices.Equal(second, scimerror.Catalogue()) {
		t.Error("the order changes from call to call")
	}
}

func quoteJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
