package intake

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/manifest"
)

// The kinds that a file may turn out to be, besides those that packages
// directory and upstream name.
const (
	kindLog         = "cloudtrail-log"
	kindRecords     = "cloudtrail-records"
	kindLookup      = "lookup-events"
	kindEventBridge = "eventbridge"
	kindMessages    = "messages" // of SNS, SQS or CloudWatch Logs
	kindAthena      = "athena"
	kindLake        = "lake"
	kindDigest      = "cloudtrail-digest"
	kindKeys        = "cloudtrail-public-keys"
	kindMetadata    = "digest-metadata"
	kindManifest    = "manifest"
	kindKept        = "kept-evidence"      // what collect wrote of a live source
	kindJournal     = "collection-journal" // how far collect came: no evidence, and no strange file either
	kindEmpty       = "empty"
	kindForeign     = "not-recognised"
	kindUnreadable  = "unreadable"
)

// form is the way in which content has to be read.
type form int

const (
	formForeign  form = iota // not at all
	formEmpty                // no bytes, or only white space
	formStream               // JSON with records in it
	formTable                // CSV with a header of a record's columns
	formAthena               // aws athena get-query-results
	formLake                 // aws cloudtrail get-query-results
	formDigest               // a digest file
	formKeys                 // aws cloudtrail list-public-keys
	formMetadata             // the S3 metadata of a digest
	formManifest
	formKept
	formJournal
	formDocument // anything else that may be a listing or an export
)

// sniffed is what the beginning of a file shows.
type sniffed struct {
	form   form
	reason string // why it is foreign
	comma  rune   // of a table
}

// sniff recognises content by its head; the name decides nothing but whether a
// file is our manifest or the metadata of a digest, which have such names
// (design ruling 5).
func sniff(head []byte, all bool, name string) sniffed {
	text := bytes.TrimLeft(head, " \t\r\n\x1e")
	if len(text) == 0 {
		if all {
			return sniffed{form: formEmpty}
		}
		return sniffed{form: formForeign, reason: "it begins with nothing but white space"}
	}
	if all {
		switch string(bytes.TrimSpace(text)) {
		case "[]", "{}", "null", "None": // what --query and --output leave of nothing
			return sniffed{form: formEmpty}
		}
	}
	if what := known(head); what != "" {
		return sniffed{form: formForeign, reason: what}
	}
	if comma, ok := tableHeader(text); ok {
		return sniffed{form: formTable, comma: comma}
	}
	if path.Base(name) == manifest.Name {
		return sniffed{form: formManifest}
	}
	switch text[0] {
	case '{', '[', '"':
		return sniffJSON(text, name)
	}
	if bytes.Contains(text, []byte(`"eventSource"`)) {
		return sniffed{form: formStream} // lines of a program before or between the records
	}
	if isBinary(head) {
		return sniffed{form: formForeign, reason: "no text"}
	}
	// The lists of desired memberships are text with separators.
	if line, _, _ := bytes.Cut(text, []byte("\n")); bytes.ContainsAny(line, ",;\t") {
		return sniffed{form: formDocument}
	}
	return sniffed{form: formForeign, reason: "a text that is no evidence we know"}
}

func sniffJSON(text []byte, name string) sniffed {
	o := outlineOf(text)
	lower := strings.ToLower(string(text[:min(len(text), headSize)]))
	mentions := strings.Contains(lower, "eventsource")
	switch {
	case bytes.Contains(text, []byte(`"scimtrail/evidence/`)) && o.has("schema"):
		return sniffed{form: formManifest}
	case bytes.Contains(text, []byte(`"scimtrail/kept/`)) && o.has("schema"):
		return sniffed{form: formKept}
	case bytes.Contains(text, []byte(`"scimtrail/journal/`)) && o.has("schema"):
		return sniffed{form: formJournal}
	case bytes.Contains(text, []byte(`"scimtrail/`)) && o.has("schema"):
		return sniffed{form: formForeign, reason: "a report of scimtrail itself"}
	case o.has("digestS3Object"), o.has("digestStartTime"), o.has("digestEndTime"):
		return sniffed{form: formDigest}
	case o.has("PublicKeyList"):
		return sniffed{form: formKeys}
	case o.has("x-amz-meta-signature"), o.has("Metadata") && o.has("ETag"),
		strings.HasSuffix(name, integrity.MetadataSuffix), strings.HasSuffix(name, integrity.HeadObjectSuffix):
		return sniffed{form: formMetadata}
	case o.has("ResultSet"):
		return sniffed{form: formAthena}
	case o.has("QueryResultRows"):
		return sniffed{form: formLake}
	case o.has("eventSource"), o.has("eventName") && (o.has("eventVersion") || o.has("awsRegion") || o.has("eventID")):
		return sniffed{form: formStream}
	case o.exact["Records"], o.exact["Events"], o.has("CloudTrailEvent"), o.has("detail-type") && o.has("detail"):
		return sniffed{form: formStream}
	case o.text && mentions:
		return sniffed{form: formStream}
	case (o.has("events") || o.has("logEvents") || o.has("Messages") || o.has("Message") || o.has("Body")) && mentions:
		return sniffed{form: formStream}
	}
	return sniffed{form: formDocument}
}

// outline is the names at the top of the first value, or of the first element
// of the arrays that it stands in.
type outline struct {
	names map[string]bool // in lower case
	exact map[string]bool // as they are written
	text  bool            // it is a string
}

func (o outline) has(name string) bool { return o.names[strings.ToLower(name)] }

const maxNames = 256

func outlineOf(text []byte) outline {
	o := outline{names: map[string]bool{}, exact: map[string]bool{}}
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for range 4 {
		token, err := d.ReadToken()
		if err != nil {
			return o
		}
		switch token.Kind() {
		case '[':
			continue
		case '"':
			o.text = true
			return o
		case '{':
		default:
			return o
		}
		for len(o.names) < maxNames {
			name, err := d.ReadToken()
			if err != nil || name.Kind() != '"' {
				return o
			}
			o.exact[name.String()] = true
			o.names[strings.ToLower(name.String())] = true
			if d.SkipValue() != nil { // also where the head ends
				return o
			}
		}
		return o
	}
	return o
}

// known names a well-known format that holds no evidence for us as it is.
func known(head []byte) string {
	for _, m := range []struct{ magic, what string }{
		{"PK\x03\x04", "a zip archive; unpack it first"},
		{"7z\xbc\xaf", "a 7z archive; unpack it first"},
		{"BZh", "compressed with bzip2; unpack it first"},
		{"\xfd7zXZ", "compressed with xz; unpack it first"},
		{"SQLite format 3\x00", "a SQLite database"},
		{"PAR1", "a Parquet file; export the records as JSON or CSV"},
		{"%PDF-", "a PDF document"},
		{"\x89PNG", "a picture"}, {"\xff\xd8\xff", "a picture"}, {"GIF8", "a picture"},
		{"\x7fELF", "a program"}, {"MZ\x90", "a program"},
	} {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.what
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return "a tar archive; unpack it first"
	}
	return ""
}

// isBinary guesses that content is no text. It is asked last: one odd byte in a
// field must not hide a table of evidence.
func isBinary(head []byte) bool {
	sample := head[:min(len(head), 4096)]
	if bytes.IndexByte(sample, 0) >= 0 {
		return true
	}
	bad := 0
	for rest := sample; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 || r < 0x20 && r != '\t' && r != '\n' && r != '\r' && r != 0x1e && r != 0x1b {
			bad++
		}
		rest = rest[n:]
	}
	return bad > len(sample)/10
}
