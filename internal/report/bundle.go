package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// Folder is where a bundle is written. Names have slashes; parents are made as
// needed. Create is called once for each name, and each file is closed before
// the next is made.
type Folder interface {
	Create(name string) (io.WriteCloser, error)
}

// evidenceFiles are the records that go beside a report.
type evidenceFiles struct {
	identity, membership, scim, sample []*casefile.Event
}

func (q *inquest) evidenceFiles() evidenceFiles {
	var out evidenceFiles
	for _, list := range [][]casefile.Event{q.c.Events, q.c.Undated} {
		for i := range list {
			ev := &list[i]
			out.identity = append(out.identity, ev)
			if changesMembers(ev) {
				out.membership = append(out.membership, ev)
			}
			if ev.Source == awsid.SourceSCIM {
				out.scim = append(out.scim, ev)
			}
		}
	}
	if s, _ := q.sampleEvent(); s != nil {
		out.sample = []*casefile.Event{s}
	}
	return out
}

// ManifestSchema is the value of "schema" in evidence/manifest.json.
const ManifestSchema = "scimtrail/custody/v1"

type custodyDoc struct {
	Schema  string `json:"schema"`
	Program string `json:"program,omitempty"`
	// Redacted tells why the records of the bundle are not those of the inputs.
	Redacted bool `json:"redacted,omitempty"`
	Custody
	Files []bundledFile `json:"files"`
}

type bundledFile struct {
	Path    string `json:"path"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
	Records *int   `json:"records,omitempty"`
}

// Bundle writes the report in its three forms and the evidence beside it:
// report.md, report.json, report.html; evidence/identity-events.json,
// membership-events.json, scim-events.json, sample-event.json with the records
// byte for byte as they were read, as {"Records": [...]}; and last
// evidence/manifest.json with every input and every file of the bundle, their
// sizes and SHA-256. An error names the file.
func (in *Investigation) Bundle(dir Folder) error {
	manifest := custodyDoc{Schema: ManifestSchema, Program: in.Program, Redacted: in.Redacted, Custody: in.Custody}
	write := func(name string, records *int, render func(io.Writer) error) error {
		f, err := seal(dir, name, render)
		if err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		f.Records = records
		manifest.Files = append(manifest.Files, f)
		return nil
	}
	for _, r := range []struct {
		name   string
		render func(io.Writer) error
	}{{"report.md", in.Markdown}, {"report.json", in.JSON}, {"report.html", in.HTML}} {
		if err := write(r.name, nil, r.render); err != nil {
			return err
		}
	}
	for _, e := range []struct {
		name   string
		events []*casefile.Event
	}{
		{"evidence/identity-events.json", in.evidence.identity},
		{"evidence/membership-events.json", in.evidence.membership},
		{"evidence/scim-events.json", in.evidence.scim},
		{"evidence/sample-event.json", in.evidence.sample},
	} {
		if err := write(e.name, new(len(e.events)), func(w io.Writer) error { return writeRecords(w, e.events) }); err != nil {
			return err
		}
	}
	_, err := seal(dir, "evidence/manifest.json", func(w io.Writer) error { return writeQuiet(w, manifest) })
	if err != nil {
		return fmt.Errorf("writing evidence/manifest.json: %w", err)
	}
	return nil
}

// JSON writes the report as scimtrail/investigation/v1. Characters that a
// terminal would act on stand as escapes.
func (in *Investigation) JSON(w io.Writer) error { return writeQuiet(w, in) }

// seal writes a file and returns its size and hash.
func seal(dir Folder, name string, render func(io.Writer) error) (bundledFile, error) {
	file, err := dir.Create(name)
	if err != nil {
		return bundledFile{}, err
	}
	m := &meter{w: file, sum: sha256.New()}
	buffered := bufio.NewWriterSize(m, 1<<16)
	err = render(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return bundledFile{Path: name, Size: m.n, SHA256: hex.EncodeToString(m.sum.Sum(nil))}, err
}

// meter counts and hashes what it passes on.
type meter struct {
	w   io.Writer
	sum hash.Hash
	n   int64
}

// Write implements io.Writer.
func (m *meter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.sum.Write(p[:n])
	m.n += int64(n)
	return n, err
}

// writeRecords writes records one a line, each byte for byte, so that other
// tools can read them and hashes of single records still hold.
func writeRecords(w io.Writer, events []*casefile.Event) error {
	if _, err := io.WriteString(w, `{"Records":[`); err != nil {
		return err
	}
	for i, ev := range events {
		lead := ",\n"
		if i == 0 {
			lead = "\n"
		}
		if _, err := io.WriteString(w, lead); err != nil {
			return err
		}
		if _, err := w.Write(ev.Raw); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n]}\n")
	return err
}

// writeQuiet writes indented JSON in which every character that a terminal may
// act on, or that does not show, is an escape.
func writeQuiet(w io.Writer, doc any) error {
	var buf bytes.Buffer
	if err := WriteJSON(&buf, doc); err != nil {
		return err
	}
	_, err := w.Write(quiet(buf.Bytes()))
	return err
}

// quiet escapes what encoding/json leaves: such characters stand in JSON only
// inside strings, where \u may stand for any of them.
func quiet(data []byte) []byte {
	if isASCII(data) {
		return data
	}
	out := make([]byte, 0, len(data)+64)
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r < 0x20 || visible(r) || r == utf8.RuneError:
			out = append(out, data[:size]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		data = data[size:]
	}
	return out
}

func isASCII(data []byte) bool {
	for _, b := range data {
		if b > unicode.MaxASCII || b == 0x7f {
			return false
		}
	}
	return true
}
