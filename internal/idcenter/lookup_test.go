package idcenter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

type lookupPage struct {
	Events []struct {
		EventId, EventName, EventSource, ReadOnly, Username, AccessKeyId, CloudTrailEvent string
		EventTime                                                                         float64
		Resources                                                                         []any
	}
	NextToken *string
}

func look(t tester, l *idcenter.Log, request string, now time.Time, delay time.Duration) (lookupPage, error) {
	t.Helper()
	body, err := l.LookupEvents([]byte(request), now, delay)
	if err != nil {
		return lookupPage{}, err
	}
	var p lookupPage
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s", err, body)
	}
	return p, nil
}

// all follows the pages of a request, which must end in an open brace's content.
func all(t tester, l *idcenter.Log, request string, now time.Time, delay time.Duration) (found []string, pages int) {
	t.Helper()
	token := ""
	for {
		p, err := look(t, l, "{"+request+token+"}", now, delay)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, e := range p.Events {
			found = append(found, e.EventId)
		}
		if p.NextToken == nil {
			return found, pages
		}
		token = fmt.Sprintf(`"NextToken":%q`, *p.NextToken)
		if request != "" {
			token = "," + token
		}
	}
}

// TestLookingUpFindsWhatAScanFinds: by any attribute and span of time, the pages
// hold what going through all events would find, newest first.
func TestLookingUpFindsWhatAScanFinds(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		l := idcenter.NewLog()
		at := start
		var events []idcenter.Event
		for i := range rapid.IntRange(0, 150).Draw(t, "events") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 60, 86400}).Draw(t, "pause")) * time.Second)
			e := idcenter.Event{ID: fmt.Sprint("e", i), Time: at, Source: rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "source"),
				Name: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "name"), ReadOnly: rapid.Bool().Draw(t, "read"), AccessKey: "k", Record: []byte(`{}`)}
			events = append(events, e)
			l.Add(e)
		}
		now := at.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "later")) * time.Second)
		delay := time.Duration(rapid.SampledFrom([]int{0, 5, 300}).Draw(t, "delay")) * time.Second
		from, to := start.Add(-time.Hour), now
		request := fmt.Sprintf(`"MaxResults":%d`, rapid.IntRange(1, 50).Draw(t, "max"))
		if rapid.Bool().Draw(t, "span") {
			from = start.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "from")) * time.Second)
			to = from.Add(time.Duration(rapid.IntRange(0, 90*86400).Draw(t, "length")) * time.Second)
			request += fmt.Sprintf(`,"StartTime":%d,"EndTime":%d.0`, from.Unix(), to.Unix())
		}
		key := rapid.SampledFrom([]string{"", "EventSource", "EventName", "ReadOnly", "EventId", "AccessKeyId", "Username"}).Draw(t, "key")
		value := map[string]string{"EventSource": "s1", "EventName": "A", "ReadOnly": "true", "EventId": "e3", "AccessKeyId": "k", "Username": "nobody"}[key]
		if key != "" {
			request += fmt.Sprintf(`,"LookupAttributes":[{"AttributeKey":%q,"AttributeValue":%q}]`, key, value)
		}
		var want []string
		for _, e := range slices.Backward(events) {
			fits := map[string]bool{"": true, "EventSource": e.Source == value, "EventName": e.Name == value, "ReadOnly": e.ReadOnly, "EventId": e.ID == value, "AccessKeyId": true}[key]
			if fits && !e.Time.Before(from) && !e.Time.After(to) && !e.Time.After(now.Add(-delay)) && !e.Time.Before(now.AddDate(0, 0, -90)) {
				want = append(want, e.ID)
			}
		}
		if got, _ := all(t, l, request, now, delay); !slices.Equal(got, want) {
			t.Fatalf("{%s} found %v\nwant %v", request, got, want)
		}
	})
}

func TestLookingUpRealCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	g := w.group("g")
	for i := range 60 {
		w.api("CreateGroupMembership", fmt.Sprintf(`{"GroupId":%q,"MemberId":{"UserId":%q}}`, g, w.user(fmt.Sprint("u", i))))
	}
	bySource := `"LookupAttributes":[{"AttributeKey":"EventSource","AttributeValue":"identitystore.amazonaws.com"}]`
	if found, pages := all(t, w.log.Log, bySource, w.clock(), 0); len(found) != 60 || pages != 2 {
		t.Errorf("%d events on %d pages", len(found), pages)
	}
	p, err := look(t, w.log.Log, `{"MaxResults":1,`+bySource+`}`, w.clock(), 0)
	if err != nil || len(p.Events) != 1 {
		t.Fatal(p, err)
	}
	e := p.Events[0]
	var record map[string]any
	if err := json.Unmarshal([]byte(e.CloudTrailEvent), &record); err != nil {
		t.Fatal(err)
	}
	if e.EventName != "CreateGroupMembership" || e.ReadOnly != "false" || e.Username != "alice" || e.AccessKeyId != "ASIAEXAMPLE" || e.EventTime != 1793528100 ||
		e.Resources == nil || record["eventID"] != e.EventId {
		t.Errorf("the event is %+v", e)
	}
	if found, _ := all(t, w.log.Log, bySource, w.clock(), 5*time.Minute); len(found) != 0 {
		t.Errorf("%d events are visible too early", len(found))
	}
	if found, _ := all(t, w.log.Log, bySource, w.clock().AddDate(0, 0, 91), 0); len(found) != 0 {
		t.Errorf("%d events are visible after 90 days", len(found))
	}
	if found, _ := all(t, w.log.Log, `"EventCategory":"insight"`, w.clock(), 0); len(found) != 0 {
		t.Errorf("%d insights", len(found))
	}
}

func TestErrorsOfLookingUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	for i := range 3 {
		w.user(fmt.Sprint("u", i))
	}
	first, err := look(t, w.log.Log, `{"MaxResults":1,"EndTime":1893456000}`, w.clock(), 0)
	if err != nil || first.NextToken == nil {
		t.Fatal(first, err)
	}
	for _, test := range []struct{ name, request, want string }{
		{"two attributes", `{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"a"},{"AttributeKey":"EventName","AttributeValue":"b"}]}`, "InvalidLookupAttributesException"},
		{"an unknown attribute", `{"LookupAttributes":[{"AttributeKey":"eventname","AttributeValue":"a"}]}`, "InvalidLookupAttributesException"},
		{"no value", `{"LookupAttributes":[{"AttributeKey":"EventName"}]}`, "InvalidLookupAttributesException"},
		{"start after end", `{"StartTime":2,"EndTime":1}`, "InvalidTimeRangeException"},
		{"a time that is a text", `{"StartTime":"2026"}`, "SerializationException"},
		{"51 results", `{"MaxResults":51}`, "InvalidMaxResultsException"},
		{"no results", `{"MaxResults":0}`, "InvalidMaxResultsException"},
		{"another category", `{"EventCategory":"management"}`, "InvalidEventCategoryException"},
		{"a token of nobody", `{"NextToken":"x"}`, "InvalidNextTokenException"},
		{"a token with other parameters", fmt.Sprintf(`{"MaxResults":1,"EndTime":1893456001,"NextToken":%q}`, *first.NextToken), "InvalidNextTokenException"},
		{"no object", `[]`, "SerializationException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := look(t, w.log.Log, test.request, w.clock(), 0)
			if e, ok := errors.AsType[*idcenter.Error](err); !ok || e.Name != test.want || e.Status != 400 {
				t.Errorf("the error is %v, want %s", err, test.want)
			}
		})
	}
	if _, err := look(t, w.log.Log, fmt.Sprintf(`{"EndTime":1893456000,"NextToken":%q,"MaxResults":1}`, *first.NextToken), w.clock(), 0); err != nil {
		t.Errorf("the same parameters in another order: %v", err)
	}
}

func TestALogCanLeaveTheRecordsElsewhere(t *testing.T) {
	t.Parallel()
	l := idcenter.NewLog()
	gone := errors.New("the record is gone")
	l.Fetch = func(e idcenter.Event) ([]byte, error) {
		if e.ID == "b" {
			return nil, gone
		}
		return []byte(`"` + e.ID + `"`), nil
	}
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	l.Add(idcenter.Event{ID: "a", Name: "A", Time: at, Record: []byte("large")})
	for _, e := range l.From(0) {
		if e.Record != nil {
			t.Error("the record is kept")
		}
	}
	if p, err := look(t, l, `{}`, at, 0); err != nil || p.Events[0].CloudTrailEvent != `"a"` {
		t.Errorf("%+v %v", p, err)
	}
	l.Add(idcenter.Event{ID: "b", Name: "B", Time: at.Add(-time.Hour)})
	if _, err := look(t, l, `{}`, at, 0); !errors.Is(err, gone) {
		t.Errorf("the error is %v", err)
	}
}
