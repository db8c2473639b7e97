package s3

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	api "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/intake"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/scan"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Client is what is asked of S3; *s3.Client of the SDK is one.
type Client interface {
	ListObjectsV2(context.Context, *api.ListObjectsV2Input, ...func(*api.Options)) (*api.ListObjectsV2Output, error)
	GetObject(context.Context, *api.GetObjectInput, ...func(*api.Options)) (*api.GetObjectOutput, error)
}

// Lag is how much of the newest time is not claimed, since its events may not be
// delivered yet: CloudTrail delivers about every 5 minutes, on average within as
// many, and promises nothing (cloudtrail reference 4.2).
const Lag = 15 * time.Minute

// Options says what is fetched, and how.
type Options struct {
	Client Client
	Bucket string
	Prefix string // a folder, or the beginning of names
	Query  live.Query
	// AllRegions reads every account and Region that lies there. A Place in the
	// Query narrows all the same.
	AllRegions bool
	// Home, when not nil, tells where Identity Center is: its own account, and the
	// accounts that may administer it, in one Region. An error or no place at all
	// leaves it to a sample of the newest files.
	Home func(context.Context) ([]casefile.Place, error)

	// Verify checks the signed digests on the way: what they vouch for is proven.
	Verify bool
	// Keys returns the public keys of a Region for a time, as CloudTrail's
	// ListPublicKeys gives them; nil when nobody can.
	Keys func(ctx context.Context, region string, when span.Span) (integrity.Keys, error)

	// Custody hashes every object and lists it among the inputs; then memory grows
	// with their number.
	Custody bool
	Limits  scan.Limits

	// Caller is how patiently calls are made; its Progress is that of the Query.
	Caller awsaccess.Caller
	// Explain says what an error means; awsaccess.Explain when nil.
	Explain func(err error, doing string) *live.Problem

	// Parallel is how many objects are downloaded at once; 64 when 0. Memory bounds
	// what they hold together, in bytes; 48 MB when 0.
	Parallel int
	Memory   int64
	// Portion is after how many objects the journal is kept; 2048 when 0.
	Portion int
}

// Source is a bucket, or what has a prefix in it.
type Source struct {
	o Options
	b *bucket
}

var _ live.Source = (*Source)(nil)

// New returns the source of a bucket. It calls nothing yet. Query.User and
// Query.Group do not narrow it: a log is read whole.
func New(o Options) *Source {
	if o.Explain == nil {
		o.Explain = awsaccess.Explain
	}
	if o.Parallel <= 0 {
		o.Parallel = 64
	}
	if o.Memory <= 0 {
		o.Memory = 48 << 20
	}
	if o.Portion <= 0 {
		o.Portion = 2048
	}
	if o.Query.Progress == nil {
		o.Query.Progress = new(live.Progress)
	}
	o.Prefix = strings.TrimLeft(o.Prefix, "/")
	o.Caller.Progress = o.Query.Progress
	return &Source{o: o, b: &bucket{client: o.Client, name: o.Bucket, caller: o.Caller, learned: new(learned)}}
}

// The rules of names of buckets, somewhat widened for what is compatible with S3
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html),
// and access points by their ARN or alias.
var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$`)

// ParseName reads s3://BUCKET/PREFIX. Its error says what the form is.
func ParseName(name string) (bucket, prefix string, err error) {
	rest, ok := strings.CutPrefix(name, "s3://")
	bucket, prefix, _ = strings.Cut(rest, "/")
	switch {
	case !ok || !bucketForm.MatchString(bucket):
		return "", "", fmt.Errorf("%q is not of the form s3://BUCKET/PREFIX, such as s3://org-trail-logs/AWSLogs", name)
	case len(prefix) > 1024:
		return "", "", fmt.Errorf("%.60q... is longer than a name in S3 can be", name)
	}
	return bucket, strings.TrimLeft(prefix, "/"), nil
}

// name is the source as in --from.
func (s *Source) name() string { return s.shown(s.o.Prefix) }

// shown is the path of a key for a sentence: keys are what anybody wrote who may
// write to the bucket.
func (s *Source) shown(key string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s.b.path(key))
}

// only is what is asked about, up to the time of which everything can have been
// delivered.
func (s *Source) only() intake.Only {
	only := intake.Only{Account: s.o.Query.Place.Account, Region: s.o.Query.Place.Region, Span: s.o.Query.Span}
	only.Span.To = s.o.Query.Until()
	if newest := s.o.Query.Clock().Add(-Lag); newest.Before(only.Span.To) {
		only.Span.To = newest
	}
	return only
}

// problem explains an error of a call; the errors of ctx stay what they are.
func (s *Source) problem(ctx context.Context, err error, doing string) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.o.Explain(err, doing)
}
