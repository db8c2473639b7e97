package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/report"
)

// traceOf is a trace whose every text was written by a stranger.
func traceOf(text string) *report.Trace {
	cause := &diagnose.Cause{Slug: "mapping-inactive"}
	reason := []diagnose.Reason{{Text: text, Events: []string{text}}}
	hop := func(id string, state diagnose.HopState) diagnose.Hop {
		return diagnose.Hop{ID: id, Title: text, Where: text, State: state, Reason: text, Because: append(reason, diagnose.Reason{Text: text + "."})}
	}
	push := hop("push", diagnose.HopBroken)
	push.Cause = cause.Slug
	return &report.Trace{
		Answer: &diagnose.Answer{
			Question: diagnose.Question{Kind: "user", Asked: text},
			Verdict:  diagnose.Verdict{Status: diagnose.Established, Cause: cause.Slug, Summary: text},
			Findings: []diagnose.Finding{
				{Cause: cause, Status: diagnose.Established, Summary: text, Because: reason, Fix: []diagnose.Fix{{Text: text, Command: text, Who: "idp"}}},
				{Cause: &diagnose.Cause{Slug: "other"}, Status: diagnose.Supported, Summary: text, Because: reason},
			},
			Hops: []diagnose.Hop{hop("person", diagnose.HopOK), hop("app", diagnose.HopUnknown), push, hop("membership", diagnose.HopBroken)},
		},
		Group: text, Check: text, Failed: []string{text},
	}
}

func TestATraceInterpretsNothingOfTheEvidence(t *testing.T) {
	t.Parallel()
	trace := traceOf("<script>alert(1)</script>\x1b[2J\u202e\"onload=x'&")
	var page, text bytes.Buffer
	if err := report.TraceHTML(&page, trace); err != nil {
		t.Fatal(err)
	}
	if err := report.TraceText(&text, trace, report.Style{Width: 400}); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"the page": page.String(), "the text": text.String()} {
		if strings.ContainsAny(out, "\x1b\u202e") {
			t.Errorf("%s holds a control character", name)
		}
	}
	if strings.Contains(page.String(), "<script") || strings.Contains(page.String(), `"onload`) {
		t.Error("the page holds markup of the evidence")
	}
	if n := strings.Count(page.String(), "&lt;script&gt;"); n < 20 {
		t.Errorf("the page shows the text %d times only", n)
	}
}

// TestTheFirstLinesOfATrace: where it breaks, who does what, how to look again.
func TestTheFirstLinesOfATrace(t *testing.T) {
	t.Parallel()
	trace := traceOf("it is off")
	for i := range trace.Answer.Hops {
		trace.Answer.Hops[i].Where = "Okta"
	}
	lead := trace.Answer.Lead()
	lead.Fix = []diagnose.Fix{{Text: "Do this. In the console: there.", Who: "idp"}, {Text: "And that.", Who: "aws"}, {Text: "Not said first.", Who: "idp"}}
	trace.Check = "scimtrail trace"
	var b bytes.Buffer
	if err := report.TraceText(&b, trace, report.Style{Width: 400}); err != nil {
		t.Fatal(err)
	}
	want := `it is off to it is off breaks at "it is off" (Okta): it is off. 1 hop before it could not be judged and may be broken too.
To do in Okta: Do this. Then in AWS: And that.
To look again:
      scimtrail trace
`
	if !strings.HasPrefix(b.String(), want) {
		t.Errorf("it begins with\n%s\nwant\n%s", b.String()[:min(b.Len(), len(want)+80)], want)
	}
}
