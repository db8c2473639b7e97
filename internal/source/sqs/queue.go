// Package sqs receives CloudTrail records from an Amazon SQS queue into which an
// EventBridge rule puts them, within a minute or so of the call: what `watch`
// lives on.
//
// A queue shows what comes by and can't show that nothing else did: EventBridge
// delivers as well as it can and drops what is too large (cloudtrail reference
// 5.5). So the coverage is that of what was seen, and unknown.
package sqs

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	api "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
)

const (
	// Channel is the channel of the coverage, and Kind that of the input: the same
	// as of EventBridge events in files.
	Channel = "eventbridge"
	// longest is how long a receive waits for a message, and most how many messages
	// it returns (Amazon SQS API reference, ReceiveMessage).
	longest = 20
	most    = 10
)

// Queue is where the messages are.
type Queue struct{ Region, Account, Name, URL string }

var (
	regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}(\.fifo)?$`)
	hostForm   = regexp.MustCompile(`^(?:sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|([a-z0-9-]+)\.queue\.amazonaws\.com|queue\.amazonaws\.com)$`)
)

// ParseName reads sqs://REGION/ACCOUNT/QUEUE, or the URL of a queue as AWS shows
// it. A URL of another host than AWS's is accepted too, for stand-ins of SQS, with
// the Region of the credentials. Its error says what the forms are.
func ParseName(name string) (Queue, error) {
	wrong := fmt.Errorf("%.200q is neither of the form sqs://REGION/ACCOUNT/QUEUE nor the URL of a queue", name)
	u, err := url.Parse(name)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return Queue{}, wrong
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) != 2 || !awsid.IsAccount(parts[0]) || !nameForm.MatchString(parts[1]) {
		return Queue{}, wrong
	}
	q := Queue{Account: parts[0], Name: parts[1]}
	switch u.Scheme {
	case "sqs":
		if !regionForm.MatchString(u.Host) {
			return Queue{}, wrong
		}
		q.Region = u.Host
		domain := "amazonaws.com"
		if strings.HasPrefix(q.Region, "cn-") {
			domain = "amazonaws.com.cn"
		}
		q.URL = "https://sqs." + q.Region + "." + domain + "/" + q.Account + "/" + q.Name
	case "https", "http":
		q.URL = name
		if m := hostForm.FindStringSubmatch(u.Host); m != nil {
			q.Region = m[1] + m[2]
			if q.Region == "" {
				q.Region = "us-east-1" // the oldest form of a URL
			}
		}
	default:
		return Queue{}, wrong
	}
	return q, nil
}

// String returns the queue as in --from.
func (q Queue) String() string {
	if q.Region == "" {
		return q.URL
	}
	return "sqs://" + q.Region + "/" + q.Account + "/" + q.Name
}

// Options says which queue is received from.
type Options struct {
	Access awsaccess.Access
	Queue  Queue
	Query  live.Query
	Sleep  func(context.Context, time.Duration) error // live.Sleep when nil
}

// Source is a queue.
type Source struct {
	o      Options
	client *api.Client
	calls  awsaccess.Caller

	poison map[string]bool // ids of messages that were reported
}

var _ live.Source = (*Source)(nil)

// New returns the source. Query's Span, Place, User and Group do not narrow it: a
// message can be received by its queue only.
func New(o Options) *Source {
	if o.Sleep == nil {
		o.Sleep = live.Sleep
	}
	if o.Queue.Region != "" {
		o.Access = o.Access.In(o.Queue.Region)
	}
	s := &Source{o: o, poison: map[string]bool{}}
	s.client = api.NewFromConfig(o.Access.Config, func(c *api.Options) {
		c.APIOptions = append(c.APIOptions, awsaccess.Watch(o.Query.Progress))
	})
	s.calls = o.Access.Caller()
	s.calls.Sleep, s.calls.Now, s.calls.Progress = o.Sleep, o.Query.Clock, o.Query.Progress
	return s
}

// Collect receives until the queue gives nothing new twice in a row. With a Journal,
// which keeps what the sink was given, messages are deleted; without one nothing
// keeps them, and so they stay in the queue.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	var commit func() error
	if j := s.o.Query.Journal; j != nil {
		commit = func() error {
			return j.Save(ctx, "sqs/v1/"+s.o.Queue.URL, []byte(s.o.Query.Clock().Format(time.RFC3339)))
		}
	} else {
		sink.Note("The messages of " + s.o.Queue.String() + " were read and left in the queue; `scimtrail collect --into` keeps them and takes them out.")
	}
	return s.receive(ctx, sink, commit, 2)
}

// Plan says what Collect does. It asks nothing.
func (s *Source) Plan(context.Context) (live.Plan, error) {
	arn := "arn:aws:sqs:" + s.o.Queue.Region + ":" + s.o.Queue.Account + ":" + s.o.Queue.Name
	plan := live.Plan{Source: s.o.Queue.String(),
		What: []string{"the messages that wait in the queue " + s.o.Queue.Name + "; they are deleted once they are kept"},
		Permissions: []live.Permission{
			{Action: "sqs:ReceiveMessage", Resource: arn, Why: "to receive events", IAM: true},
			{Action: "sqs:DeleteMessage", Resource: arn, Why: "to take out what was kept", IAM: true},
		},
		Notes: []string{
			"SQS charges by request, after a million of them a month that are free; the figures depend on the queue.",
			"A queue proves no absence: EventBridge promises no delivery.",
		}}
	if s.o.Access.Role != "" {
		plan.Permissions = append(plan.Permissions, live.Permission{Action: "sts:AssumeRole", Resource: s.o.Access.Role, Why: "to look into its account", IAM: true})
	}
	return plan, nil
}
