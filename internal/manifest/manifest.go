// Package manifest is the note that lies beside collected evidence and says what
// was asked, where, for which span and when, and what else is to be known of it:
// scimtrail-evidence.json.
//
// A file of results can't say what was searched; an empty one least of all. The
// manifest can, and what it says is taken as a claim (design rulings 4 and 6).
// `collect` writes it, people may write it for what they fetched by hand. The
// package reads and writes the note; it opens no files. It also reads the claims
// that a person makes on the command line, --covers.
package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Name is the file name of a manifest.
const Name = "scimtrail-evidence.json"

// Schema is the value of "schema" in every manifest.
const Schema = "scimtrail/evidence/v1"

// Limits of a manifest that is read.
const (
	MaxBytes   = 16 << 20
	maxEntries = 100_000
	maxSaid    = 10_000 // notes, and losses
)

// Limits of a manifest that is written, far within those of one that is read.
const (
	mostSaid = 900     // a reader tells of 1000 losses in all
	mostText = 2 << 10 // bytes of a note, and of each part of a loss
)

// Manifest says what the files of a folder are evidence of. An entry of the
// JSON may also stand alone, without "entries" around it.
type Manifest struct {
	Schema  string  `json:"schema"`
	Entries []Entry `json:"entries"`
	// Notes and Losses are what the collection had to say of the evidence, and what
	// of it could not be read. They belong to every answer from these files.
	Notes  []string        `json:"notes,omitempty"`
	Losses []casefile.Loss `json:"losses,omitempty"`
}

// Entry describes one file, or several that answer the same question. Unknown
// is absent.
type Entry struct {
	// Path is a file, a folder or a pattern as path.Match has it, relative to the
	// manifest, with slashes; "" is everything in the manifest's folder.
	Path  string `json:"path,omitempty"`
	Query string `json:"query,omitempty"` // the command or query, for people

	// What was searched. Sources are event sources, or "*" for all that an
	// investigation asks about; with them go Account, Region, From and To.
	Account string  `json:"account,omitempty"`
	Region  string  `json:"region,omitempty"`
	Sources Sources `json:"sources,omitempty"`
	From    Time    `json:"from,omitzero"`
	To      Time    `json:"to,omitzero"`
	Channel string  `json:"channel,omitempty"` // as in casefile.Cover; "manifest" when absent
	// Complete is claimed (also when absent) or unknown. A manifest can't prove.
	Complete string `json:"complete,omitempty"`

	// Collected is when it was fetched. Nothing later can have been searched, whatever To says.
	Collected Time `json:"collected,omitzero"`
	// Bytes is how long the file of Path was, as stored, when this was written; it may
	// have grown since. Of one that is shorter a part is gone.
	Bytes int64 `json:"bytes,omitempty"`
	// SHA256 is that of the first Bytes bytes, in hex, and notices what was changed
	// by accident. It proves nothing against somebody who writes the manifest anew.
	SHA256 string `json:"sha256,omitempty"`

	// What a listing of an identity store is of.
	IdentityStore string `json:"identityStore,omitempty"`
	Kind          string `json:"kind,omitempty"`  // the command: list-users, list-groups, list-group-memberships, ...
	Group         string `json:"group,omitempty"` // id, of list-group-memberships
	// Whole says that a listing was not cut short. Absent, the listing itself
	// tells as far as it can.
	Whole *bool `json:"whole,omitempty"`
}

// Sources is a list of event sources; JSON may give a single one as a text.
type Sources []string

// UnmarshalJSON reads a text or an array of texts.
func (s *Sources) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*s = Sources{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return errors.New(`sources is neither a text nor a list of texts`)
	}
	*s = many
	return nil
}

// Time is a moment in RFC 3339; a bare date is its first second.
type Time struct {
	time.Time
	date bool
}

// UnmarshalJSON reads a time or a date.
func (t *Time) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("%.40s is not a time in quotes", data)
	}
	var err error
	*t, err = parseTime(text)
	return err
}

// MarshalJSON writes a date as one, and any other time in UTC.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.date {
		return json.Marshal(t.Format(time.DateOnly))
	}
	return json.Marshal(t.UTC().Format(time.RFC3339Nano))
}

// At makes a Time.
func At(t time.Time) Time { return Time{Time: t.UTC()} }

func parseTime(text string) (Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return Time{t, true}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
		return Time{}, fmt.Errorf("%.40q is neither a time such as 2025-10-02T09:00:00Z nor a date such as 2025-10-02", text)
	}
	return Time{Time: t.UTC()}, nil
}

// end is the last second that a time stands for: of a date, the day's.
func (t Time) end() time.Time {
	if t.date {
		return t.AddDate(0, 0, 1).Add(-time.Second)
	}
	return t.Time
}

// Parse reads a manifest. A name that is not known, a value out of its range or
// a statement that lacks a part is an error: a claim that was misread would be
// worse than none.
func Parse(data []byte) (Manifest, error) {
	if len(data) > MaxBytes {
		return Manifest{}, fmt.Errorf("a manifest is larger than %d MB", MaxBytes>>20)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return Manifest{}, fmt.Errorf("reading a manifest: %w", err)
	}
	var m Manifest
	if _, list := top["entries"]; list {
		if err := strict(data, &m); err != nil {
			return Manifest{}, fmt.Errorf("reading a manifest: %w", err)
		}
	} else {
		var flat struct {
			Schema string `json:"schema"`
			Entry
		}
		if err := strict(data, &flat); err != nil {
			return Manifest{}, fmt.Errorf("reading a manifest: %w", err)
		}
		m = Manifest{Schema: flat.Schema, Entries: []Entry{flat.Entry}}
	}
	if m.Schema != Schema {
		return Manifest{}, fmt.Errorf("reading a manifest: schema is %.60q, not %q", m.Schema, Schema)
	}
	if len(m.Entries) > maxEntries {
		return Manifest{}, fmt.Errorf("reading a manifest: it has more than %d entries", maxEntries)
	}
	if len(m.Notes) > maxSaid || len(m.Losses) > maxSaid {
		return Manifest{}, fmt.Errorf("reading a manifest: it has more than %d notes or losses", maxSaid)
	}
	m.Notes, m.Losses = fewNotes(m.Notes, mostSaid+1), fewLosses(m.Losses, mostSaid+1) // strangers write them too; ours has one that counts the rest
	for i := range m.Entries {
		if err := m.Entries[i].check(); err != nil {
			return Manifest{}, fmt.Errorf("reading a manifest: entry %d: %w", i+1, err)
		}
	}
	return m, nil
}

func strict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more follows behind it")
	}
	return nil
}

func (e *Entry) check() error {
	if e.Path != "" {
		clean := path.Clean(strings.TrimPrefix(e.Path, "./"))
		if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.Contains(e.Path, `\`) {
			return fmt.Errorf("path %.100q is not one below the manifest, with slashes", e.Path)
		}
		if _, err := path.Match(clean, ""); err != nil {
			return fmt.Errorf("path %.100q is not a pattern: an open bracket or a trailing backslash", e.Path)
		}
		if clean == "." {
			clean = ""
		}
		e.Path = clean
	}
	switch e.Complete {
	case "", "claimed", "unknown":
	case "proven":
		return errors.New(`complete is "proven"; only signed digests prove, a manifest can say "claimed" or "unknown"`)
	default:
		return fmt.Errorf(`complete is %.40q, not "claimed" or "unknown"`, e.Complete)
	}
	if e.Account != "" && !awsid.IsAccount(e.Account) {
		return fmt.Errorf("account %.40q is not 12 digits", e.Account)
	}
	if e.Region != "" && !isRegion(e.Region) {
		return fmt.Errorf("region %.40q is not one such as us-east-2", e.Region)
	}
	if e.IdentityStore != "" {
		if e.IdentityStore = awsid.Bare(e.IdentityStore); !awsid.IsStore(e.IdentityStore) {
			return fmt.Errorf("identityStore %.40q is not one such as d-9a67000001", e.IdentityStore)
		}
	}
	if e.Group != "" {
		if e.Group = awsid.Bare(e.Group); !awsid.IsResource(e.Group) {
			return fmt.Errorf("group %.60q is not the id of a group", e.Group)
		}
	}
	switch {
	case e.Bytes < 0:
		return fmt.Errorf("bytes is %d", e.Bytes)
	case e.SHA256 == "":
	case len(e.SHA256) != 64 || strings.Trim(e.SHA256, "0123456789abcdef") != "":
		return fmt.Errorf("sha256 %.80q is not 64 digits of 0-9a-f", e.SHA256)
	case e.Path == "" || e.Bytes == 0:
		return errors.New("it has a sha256 and no path or no bytes; the hash is of that many bytes of that file")
	}
	if len(e.Sources) == 0 {
		return nil // no statement about events
	}
	if _, err := expand(e.Sources); err != nil {
		return err
	}
	return checkPlace(e.Account, e.Region, e.From, e.To)
}

// checkPlace checks what a statement about sources needs besides them.
func checkPlace(account, region string, from, to Time) error {
	var missing []string
	for name, absent := range map[string]bool{"account": account == "", "region": region == "", "from": from.IsZero(), "to": to.IsZero()} {
		if absent {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	switch {
	case len(missing) > 0:
		return fmt.Errorf("it names sources and not %s; what was searched is all of account, region, sources, from and to", strings.Join(missing, ", "))
	case to.end().Before(from.Time):
		return fmt.Errorf("to (%s) lies before from (%s)", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	return nil
}

func isRegion(s string) bool {
	return len(s) <= 40 && strings.Count(s, "-") >= 2 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// short are the words that may stand for event sources.
var short = map[string][]string{
	"scim": {awsid.SourceSCIM}, "api": {awsid.SourceAPI}, "console": {awsid.SourceConsole},
	"*": casefile.ManagementSources, "all": casefile.ManagementSources,
}

// expand returns the event sources that the names stand for.
func expand(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case short[name] != nil:
			out = append(out, short[name]...)
		case strings.HasSuffix(name, ".amazonaws.com") && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "":
			out = append(out, name)
		default:
			return nil, fmt.Errorf("%.60q is not an event source: a name such as %s, or scim, api, console, all", name, awsid.SourceSCIM)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Covers returns the ground that the entry says was searched, none when it says
// nothing of that. It ends when the evidence was collected: what was to come then
// had not been looked at.
func (e *Entry) Covers() []casefile.Cover {
	sources, err := expand(e.Sources)
	if err != nil {
		return nil // Parse lets no such entry through
	}
	complete := casefile.Claimed
	if e.Complete == "unknown" {
		complete = casefile.Unknown
	}
	channel := e.Channel
	if channel == "" {
		channel = "manifest"
	}
	to := e.To.end()
	if !e.Collected.IsZero() && to.After(e.Collected.end()) {
		to = e.Collected.end()
	}
	if to.Before(e.From.Time) {
		return nil
	}
	var covers []casefile.Cover
	for _, source := range sources {
		covers = append(covers, casefile.Cover{
			Account: e.Account, Region: e.Region, Source: source,
			Span: span.Span{From: e.From.Time, To: to}, Channel: channel, Complete: complete,
		})
	}
	return covers
}

// Matches reports whether the entry describes the file at p, a path relative to
// the manifest.
func (e *Entry) Matches(p string) bool {
	if e.Path == "" || p == e.Path || strings.HasPrefix(p, e.Path+"/") {
		return true
	}
	ok, err := path.Match(e.Path, p)
	return ok && err == nil
}

// Write writes the manifest as indented JSON. Of more notes or losses than anybody
// reads it writes the first hundreds and how many there are; long ones are cut.
func (m Manifest) Write(w io.Writer) error {
	m.Schema = Schema
	m.Notes, m.Losses = fewNotes(m.Notes, mostSaid), fewLosses(m.Losses, mostSaid)
	if m.Entries == nil {
		m.Entries = []Entry{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return fmt.Errorf("writing a manifest: %w", err)
	}
	return nil
}
