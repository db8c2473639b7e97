package sqs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Receive gives what comes by to the sink until ctx is done, and deletes messages
// only after commit said that the sink has kept them. A message that holds no
// CloudTrail record is reported once and left in the queue, whose redrive policy
// takes it away.
//
// A message comes again when it was received and not deleted in time: records are
// known by their eventID. The error is that of ctx, a *live.Problem, or commit's;
// after any of them Receive may be called again.
func (s *Source) Receive(ctx context.Context, sink casefile.Sink, commit func() error) error {
	return s.receive(ctx, sink, commit, 0)
}

// receive ends after so many receives in a row that brought nothing new; 0 is
// never. What stays in the queue, and poison does, comes again and again. With a nil
// commit nothing is deleted.
func (s *Source) receive(ctx context.Context, sink casefile.Sink, commit func() error, quiet int) error {
	input := sink.Input(casefile.Input{Path: s.o.Queue.String(), Size: -1})
	sink.Recognised(input, Channel)
	s.o.Query.Progress.Doing("receiving from " + s.o.Queue.String())
	silent := 0
	known := map[string]bool{}
	for ctx.Err() == nil {
		messages, err := s.poll(ctx)
		if err != nil {
			return err
		}
		if quiet > 0 {
			silent++
			for _, m := range messages {
				if id := aws.ToString(m.MessageId); !known[id] {
					known[id] = true
					silent = 0
				}
			}
		}
		good := s.hand(sink, input, messages)
		if commit != nil && len(good) > 0 {
			if err := commit(); err != nil {
				return err
			}
			if err := s.remove(ctx, good); err != nil {
				return err
			}
		}
		if quiet > 0 && silent >= quiet {
			return nil
		}
	}
	return ctx.Err()
}

func (s *Source) poll(ctx context.Context) ([]types.Message, error) {
	out, err := awsaccess.Call(ctx, s.calls, func(ctx context.Context) (*api.ReceiveMessageOutput, error) {
		// An answer without messages has no fields at all, so that an empty body can't
		// be told from it; what it held comes again.
		return s.client.ReceiveMessage(ctx, &api.ReceiveMessageInput{QueueUrl: &s.o.Queue.URL, MaxNumberOfMessages: most, WaitTimeSeconds: longest,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameApproximateReceiveCount}})
	})
	if err != nil {
		return nil, s.explain(ctx, err, "receiving from ")
	}
	return out.Messages, nil
}

func (s *Source) explain(ctx context.Context, err error, doing string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.o.Access.Explain(err, doing+s.o.Queue.String())
}

// hand gives the records of messages to the sink and returns the messages that it
// took.
func (s *Source) hand(sink casefile.Sink, input int, messages []types.Message) (good []types.Message) {
	seen := sights{}
	for _, m := range messages {
		record, err := recordIn([]byte(aws.ToString(m.Body)))
		if err == nil {
			err = s.take(sink, input, record, seen)
		}
		if err == nil {
			good = append(good, m)
			continue
		}
		id := aws.ToString(m.MessageId)
		if len(s.poison) > 10_000 {
			clear(s.poison) // then some are reported twice
		}
		if !s.poison[id] {
			s.poison[id] = true
			times := ""
			if n, e := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)]); e == nil && n > 1 {
				times = fmt.Sprintf(" (received %d times)", n)
			}
			sink.Unreadable(casefile.Loss{Path: s.o.Queue.String(), Reason: fmt.Sprintf("message %.64q%s: %v; it is left in the queue", id, times, err), Lost: "1 message"})
		}
	}
	sink.Cover(seen.covers()...)
	return good
}

func (s *Source) take(sink casefile.Sink, input int, record []byte, seen sights) error {
	r, err := cloudtrail.Decode(record)
	if err != nil {
		return err
	}
	if err := sink.Record(input, record); err != nil {
		return err
	}
	sink.Records(input, 1)
	concerns := cloudtrail.Concerns(r.Source, r.Name)
	if p := s.o.Query.Progress; p != nil {
		p.Records.Add(1)
		if concerns {
			p.Identity.Add(1)
		}
	}
	if concerns && !r.Time.IsZero() {
		seen.add(sight{r.Account, r.Region, r.Source}, r.Time)
	}
	return nil
}

// sight is where something was seen, and sights when: no more is covered.
type sight struct{ account, region, source string }

type sights map[sight]span.Span

func (s sights) add(at sight, t time.Time) {
	old, ok := s[at]
	if !ok {
		s[at] = span.Of(t, t)
		return
	}
	if t.Before(old.From) {
		old.From = t
	}
	if t.After(old.To) {
		old.To = t
	}
	s[at] = old
}

func (s sights) covers() []casefile.Cover {
	var out []casefile.Cover
	for at, when := range s {
		out = append(out, casefile.Cover{Account: at.account, Region: at.region, Source: at.source, Span: when, Channel: Channel, Complete: casefile.Unknown})
	}
	return out
}

// remove deletes messages. One that can't be deleted comes again, which does no
// harm; that it may never be deleted is a reason to stop.
func (s *Source) remove(ctx context.Context, messages []types.Message) error {
	in := &api.DeleteMessageBatchInput{QueueUrl: &s.o.Queue.URL}
	for i, m := range messages {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
	}
	out, err := awsaccess.Call(ctx, s.calls, func(ctx context.Context) (*api.DeleteMessageBatchOutput, error) {
		out, err := s.client.DeleteMessageBatch(ctx, in)
		if err == nil && len(out.Successful)+len(out.Failed) == 0 {
			return nil, awsaccess.Incomplete
		}
		return out, err
	})
	if err != nil {
		return s.explain(ctx, err, "deleting what was kept from ")
	}
	if len(out.Successful) == 0 {
		return &live.Problem{Kind: live.Refused, Doing: "deleting what was kept from " + s.o.Queue.String(), Reason: "SQS deletes none of the messages",
			Next: "check the queue's policy and its visibility timeout", Err: errors.New("DeleteMessageBatch: all entries failed")}
	}
	return nil
}
