package cli_test

import (
	"context"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

// stages are the companies of the scripts that run.
var stages sync.Map // of *testscript.TestScript

func stageOf(ts *testscript.TestScript) *upstreamtest.Stage {
	s, ok := stages.Load(ts)
	if !ok {
		ts.Fatalf("no company was started")
	}
	return s.(*upstreamtest.Stage)
}

// stage tells the story of Ann with one thing broken, or none, and names where its
// services are:
//
//	stage BREAK [MEMBERS]    $OKTA, $SAILPOINT, $ENTRA, $STORE, $LOOKUP, and what they are asked with
func stage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: stage BREAK [MEMBERS]")
	}
	b, ok := upstreamtest.Breaks()[args[0]]
	if !ok {
		ts.Fatalf("no break %s", args[0])
	}
	var options []upstreamtest.Option
	if len(args) > 1 {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		options = append(options, upstreamtest.Members(n))
	}
	t := scripted{ts}
	aws := idcentertest.New(t, idcentertest.WithIdentityStoreID("d-9a67000001"))
	s := upstreamtest.New(t, options...).Play(context.Background(), t, aws, b)
	for name, value := range s.Env() {
		ts.Setenv(name, value)
	}
	for name, value := range map[string]string{
		"OKTA": s.OktaName(), "SAILPOINT": s.SailPointName(), "ENTRA": s.EntraName(),
		"STORE": "identitystore://" + aws.Region + "/" + aws.IdentityStoreID, "LOOKUP": "lookup://" + aws.Region,
		"AWS_ENDPOINT_URL": aws.URL, "AWS_ACCESS_KEY_ID": aws.AccessKeyID, "AWS_SECRET_ACCESS_KEY": aws.SecretAccessKey,
		"AWS_REGION": "", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AHEAD": time.Until(aws.Now().Add(time.Hour)).String(), // what was logged has been delivered
	} {
		ts.Setenv(name, value)
	}
	stages.Store(ts, s)
	running.Store(ts, aws)
}

// trouble makes the answers of a service faulty from now on; calm ends it:
//
//	trouble okta|sailpoint|entra outage|html|half|forbidden|expired
//	trouble calm
func trouble(ts *testscript.TestScript, neg bool, args []string) {
	s := stageOf(ts)
	if len(args) == 1 && args[0] == "calm" {
		s.Calm()
		return
	}
	kinds := map[string]upstreamtest.TroubleKind{"outage": upstreamtest.Outage, "html": upstreamtest.HTML, "half": upstreamtest.HalfPage,
		"forbidden": upstreamtest.Forbidden, "expired": upstreamtest.Expired}
	kind, ok := kinds[args[len(args)-1]]
	if neg || len(args) != 2 || !ok {
		ts.Fatalf("usage: trouble PRODUCT KIND")
	}
	s.Trouble(upstreamtest.Trouble{Product: args[0], Kind: kind})
}

// arrive puts Ann into the AWS group by hand and gives the group an account, once
// her trace was asked for:
//
//	arrive
func arrive(ts *testscript.TestScript, neg bool, args []string) {
	s := stageOf(ts)
	if neg || len(args) != 0 {
		ts.Fatalf("usage: arrive")
	}
	s.AWS.Console("carla@example.com").AddMember(s.AWSGroup(), s.AWSUser(upstreamtest.Ann))
	s.Grant()
}

// slow makes AWS answer late from now on, so that a script can interrupt:
//
//	slow MILLISECONDS
func slow(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	if neg || len(args) != 1 || err != nil {
		ts.Fatalf("usage: slow MILLISECONDS")
	}
	centerOf(ts).SetFaults(idcentertest.Faults{Latency: time.Duration(n) * time.Millisecond})
}
