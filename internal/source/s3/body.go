package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/inflate"
	"github.com/scimtrail/scimtrail/internal/live"
)

// answer is an object, or a part of it, that is about to be read.
type answer struct {
	body     io.ReadCloser
	length   int64 // -1 when it is not said
	etag     string
	part     string // the Content-Range
	metadata map[string]string
}

// get asks for an object from a byte on: not another version of it once some of
// it was read. whole says that the answer begins at the first byte all the same.
func (b *bucket) get(ctx context.Context, key, etag string, from int64) (out answer, whole bool, err error) {
	part, match := "", ""
	if from > 0 {
		part, match = fmt.Sprintf("bytes=%d-", from), etag
	}
	if out, err = b.object(ctx, key, part, match); err != nil {
		return answer{}, false, err
	}
	return out, from > 0 && !strings.HasPrefix(out.part, fmt.Sprintf("bytes %d-", from)), nil
}

// object asks for an object, or a range of it if it still is the one that has this
// ETag: on the shortcut once there is one.
func (b *bucket) object(ctx context.Context, key, part, match string) (answer, error) {
	short := b.short.Load()
	if short == nil {
		lesson := new(learner)
		out, err := b.slowly(ctx, key, part, match, lesson.attend)
		if err == nil {
			b.short.Store(lesson.shortcut(ctx, key))
		}
		return out, err
	}
	response, ok, instead := short.get(ctx, key, part, match)
	if ok {
		return answerOf(response), nil
	}
	return b.slowly(ctx, key, part, match, instead)
}

// slowly is object by the SDK.
func (b *bucket) slowly(ctx context.Context, key, part, match string, how func(*api.Options)) (answer, error) {
	in := &api.GetObjectInput{Bucket: &b.name, Key: &key}
	if part != "" {
		in.Range = &part
	}
	if match != "" {
		in.IfMatch = &match
	}
	out, err := b.client.GetObject(ctx, in, b.options, how)
	if err != nil {
		return answer{}, err
	}
	a := answer{body: out.Body, length: -1, etag: aws.ToString(out.ETag), part: aws.ToString(out.ContentRange), metadata: out.Metadata}
	if out.ContentLength != nil {
		a.length = *out.ContentLength
	}
	return a, nil
}

// answerOf reads the head of an answer as the SDK does.
func answerOf(r *http.Response) answer {
	a := answer{body: r.Body, length: r.ContentLength, etag: r.Header.Get("Etag"), part: r.Header.Get("Content-Range")}
	const meta = "X-Amz-Meta-"
	for name, values := range r.Header {
		if strings.HasPrefix(name, meta) {
			if a.metadata == nil {
				a.metadata = map[string]string{}
			}
			a.metadata[strings.ToLower(name[len(meta):])] = strings.TrimSpace(values[0])
		}
	}
	return a
}

// changed reports whether an object is no longer what was read of it.
func changed(err error) bool {
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && (response.HTTPStatusCode() == http.StatusPreconditionFailed || response.HTTPStatusCode() == http.StatusRequestedRangeNotSatisfiable)
}

// broken is the error of a body that ended early or failed; it is tried again.
func broken(err error) error {
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the object broke off: %w", errors.Join(err, awsaccess.Incomplete))
}

// load reads an object whole into buf, which may be grown, and its metadata. What
// arrived of a body that breaks off is kept, and only the rest asked for again;
// nothing is handed on before all of it is there.
func (b *bucket) load(ctx context.Context, o object, buf []byte) ([]byte, map[string]string, error) {
	buf = slices.Grow(buf[:0], int(o.size)+1)
	etag := ""
	metadata, err := ask(ctx, b, func(ctx context.Context) (map[string]string, error) {
		out, whole, err := b.get(ctx, o.key, etag, int64(len(buf)))
		if err != nil {
			if changed(err) && len(buf) > 0 {
				buf, etag = buf[:0], ""
				return nil, broken(err)
			}
			return nil, err
		}
		defer out.body.Close()
		if whole {
			buf = buf[:0]
		}
		etag = out.etag
		want := int64(-1)
		if out.length >= 0 {
			want = int64(len(buf)) + out.length
		}
		for {
			if want >= 0 && int64(len(buf)) == want {
				return out.metadata, nil
			}
			buf = slices.Grow(buf, 1)
			n, err := out.body.Read(buf[len(buf):cap(buf)])
			buf = buf[:len(buf)+n]
			b.caller.Progress.Bytes.Add(int64(n))
			switch {
			case want >= 0 && int64(len(buf)) >= want:
			case err == io.EOF && want < 0:
				return out.metadata, nil
			case err != nil:
				return nil, broken(err)
			}
		}
	})
	return buf, metadata, err
}

// stream reads an object that is too large to be held, in constant memory. A body
// that breaks off is asked for again from where it did.
type stream struct {
	ctx  context.Context
	b    *bucket
	o    object
	body io.ReadCloser
	etag string
	off  int64
	fail int // since something was read
}

// open returns a reader of the whole object; its error is that of the call.
func (b *bucket) open(ctx context.Context, o object) (*stream, error) {
	s := &stream{ctx: ctx, b: b, o: o}
	return s, s.ask()
}

func (s *stream) ask() error {
	b := *s.b
	b.caller.Limit = 0 // the body is read later
	body, err := ask(s.ctx, &b, func(ctx context.Context) (io.ReadCloser, error) {
		out, whole, err := b.get(ctx, s.o.key, s.etag, s.off)
		if err != nil {
			return nil, err
		}
		if whole {
			if _, err := io.CopyN(io.Discard, out.body, s.off); err != nil {
				out.body.Close()
				return nil, broken(err)
			}
		}
		s.etag = out.etag
		return out.body, nil
	})
	if err != nil && changed(err) {
		return errors.New("the object was changed while it was read")
	}
	s.body = body
	return err
}

// patience is how often in a row a body may break off before anything arrived.
const patience = 8

func (s *stream) Read(p []byte) (int, error) {
	for {
		if s.off >= s.o.size {
			return 0, io.EOF
		}
		if s.body == nil {
			if err := s.ask(); err != nil {
				return 0, err
			}
		}
		n, err := s.body.Read(p[:min(int64(len(p)), s.o.size-s.off)])
		s.off += int64(n)
		s.b.caller.Progress.Bytes.Add(int64(n))
		if n > 0 {
			s.fail = 0
			return n, nil // an error comes again, or the body is asked for anew
		}
		if err == nil {
			continue
		}
		s.body.Close()
		s.body = nil
		if s.fail++; s.fail > patience || s.ctx.Err() != nil {
			return 0, errors.Join(broken(err), s.ctx.Err())
		}
		s.b.caller.Progress.Retries.Add(1)
		sleep := s.b.caller.Sleep
		if sleep == nil {
			sleep = live.Sleep
		}
		if err := sleep(s.ctx, s.b.caller.Backoff.After(s.fail)); err != nil {
			return 0, err
		}
	}
}

// Close ends the answer that is being read.
func (s *stream) Close() error {
	if s.body == nil {
		return nil
	}
	return s.body.Close()
}

// content reads an object whole, unpacked; for a few small ones.
func (s *Source) content(ctx context.Context, o object) (io.Reader, error) {
	stored, _, err := s.b.load(ctx, o, nil)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(stored, []byte{0x1f, 0x8b}) {
		return bytes.NewReader(stored), nil
	}
	z := inflate.NewStream()
	z.Reset(stored, s.o.Limits.OrDefaults().Stream)
	return z, nil
}
