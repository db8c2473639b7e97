package s3_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/source/s3"
)

// answering is an HTTP client that always has the same answer.
type answering string

func (a answering) Do(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(a)))}, nil
}

// bySDK is a page as the SDK reads it.
func bySDK(t *testing.T, body string) (s3.Page, error) {
	t.Helper()
	client := api.New(api.Options{
		Region: "us-east-1", HTTPClient: answering(body), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "very-secret-key", ""),
	})
	out, err := client.ListObjectsV2(t.Context(), &api.ListObjectsV2Input{Bucket: aws.String("org-trail-logs")})
	if err != nil {
		return s3.Page{}, err
	}
	return s3.PageOf(out), nil
}

var samePage = cmp.AllowUnexported(s3.Page{}, s3.Object{})

const opening = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`

// Listings as servers write them, and what else there may be.
var listings = []struct {
	name  string
	body  string
	taken bool // without the SDK
}{
	{"of S3", opening + `<Name>org-trail-logs</Name><Prefix>AWSLogs/</Prefix><StartAfter>AWSLogs/1</StartAfter><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>true</IsTruncated><Contents><Key>AWSLogs/a&amp;b.json.gz</Key><LastModified>2025-10-12T17:50:30.000Z</LastModified><ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>434234</Size><StorageClass>STANDARD</StorageClass></Contents><Contents><Key>AWSLogs/c.json.gz</Key><LastModified>2025-10-13T07:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag><Size>0</Size><StorageClass>GLACIER</StorageClass></Contents></ListBucketResult>`, true},
	{"of folders", opening + `<Name>b</Name><Prefix></Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes></ListBucketResult>`, true},
	{"with owners and space between", opening + "\n  <Name>b</Name>\n  <Prefix/>\n <IsTruncated>false</IsTruncated>\n <Contents>\n\t<Key>k</Key>\n<LastModified>2025-10-12T17:50:30Z</LastModified><Size>1</Size><Owner><ID>75aa</ID><DisplayName>ana &#38; bo</DisplayName></Owner></Contents>\n</ListBucketResult>\n", true},
	{"without a beginning or a namespace", `<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>`, true},
	{"with a key that has everything in it", opening + `<Name>b</Name><Contents><Key>&lt;&gt;&apos;&#x41;&#65;]&gt;&amp;amp;</Key></Contents></ListBucketResult>`, true},
	{"of a key beyond ASCII", opening + `<Name>b</Name><Contents><Key>ü</Key></Contents></ListBucketResult>`, false},
	{"of a key with a newline", opening + `<Name>b</Name><Contents><Key>a&#10;b</Key></Contents></ListBucketResult>`, false},
	{"with a name of its own", opening + `<Name>b</Name><Mood>good</Mood></ListBucketResult>`, false},
	{"with other letters", opening + `<Name>b</Name><contents><key>k</key></contents></ListBucketResult>`, false},
	{"with a comment", opening + `<Name>b</Name><!-- <Contents> --></ListBucketResult>`, false},
	{"with attributes", opening + `<Name a="&gt;">b</Name></ListBucketResult>`, false},
	{"with CDATA", opening + `<Name>b</Name><Contents><Key><![CDATA[<k>]]></Key></Contents></ListBucketResult>`, false},
	{"with an entity of its own", `<!DOCTYPE x [<!ENTITY k "v">]>` + `<ListBucketResult><Name>&k;</Name></ListBucketResult>`, false},
	{"that breaks off", opening + `<Name>b</Name><Contents><Key>k</Key>`, false},
	{"that breaks off after a page", opening + `<Name>b</Name><Contents><Key>k</Key></Contents>`, false},
	{"that says nothing", opening + `</ListBucketResult>`, false},
	{"with a size that is none", opening + `<Name>b</Name><Contents><Key>k</Key><Size>many</Size></Contents></ListBucketResult>`, false},
	{"of another time", opening + `<Name>b</Name><Contents><Key>k</Key><LastModified>yesterday</LastModified></Contents></ListBucketResult>`, false},
	{"of something else", `<Error><Code>InternalError</Code></Error>`, false},
	{"of nothing", ``, false},
}

func TestListingsAreReadAsTheSDKReadsThem(t *testing.T) {
	t.Parallel()
	for _, tt := range listings {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := s3.ReadPage([]byte(tt.body))
			if ok != tt.taken {
				t.Fatalf("taken: %v", ok)
			}
			if want, err := bySDK(t, tt.body); ok && (err != nil || !cmp.Equal(want, got, samePage)) {
				t.Errorf("error of the SDK %v (-SDK +ours):\n%s", err, cmp.Diff(want, got, samePage))
			}
		})
	}
}

func FuzzListing(f *testing.F) {
	for _, l := range listings {
		f.Add(l.body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, ok := s3.ReadPage([]byte(body))
		if !ok {
			return
		}
		if want, err := bySDK(t, body); err != nil || !cmp.Equal(want, got, samePage) {
			t.Errorf("error of the SDK %v (-SDK +ours):\n%s", err, cmp.Diff(want, got, samePage))
		}
	})
}

// TestAListingThatIsNotTakenIsReadByTheSDK: nothing of it is lost on the way.
func TestAListingThatIsNotTakenIsReadByTheSDK(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "copies/ü.json", `{"Groups":[{"GroupId":"94482488-3041-7075-5f1c-1ab2c3d4e5f6","DisplayName":"admins","IdentityStoreId":"d-9a67000001"}]}`)
	shelf := newShelf(t, root)
	o := options(t, shelf)
	if c := mustGather(t, o); len(c.Snapshots) != 1 || shelf.got["copies/ü.json"] != 1 {
		t.Errorf("%d snapshots; fetched: %v", len(c.Snapshots), shelf.got)
	}
}

func BenchmarkReadPage(b *testing.B) {
	var page strings.Builder
	page.WriteString(opening + `<Name>b</Name><IsTruncated>false</IsTruncated>`)
	for range 1000 {
		page.WriteString(`<Contents><Key>AWSLogs/111122223333/CloudTrail/us-east-2/2025/10/12/111122223333_CloudTrail_us-east-2_20251012T1750Z_abcdefghijklmnop.json.gz</Key><LastModified>` +
			time.Unix(1760000000, 0).UTC().Format(time.RFC3339Nano) + `</LastModified><ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>4342</Size><StorageClass>STANDARD</StorageClass></Contents>`)
	}
	page.WriteString(`</ListBucketResult>`)
	data := []byte(page.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if p, ok := s3.ReadPage(data); !ok || len(data) == 0 {
			b.Fatal(p)
		}
	}
}
