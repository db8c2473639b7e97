package awsaccess

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/span"
)

// PublicKeys asks CloudTrail for the keys that it signed digests of a Region with
// over a span (ListPublicKeys, cloudtrail reference 4.4). They are AWS's and not of
// any account, so every access may fetch them that is allowed to. The error is a
// *live.Problem or that of ctx.
func (a Access) PublicKeys(ctx context.Context, c Caller, region string, when span.Span) (integrity.Keys, error) {
	a = a.In(region)
	doing := "fetching the public keys of CloudTrail in " + plain(region)
	client := cloudtrail.NewFromConfig(a.Config, func(o *cloudtrail.Options) { o.APIOptions = append(o.APIOptions, Watch(c.Progress)) })
	// The day around is for the keys' own bounds: whole days, as they are given out.
	start, end := when.From.Add(-24*time.Hour), when.To.Add(24*time.Hour)
	var keys integrity.Keys
	var token *string
	for {
		page, err := Call(ctx, c, func(ctx context.Context) (*cloudtrail.ListPublicKeysOutput, error) {
			out, err := client.ListPublicKeys(ctx, &cloudtrail.ListPublicKeysInput{StartTime: &start, EndTime: &end, NextToken: token})
			if err == nil && out.PublicKeyList == nil {
				return nil, Incomplete
			}
			return out, err
		})
		if ctx.Err() != nil {
			return integrity.Keys{}, ctx.Err()
		}
		if err != nil {
			return integrity.Keys{}, a.Explain(err, doing)
		}
		some, err := keysOf(page)
		if err != nil {
			return integrity.Keys{}, a.Explain(fmt.Errorf("%w: %w", Incomplete, err), doing)
		}
		keys.Add(some)
		if aws.ToString(page.NextToken) == "" {
			return keys, nil
		}
		if token != nil && *token == *page.NextToken {
			return integrity.Keys{}, a.Explain(Incomplete, doing)
		}
		token = page.NextToken
	}
}

// keysOf reads a page as integrity reads the printed list.
func keysOf(page *cloudtrail.ListPublicKeysOutput) (integrity.Keys, error) {
	type key struct {
		Value                              []byte // base64 in JSON
		Fingerprint                        string
		ValidityStartTime, ValidityEndTime *time.Time
	}
	printed := struct{ PublicKeyList []key }{PublicKeyList: []key{}}
	for _, k := range page.PublicKeyList {
		printed.PublicKeyList = append(printed.PublicKeyList, key{k.Value, aws.ToString(k.Fingerprint), k.ValidityStartTime, k.ValidityEndTime})
	}
	data, err := json.Marshal(printed)
	if err != nil {
		return integrity.Keys{}, err
	}
	return integrity.ParsePublicKeys(data)
}
