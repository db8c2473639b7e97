package awsaccess

import (
	"context"
	"io"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/scimtrail/scimtrail/internal/live"
)

// mostAnswer is how large an answer of a JSON service may be. A page of
// LookupEvents, the largest, holds 50 records of 256 KB (cloudtrail reference 1.3).
const mostAnswer = 64 << 20

// Watch is an option for a client of a JSON or XML service, in its APIOptions: it
// counts the bytes of answers, and ends one that never ends. It is not for S3,
// whose bodies are as large as their objects.
func Watch(p *live.Progress) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("scimtrail:Watch", func(
			ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
		) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleDeserialize(ctx, in)
			if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response.Body != nil {
				response.Body = &watched{body: response.Body, left: mostAnswer, progress: p}
			}
			return out, meta, err
		}), middleware.After)
	}
}

type watched struct {
	body     io.ReadCloser
	left     int
	progress *live.Progress
}

func (w *watched) Read(b []byte) (int, error) {
	if w.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := w.body.Read(b[:min(len(b), w.left)])
	w.left -= n
	if w.progress != nil {
		w.progress.Bytes.Add(int64(n))
	}
	return n, err
}

func (w *watched) Close() error { return w.body.Close() }
