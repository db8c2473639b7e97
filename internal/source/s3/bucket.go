package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
)

// bucket makes the calls. It may be used by goroutines.
type bucket struct {
	client Client
	name   string
	caller awsaccess.Caller
	*learned
}

// learned is what answers told.
type learned struct {
	region atomic.Pointer[string] // where S3 says that the bucket is, when it is not where it was asked for
	short  atomic.Pointer[shortcut]
}

// object is what a listing says of an object.
type object struct {
	key      string
	size     int64
	modified time.Time
}

func (b *bucket) path(key string) string { return "s3://" + b.name + "/" + key }

// options are those of every call: it is made once, since package awsaccess
// repeats it, and the checksum of an object is not asked for, since gzip has one.
func (b *bucket) options(o *api.Options) {
	o.Retryer = aws.NopRetryer{}
	o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	if region := b.region.Load(); region != nil {
		o.Region = *region
	}
}

// ask makes a call, in the Region that the bucket turns out to be in.
func ask[T any](ctx context.Context, b *bucket, do func(context.Context) (T, error)) (T, error) {
	return awsaccess.Call(ctx, b.caller, func(ctx context.Context) (T, error) {
		out, err := do(ctx)
		if err != nil && b.moved(err) {
			out, err = do(ctx)
		}
		return out, err
	})
}

// moved notes the Region that S3 sends a caller to, and reports whether it is
// another one than was asked. Then S3 answers 301 or 400 with this header
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html).
func (b *bucket) moved(err error) bool {
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok || response.Response == nil {
		return false
	}
	switch response.HTTPStatusCode() {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusBadRequest:
	default:
		return false
	}
	region := response.Response.Header.Get("X-Amz-Bucket-Region")
	if !regionForm(region) {
		return false
	}
	before := b.region.Swap(&region)
	b.short.Store(nil)
	return before == nil || *before != region
}

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

// list returns one page. With a token, after counts for nothing.
func (b *bucket) list(ctx context.Context, prefix, delimiter, after, token string) (page, error) {
	in := &api.ListObjectsV2Input{Bucket: &b.name}
	for _, f := range []struct {
		to   **string
		from string
	}{{&in.Prefix, prefix}, {&in.Delimiter, delimiter}, {&in.StartAfter, after}, {&in.ContinuationToken, token}} {
		if f.from != "" {
			*f.to = &f.from
		}
	}
	if token != "" {
		in.StartAfter = nil
	}
	return ask(ctx, b, func(ctx context.Context) (page, error) {
		out, err := b.client.ListObjectsV2(ctx, in, b.options)
		if err != nil {
			return page{}, err
		}
		p := pageOf(out)
		switch {
		case p.more && (p.next == "" || p.next == token), !p.sound:
			return page{}, fmt.Errorf("listing: %w", awsaccess.Incomplete)
		case !p.more:
			p.next = ""
		}
		foreign := func(name string) bool { return !strings.HasPrefix(name, prefix) }
		if slices.ContainsFunc(p.folders, foreign) || slices.ContainsFunc(p.objects, func(o object) bool { return foreign(o.key) }) {
			return page{}, fmt.Errorf("listing: %w", awsaccess.Incomplete)
		}
		return p, nil
	})
}

// folders returns the folders directly in a folder.
func (b *bucket) folders(ctx context.Context, prefix string) ([]string, error) {
	var out []string
	for token := ""; ; {
		p, err := b.list(ctx, prefix, "/", "", token)
		if err != nil {
			return nil, err
		}
		out = append(out, p.folders...)
		if token = p.next; token == "" {
			return out, nil
		}
	}
}
