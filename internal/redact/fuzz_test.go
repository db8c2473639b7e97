package redact_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/redact"
)

// FuzzRecord holds that a redacted record is still a record, with the same names
// in the same order, the same meaning, and none of the caller's names or ids in
// it; and that redacting is reproducible.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"eventSource":"identitystore-scim.amazonaws.com","eventName":"PatchGroup","userIdentity":{"userName":"carla@corp.io","accountId":"111122223333"}}`))
	f.Add([]byte(`{"eventSource":"identitystore.amazonaws.com","eventName":"CreateGroupMembership","requestParameters":"{\"memberId\":{\"userId\":\"94482488-3041-7026-ab52-53c4e2a1b0c9\"}}"}`))
	f.Add([]byte(`{"eventName":"x","eventSource":"identitystore.amazonaws.com","a":"\ud800","b":[1,111122223333,"[1]"],"":"","userAgent":"[x]"}`))
	f.Add(callOf("carla").Record())
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := casefile.NewBuilder(actor.Default())
		input := b.Input(casefile.Input{Path: "x"})
		if len(raw) > 1<<16 || b.Record(input, raw) != nil {
			t.Skip()
		}
		c := b.Build()
		red, key := redact.Case(c)
		again, _ := redact.Case(c)
		if diff := cmp.Diff(dump(t, red), dump(t, again)); diff != "" {
			t.Fatalf("not the same twice:\n%s", diff)
		}
		for _, lists := range [][2][]casefile.Event{{c.Events, red.Events}, {c.Undated, red.Undated}} {
			for i, was := range lists[0] {
				now := lists[1][i]
				if !json.Valid(now.Raw) {
					t.Fatalf("no JSON: %s", now.Raw)
				}
				if _, err := cloudtrail.Decode(now.Raw); err != nil {
					t.Fatalf("no record: %v: %s", err, now.Raw)
				}
				if now.Effect != was.Effect || now.Failed() != was.Failed() || !now.Time.Equal(was.Time) {
					t.Fatalf("another meaning: %s", now.Raw)
				}
				for _, original := range []string{was.Identity.UserName, was.Subject.User, was.Subject.Group, was.ID} {
					if _, known := pseudonym(key, original); known && len(original) >= 12 && strings.Contains(string(now.Raw), original) && strings.Trim(original, "abcdefghijklmnopqrstuvwxyz0123456789-@.") == "" {
						t.Fatalf("%q is still in %s", original, now.Raw)
					}
				}
			}
		}
	})
}

func pseudonym(key redact.Key, original string) (string, bool) {
	for _, e := range key.Entries() {
		if e.Original == original {
			return e.Pseudonym, true
		}
	}
	return "", false
}

func BenchmarkCase(b *testing.B) {
	var all [][]byte
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		d := callOf([]string{"carla", "dora@corp.io", "emil"}[random.IntN(3)])
		id := []byte("0b7e1c1e-5d5c-4f0a-9d0b-2f6d7c8b9a01")
		for j := range 8 {
			id[j] = "0123456789abcdef"[i>>(4*j)&15]
		}
		d.ID, d.RequestID = string(id), strings.ToUpper(string(id))
		all = append(all, d.Record())
	}
	builder := casefile.NewBuilder(actor.Default())
	input := builder.Input(casefile.Input{Path: "x"})
	for _, raw := range all {
		if err := builder.Record(input, raw); err != nil {
			b.Fatal(err)
		}
	}
	c := builder.Build()
	for b.Loop() {
		redact.Case(c)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.Events)), "ns/event")
}
