package upstream_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// FuzzParse holds that the state of a file does not hang on indentation, on the
// order of entries or on repeats, and that merging it with itself changes
// nothing.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		logEntry, oktaUser, oktaGroup, oktaApp, appUser, appGroup, groupRule, mapping, members,
		`{"value":[` + provisioning + `,` + job + `]}`, activity, request, change, auditEvent, account, entitlement,
		entraUser, entraGroup, entraMembers, entraApp, appRole, identity, source, profile,
		"[" + logEntry + "," + mapping + "," + oktaGroup + "]", oktaUser + "\n{\n" + oktaUser,
		"user,group\nann,Readers\n", "sep=;\nE-Mail;Group Name\n\"a\";b\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, kind, n, err := upstream.Parse(data)
		if err != nil {
			if !errors.Is(err, upstream.ErrUnrecognised) || n != 0 {
				t.Fatalf("%d entries, error %v does not wrap ErrUnrecognised", n, err)
			}
			return
		}
		if kind == "" || len(got.Problems) > 20 {
			t.Fatalf("kind %q, %d problems", kind, len(got.Problems))
		}
		if diff := cmp.Diff(got, upstream.Merge(got, upstream.State{}, got), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("merged with itself:\n%s", diff)
		}
		value := jsontext.Value(slices.Clone(data))
		if value.Indent(jsontext.AllowDuplicateNames(false)) != nil {
			return
		}
		same(t, "indented", got, kind, value)
		var entries []json.RawMessage
		if json.Unmarshal(data, &entries) != nil {
			return
		}
		turned := slices.Concat(entries, entries)
		slices.Reverse(turned)
		again, err := json.Marshal(turned)
		if err != nil {
			t.Fatal(err)
		}
		if known(entries) { // strangers in front may hide the rest
			same(t, "in reverse and twice", got, kind, again)
		}
	})
}

// known reports whether each entry alone is recognised.
func known(entries []json.RawMessage) bool {
	return !slices.ContainsFunc(entries, func(e json.RawMessage) bool {
		_, _, _, err := upstream.Parse(e)
		return err != nil
	})
}

func same(t *testing.T, what string, want upstream.State, kind string, data []byte) {
	t.Helper()
	got, gotKind, _, err := upstream.Parse(data)
	if err != nil || gotKind != kind {
		t.Fatalf("%s: kind %q, want %q, error %v", what, gotKind, kind, err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(upstream.State{}, "Problems")); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}
