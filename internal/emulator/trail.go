package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// trail serves CloudTrail's calls, which leave no record of themselves.
func (s *Server) trail(r *http.Request, call idcenter.Call, op string, body []byte, now time.Time) ([]byte, error) {
	if op != "LookupEvents" && op != "ListPublicKeys" {
		return nil, unknownOperation()
	}
	if call.Fault != nil {
		return nil, call.Fault
	}
	if op == "ListPublicKeys" {
		return s.listPublicKeys(body, now)
	}
	if s.ThrottleLookups && !s.lookups.take(now) {
		return nil, idcenter.Throttled(time.Second)
	}
	log, err := s.Log(r.Context())
	if err != nil {
		return nil, err
	}
	return log.LookupEvents(body, now, s.LookupDelay)
}

// listPublicKeys answers with the key that digests are signed with, whatever
// the time asked for, since there is only one (cloudtrail reference 4.4).
func (s *Server) listPublicKeys(body []byte, now time.Time) ([]byte, error) {
	var ask struct{ StartTime, EndTime *float64 }
	if len(body) > 0 {
		if err := json.Unmarshal(body, &ask); err != nil {
			return nil, refused("SerializationException", "The request is not the JSON that ListPublicKeys takes.")
		}
	}
	end := float64(now.Unix())
	if ask.EndTime != nil {
		end = *ask.EndTime
	}
	if ask.StartTime != nil && *ask.StartTime > end {
		return nil, refused("InvalidTimeRangeException", "The start time is after the end time.")
	}
	printed, err := s.PublicKeys()
	if err != nil {
		return nil, err
	}
	var keys struct {
		PublicKeyList []struct {
			Value, Fingerprint                 string
			ValidityStartTime, ValidityEndTime time.Time
		}
	}
	if err := json.Unmarshal(printed, &keys); err != nil {
		return nil, fmt.Errorf("reading the public key: %w", err)
	}
	// Times are seconds on the wire.
	type key struct {
		Value                              string
		ValidityStartTime, ValidityEndTime int64
		Fingerprint                        string
	}
	out := struct{ PublicKeyList []key }{}
	for _, k := range keys.PublicKeyList {
		out.PublicKeyList = append(out.PublicKeyList, key{k.Value, k.ValidityStartTime.Unix(), k.ValidityEndTime.Unix(), k.Fingerprint})
	}
	return json.Marshal(out)
}

var _ http.Handler = (*Server)(nil)
