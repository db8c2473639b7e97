package stories_test

import "testing"

// TestWhatWasOnceAnsweredWrongly holds stories whose answer once claimed more
// than the evidence shows.
func TestWhatWasOnceAnsweredWrongly(t *testing.T) {
	t.Parallel()
	for _, s := range onceWrong {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			answer := s.tell(t)
			if wrong := s.wrong(answer); wrong != "" {
				explain(t, answer)
				t.Error(wrong)
			}
		})
	}
}

var onceWrong = []story{
	// The listing has users with external ids and a group, all made within the time that
	// the digests prove, and no event made them: somebody wrote without a trace.
	{"Okta makes the group with " + traceless + " and never fills it", func(w *world) string {
		w.idp.people("ann", "ben")
		group := w.idp.createGroup(sandbox)
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "", "scim-never-used!=established", ""},

	// Three deletions that name nobody may be of this very group, so what goes to and fro
	// is not known; it is not refuted.
	{"Okta adds and a connector removes, in turn, and nothing tells whom", func(w *world) string {
		ann := w.idp.createUser("ann")
		group, connector := w.idp.createGroup(sandbox), w.connector()
		for range 3 {
			w.idp.add(group, ann)
			connector.remove(group, ann)
		}
		w.Advance(settled)
		w.keep.snapshot(group)
		w.keep.logs()
		return sandbox
	}, "", "two-writers!=refuted", ""},
}
