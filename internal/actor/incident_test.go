package actor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// spread returns n copies of a call, evenly from one day to another and within
// each day over the morning.
func spread(t testing.TB, n int, from, to string, over fields) []cloudtrail.Record {
	t.Helper()
	first, err1 := time.Parse(time.DateOnly, from)
	last, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	days := int(last.Sub(first).Hours()/24) + 1
	var out []cloudtrail.Record
	for i := range n {
		at := first.AddDate(0, 0, i*days/n).Add(8*time.Hour + time.Duration(i)*time.Minute)
		with := fields{"eventTime": at.Format(time.RFC3339), "eventID": fmt.Sprintf("%s-%d", from, i)}
		for name, value := range over {
			with[name] = value
		}
		out = append(out, *call(t, with))
	}
	return out
}

// The incident of the empty group: two people at the CLI, the first of them
// again as its investigator, one in the console of a second account, and a
// governance product. Groups had been made by a Terraform pipeline.
func TestTheIncidentsWritersAreToldApart(t *testing.T) {
	t.Parallel()
	first := assumed("AWSReservedSSO_admin_0123456789abcdef", "ann@example.com")
	second := assumed("AWSReservedSSO_admin_0123456789abcdef", "ben@example.com")
	events := slices.Concat(
		spread(t, 1, "2025-10-02", "2025-10-02", fields{"userAgent": agentCLI, "userIdentity": first}),
		spread(t, 1, "2025-10-08", "2025-10-08", fields{"userAgent": agentCloudShell, "userIdentity": first, "sessionCredentialFromConsole": "true"}),
		spread(t, 16, "2025-09-16", "2025-09-17", fields{"userAgent": agentCLI, "userIdentity": second}),
		spread(t, 20, "2025-11-10", "2025-11-14", fields{"userAgent": agentCLI, "userIdentity": first, "eventName": "ListGroups", "readOnly": true}),
		spread(t, 38, "2025-08-26", "2025-11-11", fields{"userAgent": "AWS Internal", "userIdentity": assumed("AWSReservedSSO_admin_fedcba9876543210", "cleo@example.com"), "recipientAccountId": "444455556666"}),
		spread(t, 50, "2025-11-07", "2025-11-14", fields{"userAgent": agentGo, "userIdentity": assumed("sailpoint-read-write", "1762510000000000000"), "recipientAccountId": "222233334444"}),
		spread(t, 4, "2025-08-01", "2025-08-20", fields{"userAgent": agentTerraform, "userIdentity": assumed("account-factory", "GitHubActions"), "eventName": "CreateGroup"}),
	)
	rhythm := actor.LearnRhythm(slices.Values(events))
	catalogue := actor.Default()
	got := map[string]int{}
	var basis string
	for i := range events {
		a := catalogue.Identify(&events[i], rhythm)
		got[strings.TrimSpace(fmt.Sprintf("%s %s %s %s via %s", a.Kind, a.Name, a.Client, a.Detail, actor.Via(&events[i])))]++
		if a.Kind == actor.Connector {
			basis = a.Basis
		}
		if a.Claimed {
			t.Errorf("%s is claimed only: %s", a.Name, a.Basis)
		}
	}
	want := map[string]int{
		"person ann@example.com aws-cli  via api":           21,
		"person ann@example.com aws-cli CloudShell via api": 1,
		"person ben@example.com aws-cli  via api":           16,
		"person cleo@example.com console  via console":      38,
		"connector sailpoint sdk-go  via api":               50,
		"automation account-factory terraform  via api":     4,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("writers (-want +got):\n%s", diff)
	}
	if want := `the role "sailpoint-read-write" bears the name of SailPoint, and its rhythm is steady: 50 writes on 8 days from 2025-11-07 to 2025-11-14`; basis != want {
		t.Errorf("the connector's basis is\n%q, want\n%q", basis, want)
	}
}
