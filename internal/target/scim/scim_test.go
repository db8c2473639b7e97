package scim_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/scimclient"
	"github.com/scimtrail/scimtrail/internal/target/scim"
)

// TestTheFormsThatAWSTakes: every member is named, for adding and for removing, and
// nothing is replaced (identity-center-scim reference 7.4).
func TestTheFormsThatAWSTakes(t *testing.T) {
	t.Parallel()
	var said []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		said = append(said, r.Method+" "+r.URL.Path+" "+string(body))
		w.WriteHeader(http.StatusNoContent)
	}))
	defer s.Close()
	c, err := scimclient.New(s.URL+"/t/scim/v2", "token", scimclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	target := scim.New(c)
	if err := target.Add(t.Context(), "g", []string{"u1", "u2"}); err != nil {
		t.Fatal(err)
	}
	if err := target.Remove(t.Context(), "g", map[string]string{"u2": "", "u1": ""}); err != nil {
		t.Fatal(err)
	}
	const form = `PATCH /t/scim/v2/Groups/g {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":%q,"path":"members","value":[{"value":"u1"},{"value":"u2"}]}]}`
	if diff := cmp.Diff([]string{fmt.Sprintf(form, "add"), fmt.Sprintf(form, "remove")}, said); diff != "" {
		t.Error(diff)
	}
}

// TestMembersAreReadPageByPage: SCIM shows them only as users of a group.
func TestMembersAreReadPageByPage(t *testing.T) {
	t.Parallel()
	s := idcentertest.New(t)
	c, err := scimclient.New(s.SCIMURL, s.Token, scimclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	create := func(path, body string) string {
		a, err := c.Do(t.Context(), "preparing", "POST", path, "", []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		var r scimclient.Resource
		if err := scimclient.Decode(a.Body, &r); err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	target := scim.New(c)
	group := create("/Groups", `{"displayName":"Admins"}`)
	want := map[string]string{}
	var users []string
	for n := range 130 {
		id := create("/Users", fmt.Sprintf(`{"userName":"user-%d","name":{"givenName":"U","familyName":"N"},"displayName":"U"}`, n))
		want[id] = ""
		users = append(users, id)
	}
	for _, part := range [][]string{users[:target.Most()], users[target.Most():]} {
		if err := target.Add(t.Context(), group, part); err != nil {
			t.Fatal(err)
		}
	}
	got, err := target.Members(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := target.Add(t.Context(), group, append(users, "10000000-0000-4000-8000-000000000001")); err == nil || !strings.Contains(err.Error(), "HTTP 400") {
		t.Errorf("more than AWS takes: %v", err)
	}
}
