package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Verified is what the digests of one source say.
type Verified struct {
	Source string // as the user named it
	Report integrity.Report
	Keys   int // public keys that were there
	// Live says that CloudTrail itself gave the keys, so that those in the folder were not used.
	Live bool
}

// VerifyText writes what the digests say in the manner of aws cloudtrail
// validate-logs: a line for each file that is not as signed, then the counts;
// after that what is proven, and what keeps more from being proven.
func VerifyText(w io.Writer, list []Verified, style Style) error {
	p := &page{w: w, style: style}
	for i, v := range list {
		if i > 0 {
			p.blank()
		}
		p.verified(v)
	}
	return p.err
}

func (p *page) verified(v Verified) {
	r := v.Report
	p.painted(bold, "", "", verdictOf(r)+" "+v.Source)
	if r.Digests == (integrity.Count{}) {
		p.text("", "", "No digests found. CloudTrail writes them into CloudTrail-Digest beside CloudTrail, when log file validation is on.")
		return
	}
	tampered, limits := 0, 0
	for _, f := range r.Findings {
		if f.Kind.Tampering() || f.Kind == integrity.LogMoved || f.Kind == integrity.DigestMoved {
			tampered++
			p.raw(fmt.Sprintf("%s\t%s\t%s\n", kindOf(f.Kind), Clean(objectOf(f)), Clean(validateWords(f.Kind))))
			p.text("  ", "  ", f.Message)
			continue
		}
		limits++
	}
	if tampered > 0 {
		p.blank()
	}
	p.text("", "", countLine(r.Digests, "digest"))
	p.text("", "", countLine(r.Logs, "log"))
	p.heading("Proven complete and unchanged, by time of delivery")
	none := true
	for _, c := range r.Chains {
		for _, s := range c.Proven.Spans() {
			none = false
			p.item(fmt.Sprintf("%s %s: %s to %s", c.Account, c.Region, moment(s.From), moment(s.To)))
		}
	}
	if none {
		p.item("nothing")
	}
	if limits > 0 {
		p.heading("What keeps more from being proven")
		const shown = 30
		for i, f := range slices.DeleteFunc(slices.Clone(r.Findings), func(f integrity.Finding) bool { return f.Kind.Tampering() }) {
			if i == shown {
				p.item(fmt.Sprintf("and more: %d in all", limits))
				break
			}
			p.item(strings.TrimSpace(fmt.Sprintf("%s %s %s: %s", f.Account, f.Region, windowWords(f.Span), f.Message)))
		}
	}
	p.heading("What this does not prove")
	p.item("That every event was delivered, or that the trail was told to log it: only that the files are those that CloudTrail signed.")
	if !v.Live {
		p.item(fmt.Sprintf("Whoever could replace the public keys beside the logs (%d) could sign anything; fetch them yourself, or have CloudTrail asked with --public-keys live.", v.Keys))
	}
}

func verdictOf(r integrity.Report) string {
	switch {
	case r.Tampered():
		return "Not as CloudTrail delivered it:"
	case len(r.Chains) == 0 || !slices.ContainsFunc(r.Chains, func(c integrity.Chain) bool { return !c.Proven.Empty() }):
		return "Nothing is proven of"
	}
	return "As CloudTrail delivered it, as far as its digests reach:"
}

func kindOf(k integrity.Kind) string {
	if strings.HasPrefix(string(k), "log-") {
		return "Log file"
	}
	return "Digest file"
}

func objectOf(f integrity.Finding) string {
	if f.Object != "" {
		return f.Object
	}
	return f.Path
}

// validateWords are the words of aws cloudtrail validate-logs (cloudtrail
// reference 4.4).
func validateWords(k integrity.Kind) string {
	switch k {
	case integrity.SignatureInvalid:
		return "INVALID: signature verification failed"
	case integrity.DigestChanged:
		return "INVALID: not the digest that the next one names"
	case integrity.DigestMissing, integrity.LogMissing:
		return "INVALID: not found"
	case integrity.DigestDamaged:
		return "INVALID: invalid format"
	case integrity.LogChanged:
		return "INVALID: hash value doesn't match"
	case integrity.LogMoved, integrity.DigestMoved:
		return "INVALID: has been moved from its original location"
	}
	return string(k)
}

func countLine(c integrity.Count, noun string) string {
	all := c.Valid + c.Invalid + c.Unchecked
	line := fmt.Sprintf("%d/%d %s files valid", c.Valid, all, noun)
	if c.Invalid > 0 {
		line += fmt.Sprintf(", %d/%d %s files INVALID", c.Invalid, all, noun)
	}
	if c.Unchecked > 0 {
		line += fmt.Sprintf(", %d/%d could not be checked", c.Unchecked, all)
	}
	return line
}

func windowWords(s span.Span) string {
	if s.From.IsZero() {
		return ""
	}
	return s.From.UTC().Format(time.RFC3339) + " to " + s.To.UTC().Format(time.RFC3339)
}

type (
	verifyDoc struct {
		Schema  string        `json:"schema"`
		Sources []verifiedDoc `json:"sources"`
	}
	verifiedDoc struct {
		Source   string             `json:"source"`
		Tampered bool               `json:"tampered"`
		Digests  fileCountDoc       `json:"digests"`
		Logs     fileCountDoc       `json:"logs"`
		Keys     int                `json:"keys"`
		Proven   []provenDoc        `json:"proven"`
		Findings []verifyFindingDoc `json:"findings"`
	}
	fileCountDoc struct {
		Valid     int `json:"valid"`
		Invalid   int `json:"invalid"`
		Unchecked int `json:"unchecked"`
	}
	provenDoc struct {
		Account string    `json:"account"`
		Region  string    `json:"region"`
		Trail   string    `json:"trail,omitempty"`
		From    time.Time `json:"from"`
		To      time.Time `json:"to"`
	}
	verifyFindingDoc struct {
		Kind      string     `json:"kind"`
		Tampering bool       `json:"tampering"`
		Account   string     `json:"account,omitempty"`
		Region    string     `json:"region,omitempty"`
		Object    string     `json:"object,omitempty"`
		Path      string     `json:"path,omitempty"`
		From      *time.Time `json:"from,omitempty"`
		To        *time.Time `json:"to,omitempty"`
		Message   string     `json:"message"`
	}
)

// VerifyJSON returns what the digests say in the form of scimtrail/verify/v1.
// The proven spans are of delivery, not of event time.
func VerifyJSON(list []Verified) any {
	doc := verifyDoc{Schema: "scimtrail/verify/v1", Sources: []verifiedDoc{}}
	for _, v := range list {
		r := v.Report
		out := verifiedDoc{
			Source: v.Source, Tampered: r.Tampered(), Keys: v.Keys,
			Digests: fileCountDoc(r.Digests), Logs: fileCountDoc(r.Logs), Proven: []provenDoc{}, Findings: []verifyFindingDoc{},
		}
		for _, c := range r.Chains {
			for _, s := range c.Proven.Spans() {
				out.Proven = append(out.Proven, provenDoc{c.Account, c.Region, c.Trail, s.From.UTC(), s.To.UTC()})
			}
		}
		for _, f := range r.Findings {
			out.Findings = append(out.Findings, verifyFindingDoc{
				Kind: string(f.Kind), Tampering: f.Kind.Tampering(), Account: f.Account, Region: f.Region, Object: f.Object, Path: f.Path,
				From: when(f.Span.From), To: when(f.Span.To), Message: f.Message,
			})
		}
		doc.Sources = append(doc.Sources, out)
	}
	return doc
}
