package sqs_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// standIn is a queue that speaks the JSON protocol of SQS (Amazon SQS API
// reference). A message that was received is hidden for some receives and comes
// again if it was not deleted.
type standIn struct {
	URL string

	mu       sync.Mutex
	messages []*message
	receives int
	removed  map[string]int
	onEmpty  func() // called when nothing is left to give
}

type message struct {
	id, body string
	hidden   int // until this receive
	times    int
	deleted  bool
}

// hides is for how many receives a message is hidden.
const hides = 3

func newStandIn(t testing.TB, bodies ...string) *standIn {
	q := &standIn{removed: map[string]int{}}
	for i, body := range bodies {
		q.messages = append(q.messages, &message{id: fmt.Sprintf("m-%d", i), body: body})
	}
	web := httptest.NewServer(q)
	t.Cleanup(web.Close)
	q.URL = web.URL
	return q
}

// left returns the ids that are in the queue still.
func (q *standIn) left() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []string
	for _, m := range q.messages {
		if !m.deleted {
			out = append(out, m.id)
		}
	}
	return out
}

func (q *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	switch _, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); op {
	case "ReceiveMessage":
		q.receive(w, r)
	case "DeleteMessageBatch":
		q.remove(w, r)
	default:
		w.WriteHeader(400)
		_, _ = fmt.Fprint(w, `{"__type":"com.amazonaws.sqs#UnsupportedOperation","message":"`+op+`"}`)
	}
}

func (q *standIn) receive(w http.ResponseWriter, r *http.Request) {
	var in struct {
		QueueUrl                             string
		MaxNumberOfMessages, WaitTimeSeconds int
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || !strings.HasSuffix(in.QueueUrl, "/111122223333/identity") {
		w.WriteHeader(400)
		_, _ = fmt.Fprint(w, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}`)
		return
	}
	if in.WaitTimeSeconds != 20 || in.MaxNumberOfMessages != 10 {
		w.WriteHeader(400)
		_, _ = fmt.Fprint(w, `{"__type":"com.amazonaws.sqs#InvalidParameterValue","message":"the stand-in wants long polling and batches of ten"}`)
		return
	}
	q.receives++
	type given struct {
		MessageId, ReceiptHandle, Body, MD5OfBody string
		Attributes                                map[string]string
	}
	var out struct{ Messages []given }
	for _, m := range q.messages {
		if m.deleted || m.hidden > q.receives || len(out.Messages) == in.MaxNumberOfMessages {
			continue
		}
		m.times++
		m.hidden = q.receives + hides
		sum := md5.Sum([]byte(m.body))
		out.Messages = append(out.Messages, given{m.id, fmt.Sprintf("%s/%d", m.id, m.times), m.body, hex.EncodeToString(sum[:]),
			map[string]string{"ApproximateReceiveCount": fmt.Sprint(m.times)}})
	}
	if len(out.Messages) == 0 {
		if q.onEmpty != nil {
			q.onEmpty()
		}
		_, _ = fmt.Fprint(w, `{}`)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (q *standIn) remove(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Entries []struct{ Id, ReceiptHandle string }
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	type done struct{ Id string }
	var out struct {
		Successful []done
		Failed     []done
	}
	for _, e := range in.Entries {
		id, _, _ := strings.Cut(e.ReceiptHandle, "/")
		for _, m := range q.messages {
			if m.id == id {
				m.deleted = true
			}
		}
		q.removed[id]++
		out.Successful = append(out.Successful, done{e.Id})
	}
	_ = json.NewEncoder(w).Encode(out)
}
