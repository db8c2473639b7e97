package upstream_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

func line(values []any) string { return strings.TrimSuffix(fmt.Sprintln(values...), "\n") }

func TestDesiredMembershipsInTheTablesThatPeopleHave(t *testing.T) {
	t.Parallel()
	want := []upstream.DesiredMembership{{Group: "Readers", User: "ann@example.com"}, {Group: "Readers", User: "bo@example.com"}}
	for _, row := range []struct {
		name, csv string
		want      []upstream.DesiredMembership
		problems  []string
	}{
		{"user and group", "user,group\nann@example.com,Readers\nbo@example.com,Readers\n", want, nil},
		{"the API's names", "UserName,DisplayName\nann@example.com,Readers\nbo@example.com,Readers\n", want, nil},
		{"semicolons, a BOM and Excel's first line", "\xef\xbb\xbfsep=;\r\nGroup Name;E-Mail\r\nReaders;ann@example.com\r\nReaders;bo@example.com\r\n", want, nil},
		{"tabs, and columns of no interest", "no\tgroup_name\tMember\n1\tReaders\tann@example.com\n2\tReaders\tbo@example.com", want, nil},
		{"quotes, spaces and an empty line", "\"login\", \"group\"\n\"ann@example.com\", \"Readers\"\n,\n bo@example.com,Readers \n", want, nil},
		{"the same row twice", "user,group\nann@example.com,Readers\nbo@example.com,Readers\nann@example.com,Readers\n", want, nil},
		{"the login leads the full name", "user,login,group\nAnn Li,ann@example.com,Readers\nBo Ek,bo@example.com,Readers\n", want, nil},
		{"a comma within quotes", "user,group\nann,\"Readers, EU\"\n", []upstream.DesiredMembership{{Group: "Readers, EU", User: "ann"}}, nil},
		{"ids beside the names", "user,userId,group,groupId\nann,u1,Readers,g1\n", []upstream.DesiredMembership{{Group: "Readers", GroupID: "g1", User: "ann", UserID: "u1"}}, nil},
		{"ids only", "memberId,group-id\nu1,g1\n", []upstream.DesiredMembership{{GroupID: "g1", UserID: "u1"}}, nil},
		{"a heading and nothing else", "user,group\n", nil, nil},
		{"short rows, and a cell beyond any name", "user,group\nann@example.com,Readers\ncy@example.com\n,Readers\n" + strings.Repeat("x", 2000) + ",Readers\nbo@example.com,Readers\n", want,
			[]string{"3 rows of a table of desired memberships lack the user or the group, or cannot be read"}},
		{"a formula stays text", "user,group\n\"=cmd()\",Readers\n", []upstream.DesiredMembership{{Group: "Readers", User: "=cmd()"}}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, kind, _, err := upstream.Parse([]byte(row.csv))
			if err != nil {
				t.Fatal(err)
			}
			if kind != upstream.KindDesired {
				t.Errorf("kind %q", kind)
			}
			if diff := cmp.Diff(upstream.State{Desired: row.want, Problems: row.problems}, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDesiredMembersOfAGroup(t *testing.T) {
	t.Parallel()
	state, _, _, err := upstream.Parse([]byte("user,userId,group,groupId\nbo,,Readers,g1\nann,,Readers,g1\nann,,Readers,g2\n,u3,readers,\ncy,,Écrivains,\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, group string
		want        []string
		known       bool
	}{
		{"by its name, exactly", "Readers", []string{"ann", "bo"}, true},
		{"another spelling is another group when it is there", "readers", []string{"u3"}, true},
		{"without regard to case when nothing fits", "écrivains", []string{"cy"}, true},
		{"by its id", "g2", []string{"ann"}, true},
		{"of which the table does not speak", "Owners", nil, false},
		{"without a name", "", nil, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, known := state.DesiredMembers(row.group)
			if diff := cmp.Diff(row.want, got); diff != "" || known != row.known {
				t.Errorf("known %v, want %v; users (-want +got):\n%s", known, row.known, diff)
			}
		})
	}
}
