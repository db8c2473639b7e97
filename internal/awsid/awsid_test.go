package awsid_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
