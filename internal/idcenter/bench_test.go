package idcenter_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// The cost of each call among 1,000 users and among 100,000, each tenth in a
// group of ten: it must not grow. Run with -benchtime=2000x for a quick look.
func BenchmarkCalls(b *testing.B) {
	for _, users := range []int{1_000, 100_000} {
		w, ids, groups := crowd(b, users)
		made := 0
		calls := []struct {
			name string
			call func(i int) int
			want int
		}{
			{"CreateUser", func(int) int {
				made++
				return w.quick("POST", "/Users", "", userBody(fmt.Sprint("new", made)))
			}, 201},
			{"GetUser", func(i int) int { return w.quick("GET", "/Users/"+ids[i%len(ids)], "", "") }, 200},
			{"ListUsers/userName", func(i int) int {
				return w.quick("GET", "/Users", fmt.Sprintf(`filter=userName eq "user%d"`, i%users), "")
			}, 200},
			{"ListUsers/100", func(i int) int { return w.quick("GET", "/Users", "", "") }, 200},
			{"ListUsers/group", func(i int) int {
				return w.quick("GET", "/Users", `filter=groups.value eq "`+groups[i%len(groups)]+`"`, "")
			}, 200},
			{"ListGroups/id and members", func(i int) int {
				return w.quick("GET", "/Groups", fmt.Sprintf(`filter=id eq "%s" and members eq "%s"`, groups[i%len(groups)], ids[i%len(ids)]), "")
			}, 200},
			{"PatchUser", func(i int) int {
				return w.quick("PATCH", "/Users/"+ids[i%len(ids)], "", patch(`{"op":"replace","path":"title","value":"x"}`))
			}, 200},
			{"PutUser", func(i int) int {
				k := i % len(ids)
				return w.quick("PUT", "/Users/"+ids[k], "", withID(ids[k], userBody(fmt.Sprint("user", k))))
			}, 200},
			{"PatchGroup/add and remove", func(i int) int {
				u := ids[(i*7)%len(ids)]
				return w.quick("PATCH", "/Groups/"+groups[i%len(groups)], "", patch(
					`{"op":"add","path":"members","value":`+memberList(u)+`}`, `{"op":"remove","path":"members","value":`+memberList(u)+`}`))
			}, 204},
			{"CreateGroup and DeleteGroup", func(i int) int {
				made := w.send(idcenter.SCIMRequest{Tenant: testTenant, Method: "POST", Path: "/Groups", Authorization: "Bearer " + w.token,
					Body: []byte(fmt.Sprintf(`{"displayName":"b%d"}`, i))})
				return w.quick("DELETE", "/Groups/"+made.body["id"].(string), "", "")
			}, 204},
			{"API ListUsers", func(i int) int { return w.quickAPI("ListUsers", `{}`) }, 200},
			{"API DescribeUser", func(i int) int { return w.quickAPI("DescribeUser", fmt.Sprintf(`{"UserId":%q}`, ids[i%len(ids)])) }, 200},
			{"API GetUserId", func(i int) int {
				return w.quickAPI("GetUserId", fmt.Sprintf(`{"AlternateIdentifier":{"UniqueAttribute":{"AttributePath":"userName","AttributeValue":"user%d"}}}`, i%users))
			}, 200},
			{"LookupEvents", func(i int) int {
				if _, err := w.log.LookupEvents([]byte(`{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"CreateUser"}]}`), w.clock(), 0); err != nil {
					return 400
				}
				return 200
			}, 200},
		}
		for _, call := range calls {
			b.Run(fmt.Sprintf("%s/users=%d", call.name, users), func(b *testing.B) {
				b.ReportAllocs()
				for i := range b.N {
					if got := call.call(i); got != call.want {
						b.Fatalf("status %d, want %d", got, call.want)
					}
				}
			})
		}
	}
}

// crowd makes users and groups, ten users to a group.
func crowd(b *testing.B, users int) (w *world, ids, groups []string) {
	w = newWorld(b, idcenter.Behaviour{})
	for i := range users {
		ids = append(ids, w.user(fmt.Sprint("user", i)))
		if i%10 == 9 {
			groups = append(groups, w.group(fmt.Sprint("group", i), ids[i-9:]...))
		}
	}
	return w, ids, groups
}

// quick makes a call and looks at nothing but its status.
func (w *world) quick(method, path, query, body string) int {
	return w.SCIM(context.Background(), scimClient, idcenter.SCIMRequest{Tenant: testTenant, Method: method, Path: path, Query: parseQuery(query),
		Authorization: "Bearer " + w.token, Body: []byte(body)}).Status
}

func (w *world) quickAPI(op, request string) int {
	if _, err := w.API(context.Background(), admin, op, []byte(w.inStore(request))); err != nil {
		return err.(*idcenter.Error).Status
	}
	return 200
}
