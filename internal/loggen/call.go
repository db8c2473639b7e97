package loggen

import (
	"fmt"
	"strings"
)

// form is one call of one service as the catalogue writes it down: templates of
// JSON.
type form struct {
	weight   int    // how often, against the others
	source   string // without .amazonaws.com
	name     string
	by       string // letters of kinds of callers, one drawn for each record; else the AWS service that calls
	request  string // requestParameters; "" is null
	response string // responseElements; "" is null
	more     string // further members, with a comma after each
	write    bool   // not readOnly
	large    bool   // several kB
	fails    string // "Code: message" of one call in ten
}

// call is a form with its templates compiled.
type call struct {
	weight                    int
	source, service, name, by string
	request, response, more   template
	readOnly, large           bool
	agentIsService            bool
	code                      string
	message                   template
}

func compileCalls(forms []form) ([]call, error) {
	calls := make([]call, len(forms))
	for i, f := range forms {
		k := call{weight: f.weight, source: f.source + ".amazonaws.com", service: f.source, name: f.name, by: f.by,
			readOnly: !f.write, large: f.large, agentIsService: strings.Contains(f.by, ".")}
		code, message, _ := strings.Cut(f.fails, ": ")
		k.code = code
		for _, t := range []struct {
			into *template
			text string
		}{{&k.request, orNull(f.request)}, {&k.response, orNull(f.response)}, {&k.more, f.more}, {&k.message, message}} {
			var err error
			if *t.into, err = compile(t.text); err != nil {
				return nil, fmt.Errorf("%s %s: %w", f.source, f.name, err)
			}
		}
		calls[i] = k
	}
	return calls, nil
}

func orNull(text string) string {
	if text == "" {
		return "null"
	}
	return text
}

// record writes one record of a call, with the fields in the order that
// CloudTrail gives them.
func (s *scribe) record(k *call) {
	s.service = k.service
	failed := k.code != "" && s.r.IntN(10) == 0
	s.b = append(s.b, `{"eventVersion":"1.11","userIdentity":`...)
	if k.agentIsService {
		s.caller = nil
		s.b = append(s.b, `{"type":"AWSService","invokedBy":"`...)
		s.b = append(append(s.b, k.by...), `"}`...)
	} else {
		if s.caller = s.again; s.caller == nil {
			s.caller = s.call(kindOfCaller(k.by[s.r.IntN(len(k.by))]))
		}
		s.b = append(s.b, s.caller.identity...)
	}
	s.b = append(s.b, `,"eventTime":"`...)
	s.stamp(s.now)
	s.b = append(append(s.b, `","eventSource":"`...), k.source...)
	s.b = append(append(s.b, `","eventName":"`...), k.name...)
	s.b = append(append(s.b, `","awsRegion":"`...), s.file.Region...)
	s.b = append(s.b, `","sourceIPAddress":"`...)
	if k.agentIsService {
		s.b = append(append(append(append(s.b, k.by...), `","userAgent":"`...), k.by...), `",`...)
	} else {
		s.b = append(append(s.b, s.caller.address...), `","userAgent":"`...)
		s.write(s.caller.agent)
		s.b = append(s.b, `",`...)
	}
	if failed {
		s.b = append(append(s.b, `"errorCode":"`...), k.code...)
		s.b = append(s.b, `","errorMessage":"`...)
		s.write(k.message)
		s.b = append(s.b, `",`...)
	}
	s.b = append(s.b, `"requestParameters":`...)
	s.write(k.request)
	s.b = append(s.b, `,"responseElements":`...)
	if failed {
		s.b = append(s.b, "null"...)
	} else {
		s.write(k.response)
	}
	s.b = append(s.b, ',')
	s.write(k.more)
	s.b = append(s.b, `"requestID":"`...)
	s.requestID(k.service)
	s.b = append(s.b, `","eventID":"`...)
	s.uuid()
	s.b = append(s.b, `","readOnly":`...)
	if k.readOnly {
		s.b = append(s.b, "true"...)
	} else {
		s.b = append(s.b, "false"...)
	}
	s.b = append(append(s.b, `,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"`...), s.file.Account...)
	s.b = append(s.b, '"')
	if k.agentIsService {
		s.b = append(s.b, `,"sharedEventID":"`...)
		s.uuid()
		s.b = append(s.b, '"')
	}
	s.b = append(s.b, `,"eventCategory":"Management"`...)
	if s.caller != nil && s.caller.tls {
		s.b = append(append(s.b, `,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"`...), k.service...)
		s.b = append(append(append(s.b, '.'), s.file.Region...), `.amazonaws.com"}`...)
	}
	s.b = append(s.b, '}')
}

// requestID is in the form that the service gives its requests.
func (s *scribe) requestID(service string) {
	switch service {
	case "s3":
		s.random(16, "0123456789ABCDEF")
	case "dynamodb":
		s.random(52, base32)
	default:
		s.uuid()
	}
}
