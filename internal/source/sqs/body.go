package sqs

import (
	"encoding/json"
	"errors"
)

var (
	errNoJSON   = errors.New("its body is no JSON object")
	errNoRecord = errors.New("it holds no CloudTrail record")
)

// deepest is how often a body is looked into: SNS around SNS around EventBridge around
// a record.
const deepest = 4

// envelope has the fields by which wrappings are known.
type envelope struct {
	// An EventBridge event (cloudtrail reference 5.5).
	DetailType string          `json:"detail-type"`
	Detail     json.RawMessage `json:"detail"`
	// An SNS notification, unless the subscription delivers raw messages
	// (https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html).
	Type    string `json:"Type"`
	Message string `json:"Message"`
	// A record itself, as a rule with an input path of $.detail sends it.
	EventSource string `json:"eventSource"`
	EventName   string `json:"eventName"`
}

// recordIn returns the CloudTrail record inside the body of a message.
func recordIn(body []byte) ([]byte, error) {
	for range deepest {
		var e envelope
		if json.Unmarshal(body, &e) != nil {
			return nil, errNoJSON
		}
		switch {
		case e.EventSource != "" && e.EventName != "":
			return body, nil
		case e.DetailType != "" && len(e.Detail) > 0:
			body = e.Detail
		case e.Type == "Notification" && e.Message != "":
			body = []byte(e.Message)
		default:
			return nil, errNoRecord
		}
	}
	return nil, errNoRecord
}
