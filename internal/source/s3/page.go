package s3

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	smithytime "github.com/aws/smithy-go/time"
)

// page is one answer of ListObjectsV2.
type page struct {
	objects []object
	folders []string // common prefixes, with their slash
	next    string   // the token of the next page
	more    bool     // there is one
	sound   bool     // it is a listing at all: the SDK takes an empty body for one
}

// pageOf is a page as the SDK read it.
func pageOf(out *api.ListObjectsV2Output) page {
	p := page{next: aws.ToString(out.NextContinuationToken), more: aws.ToBool(out.IsTruncated), sound: out.Name != nil || out.KeyCount != nil || out.IsTruncated != nil}
	for _, o := range out.Contents {
		p.objects = append(p.objects, object{aws.ToString(o.Key), aws.ToInt64(o.Size), aws.ToTime(o.LastModified).UTC()})
	}
	for _, c := range out.CommonPrefixes {
		p.folders = append(p.folders, aws.ToString(c.Prefix))
	}
	return p
}

// pager is an HTTP client that reads listings itself, which takes a tenth of the
// time that the SDK's reader of XML takes; then the SDK sees an empty answer. What
// [readPage] does not take, and all that is no success, it leaves to the SDK.
type pager struct {
	client aws.HTTPClient
	page   page
	read   bool
}

// mostPage is the largest listing that is read here: 1000 keys of 1024 bytes, every
// one written as an entity, and as much again.
const mostPage = 12 << 20

var pageBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (p *pager) Do(r *http.Request) (*http.Response, error) {
	response, err := p.client.Do(r)
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	b := pageBuffers.Get().(*bytes.Buffer)
	b.Reset()
	defer pageBuffers.Put(b)
	_, failed := b.ReadFrom(io.LimitReader(response.Body, mostPage))
	if failed == nil && b.Len() < mostPage {
		if p.page, p.read = readPage(b.Bytes()); p.read {
			response.Body.Close()
			response.Body = http.NoBody
			return response, nil
		}
	}
	rest := io.Reader(response.Body)
	if failed != nil {
		rest = unreadable{failed}
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(slices.Clone(b.Bytes())), rest), response.Body}
	return response, nil
}

type unreadable struct{ err error }

func (u unreadable) Read([]byte) (int, error) { return 0, u.err }

// readPage reads the answer of ListObjectsV2 as S3 writes it
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html). It is
// false for everything else that may be XML all the same: comments, other names,
// keys beyond ASCII. Then encoding/xml has to read it.
func readPage(data []byte) (page, bool) {
	for _, c := range data {
		if c >= 0x7f || c < ' ' && c != '\n' && c != '\t' {
			return page{}, false
		}
	}
	if bytes.Contains(data, []byte("]]>")) {
		return page{}, false
	}
	if bytes.HasPrefix(data, []byte("<?xml ")) {
		end := bytes.Index(data, []byte("?>"))
		if head := string(data[:max(end, 0)]); head != `<?xml version="1.0" encoding="UTF-8"` && head != `<?xml version="1.0" encoding="UTF-8" ` {
			return page{}, false
		}
		data = data[end+2:]
	}
	x := &elements{rest: data}
	root, namespace, _ := strings.Cut(x.tag(), " ")
	if root != "ListBucketResult" || namespace != "" && namespace != `xmlns="http://s3.amazonaws.com/doc/2006-03-01/"` {
		return page{}, false
	}
	var p page
	for {
		switch name := x.tag(); name {
		case "/ListBucketResult":
			return p, p.sound && !x.bad
		case "Contents":
			p.objects = append(p.objects, x.object())
		case "CommonPrefixes":
			for name := x.tag(); name != "/CommonPrefixes"; name = x.tag() {
				if x.refuseUnless(name == "Prefix") {
					return page{}, false
				}
				p.folders = append(p.folders, x.value(name))
			}
		case "NextContinuationToken":
			p.next = x.value(name)
		case "IsTruncated":
			value := x.value(name)
			p.more = value == "true"
			x.refuseUnless(p.more || value == "false")
			p.sound = true
		case "Name", "Name/":
			p.sound = true
			x.value(name)
		case "KeyCount", "MaxKeys":
			_, err := strconv.ParseInt(x.value(name), 10, 32)
			x.refuseUnless(err == nil)
			p.sound = p.sound || name == "KeyCount"
		case "Prefix", "Prefix/", "Delimiter", "Delimiter/", "ContinuationToken", "ContinuationToken/", "StartAfter", "StartAfter/":
			x.value(name)
		default:
			return page{}, false
		}
		if x.bad {
			return page{}, false
		}
	}
}

// elements goes through XML without attributes, tag by tag.
type elements struct {
	rest []byte
	bad  bool // it is not as it was expected; tag returns "" from then on
}

func (x *elements) refuseUnless(ok bool) bool {
	x.bad = x.bad || !ok
	return x.bad
}

// tag returns what is between the next brackets; nothing but space may be before.
func (x *elements) tag() string {
	for len(x.rest) > 0 && (x.rest[0] == ' ' || x.rest[0] == '\n' || x.rest[0] == '\t') {
		x.rest = x.rest[1:]
	}
	end := bytes.IndexByte(x.rest, '>')
	if x.refuseUnless(end > 1 && x.rest[0] == '<') {
		return ""
	}
	name := x.rest[1:end]
	x.rest = x.rest[end+1:]
	return interned(name)
}

// text goes to the end of an element that has begun, and returns what is in it as it
// is written.
func (x *elements) text(name string) []byte {
	if strings.HasSuffix(name, "/") {
		return nil
	}
	end := bytes.IndexByte(x.rest, '<')
	if x.refuseUnless(end >= 0) {
		return nil
	}
	text, after := x.rest[:end], x.rest[end+1:]
	if x.refuseUnless(len(after) > len(name)+1 && after[0] == '/' && string(after[1:len(name)+1]) == name && after[len(name)+1] == '>') {
		return nil
	}
	x.rest = after[len(name)+2:]
	return text
}

// value is the text of an element that has begun.
func (x *elements) value(name string) string {
	text := x.text(name)
	if bytes.IndexByte(text, '&') < 0 {
		return string(text)
	}
	return x.unescaped(text)
}

// unescaped reads the entities that stand for one character of ASCII.
func (x *elements) unescaped(text []byte) string {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		if text[0] != '&' {
			out, text = append(out, text[0]), text[1:]
			continue
		}
		end := bytes.IndexByte(text[:min(len(text), 8)], ';')
		if x.refuseUnless(end > 0) {
			return ""
		}
		name := string(text[1:end])
		text = text[end+1:]
		c, known := entities[name]
		if digits, ok := strings.CutPrefix(name, "#"); ok {
			base := 10
			if hex, ok := strings.CutPrefix(digits, "x"); ok {
				digits, base = hex, 16
			}
			n, err := strconv.ParseUint(digits, base, 8)
			c, known = byte(n), err == nil && n >= ' ' && n < 0x7f
		}
		if x.refuseUnless(known) {
			return ""
		}
		out = append(out, c)
	}
	return string(out)
}

var entities = map[string]byte{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

// object reads what is said of an object.
func (x *elements) object() object {
	var o object
	for !x.bad {
		switch name := x.tag(); name {
		case "/Contents":
			return o
		case "Key":
			o.key = x.value(name)
		case "Size":
			n, err := strconv.ParseInt(x.value(name), 10, 64)
			x.refuseUnless(err == nil)
			o.size = n
		case "LastModified":
			t, err := smithytime.ParseDateTime(x.value(name))
			x.refuseUnless(err == nil)
			o.modified = t.UTC()
		case "ETag", "StorageClass", "ChecksumAlgorithm", "ChecksumType":
			x.pass(name)
		case "Owner":
			for name := x.tag(); name != "/Owner"; name = x.tag() {
				if x.refuseUnless(name == "ID" || name == "DisplayName") {
					break
				}
				x.pass(name)
			}
		default:
			x.refuseUnless(false)
		}
	}
	return o
}

// pass goes over an element that is not needed.
func (x *elements) pass(name string) {
	if text := x.text(name); bytes.IndexByte(text, '&') >= 0 {
		x.unescaped(text) // for what is wrong in it
	}
}

// interned is a name without a copy of it, when it is one that is known.
func interned(name []byte) string {
	if known, ok := names[string(name)]; ok {
		return known
	}
	return string(name)
}

var names = func() map[string]string {
	out := map[string]string{}
	for _, name := range []string{"Contents", "Key", "LastModified", "ETag", "Size", "StorageClass", "Owner", "ID", "DisplayName", "ChecksumAlgorithm", "ChecksumType", "CommonPrefixes", "Prefix"} {
		out[name], out["/"+name] = name, "/"+name
	}
	return out
}()
