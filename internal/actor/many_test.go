package actor_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// TestManyAreIdentifiedAsOne: an identifier judges each of many records as if it
// were the only one, whatever it saw before.
func TestManyAreIdentifiedAsOne(t *testing.T) {
	t.Parallel()
	own, err := actor.Load(strings.NewReader("match,pattern,kind,client\ncredential,^ASIAONE,automation,nightly\n"))
	if err != nil {
		t.Fatal(err)
	}
	rhythm := actor.LearnRhythm(slices.Values(on(t, 5, 5, 5, 5, 5)))
	rapid.Check(t, func(t *rapid.T) {
		catalogue := rapid.SampledFrom([]*actor.Catalogue{actor.Default(), actor.Default().With(own), nil}).Draw(t, "catalogue")
		identify := catalogue.Identifier(rhythm)
		from := func(what string, values ...string) string { return rapid.SampledFrom(values).Draw(t, what) }
		for range 12 {
			rec := cloudtrail.Record{
				Source: from("source", awsid.SourceAPI, awsid.SourceSCIM, awsid.SourceConsole), UserAgent: from("agent", agentGo, agentCLI, "okta", ""),
				SourceIP: from("address", "198.51.100.7", "AWS Internal"), Account: from("account", "111122223333", "444455556666"),
				FromConsole: rapid.Bool().Draw(t, "console"), ReadOnly: rapid.Bool().Draw(t, "reads"),
				Identity: cloudtrail.Identity{
					Type: from("type", "AssumedRole", "IAMUser", "AWSService", ""), Role: from("role", "group-filler", "deploy", "AWSReservedSSO_a_1"), UserName: from("user", "ann", ""),
					Session: from("session", "x", "jane@example.com"), Account: from("owner", "111122223333", ""), InvokedBy: from("by", "", "cloudformation.amazonaws.com"),
					AccessKey: from("key", "ASIAONE", "ASIATWO", ""), Credential: from("credential", "", "c1"),
				},
			}
			if got, want := identify(&rec), catalogue.Identify(&rec, rhythm); got != want {
				t.Fatalf("record %+v: %+v, want %+v", rec, got, want)
			}
		}
		if got, want := identify(nil), catalogue.Identify(nil, rhythm); got != want {
			t.Fatalf("no record: %+v, want %+v", got, want)
		}
	})
}

// TestIdentifierLooksAtEverythingThatIdentifyDoes changes each field of a record
// that holds text and asks whether the judgement follows.
func TestIdentifierLooksAtEverythingThatIdentifyDoes(t *testing.T) {
	t.Parallel()
	catalogue := actor.Default()
	base := cloudtrail.Record{
		Source: awsid.SourceAPI, Name: "CreateGroupMembership", Account: "111122223333", UserAgent: "aws-sdk-go-v2/1.30", SourceIP: "203.0.113.5",
		Identity: cloudtrail.Identity{Type: "AssumedRole", ARN: "arn:aws:sts::111122223333:assumed-role/deploy/x", Role: "deploy", Session: "x", Account: "111122223333", AccessKey: "ASIA1"},
	}
	identify := catalogue.Identifier(nil)
	identify(&base)
	texts := func(v reflect.Value) (out []string) {
		for f := range v.Type().Fields() {
			if f.Type.Kind() == reflect.String {
				out = append(out, f.Name)
			}
		}
		return out
	}
	check := func(what string, rec cloudtrail.Record) {
		if got, want := identify(&rec), catalogue.Identify(&rec, nil); got != want {
			t.Errorf("with another %s: %+v, want %+v", what, got, want)
		}
	}
	for _, value := range []string{"", "ann@example.com", "cloudformation.amazonaws.com", "AWS Internal", "IAMUser", "console.amazonaws.com", awsid.SourceSCIM, "terraform/1.9", "AWSReservedSSO_admin_1"} {
		for _, name := range texts(reflect.ValueOf(base)) {
			rec := base
			reflect.ValueOf(&rec).Elem().FieldByName(name).SetString(value)
			check(name, rec)
		}
		for _, name := range texts(reflect.ValueOf(base.Identity)) {
			rec := base
			reflect.ValueOf(&rec.Identity).Elem().FieldByName(name).SetString(value)
			check("Identity."+name, rec)
		}
	}
	rec := base
	rec.FromConsole = true
	check("FromConsole", rec)
}
