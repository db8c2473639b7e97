package awsid_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

func TestBare(t *testing.T) {
	t.Parallel()
	const id = "64a8b4c8-1001-70a1-1111-000000000001"
	tests := []struct{ name, in, want string }{
		{"a bare id stays", id, id},
		{"upper case is the same id", "64A8B4C8-1001-70A1-1111-000000000001", id},
		{"group ARN", "arn:aws:identitystore:::group/" + id, id},
		{"user ARN in China", "arn:aws-cn:identitystore:::user/" + id, id},
		{"membership ARN", "arn:aws:identitystore:::membership/" + id, id},
		{"legacy id keeps its prefix", "9067729b3d-" + id, "9067729b3d-" + id},
		{"store ARN", "arn:aws:identitystore::111122223333:identitystore/d-9a67000001", "d-9a67000001"},
		{"another service's ARN is no id", "arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:role/x"},
		{"an ARN cut short is left alone", "arn:aws:identitystore:::group/", "arn:aws:identitystore:::group/"},
		{"white space around", " " + id + "\n", id},
		{"not an id", "App-AWS", "App-AWS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := awsid.Bare(tt.in); got != tt.want {
				t.Errorf("Bare(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	got := awsid.Resources(`members[value eq "64A8B4C8-1001-70a1-1111-000000000001" or value eq "9067729b3d-64a8b4c8-1001-70a1-1111-000000000001"]`)
	want := []string{"64a8b4c8-1001-70a1-1111-000000000001", "9067729b3d-64a8b4c8-1001-70a1-1111-000000000001"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ids in a path (-want +got):\n%s", diff)
	}
}

func TestBlanked(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "xxxx", "xx.xxx.xxx.xxx", "****", awsid.Masked, " "} {
		if !awsid.Blanked(s) {
			t.Errorf("%q should count as blanked", s)
		}
	}
	for _, s := range []string{"198.51.100.7", "x1", "alice"} {
		if awsid.Blanked(s) {
			t.Errorf("%q should not count as blanked", s)
		}
	}
}

func TestStoreOf(t *testing.T) {
	t.Parallel()
	if got := awsid.StoreOf("9067729b3d-64a8b4c8-1001-70a1-1111-000000000001"); got != "d-9067729b3d" {
		t.Errorf("store of a legacy id = %q", got)
	}
	if got := awsid.StoreOf("64a8b4c8-1001-70a1-1111-000000000001"); got != "" {
		t.Errorf("a current id names no store, got %q", got)
	}
}

// TestFormsAsPatterns holds what recognises an id against the patterns of the
// Identity Store API model, on ids and on what nearly is one.
func TestFormsAsPatterns(t *testing.T) {
	t.Parallel()
	const uuid = `[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`
	resource := regexp.MustCompile(`^(?:[0-9A-Fa-f]{10}-)?` + uuid + `$`)
	store := regexp.MustCompile(`^d-[0-9a-f]{10}$`)
	account := regexp.MustCompile(`^[0-9]{12}$`)
	forms := rapid.OneOf(
		rapid.StringMatching(`(?:[0-9A-Fa-f]{10}-)?`+uuid), rapid.StringMatching(`d-[0-9a-f]{10}`), rapid.StringMatching(`[0-9]{12}`), rapid.String(),
		rapid.SampledFrom([]string{"", "x", " xX* ", awsid.Masked, " " + awsid.Masked, "HIDDEN", "\u2026", "\ufffd", "\u00a0xx", "#1"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := forms.Draw(t, "id")
		if len(s) > 0 && rapid.Bool().Draw(t, "nearly") {
			at := rapid.IntRange(0, len(s)-1).Draw(t, "at")
			s = s[:at] + rapid.SampledFrom([]string{"", "g", "-", "F", "0", "\n", "\u212a", " "}).Draw(t, "instead") + s[at+1:]
		}
		if got, want := awsid.IsResource(s), resource.MatchString(s); got != want {
			t.Errorf("IsResource(%q) = %v", s, got)
		}
		if got, want := awsid.IsStore(s), store.MatchString(s); got != want {
			t.Errorf("IsStore(%q) = %v", s, got)
		}
		if got, want := awsid.IsAccount(s), account.MatchString(s); got != want {
			t.Errorf("IsAccount(%q) = %v", s, got)
		}
		trimmed := strings.TrimSpace(s)
		if got, want := awsid.Blanked(s), trimmed == awsid.Masked || strings.Trim(trimmed, "xX*.-_?#…<>[] ") == ""; got != want {
			t.Errorf("Blanked(%q) = %v", s, got)
		}
	})
}
