package scan_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/scimtrail/scimtrail/internal/scan"
)

// BenchmarkRecords reads a log of 50 MB in which one record in a hundred
// concerns identities.
func BenchmarkRecords(b *testing.B) {
	log := benchmarkLog()
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scan.Records(bytes.NewReader(log), scan.Limits{}, func(scan.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLogs reads the same.
func BenchmarkLogs(b *testing.B) {
	log := benchmarkLog()
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	logs := scan.NewLogs()
	for b.Loop() {
		if _, err := logs.Read(bytes.NewReader(log), scan.Limits{}, func(scan.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkLog() []byte {
	var log bytes.Buffer
	log.WriteString(`{"Records":[`)
	for i := 0; log.Len() < 50<<20; i++ {
		source, name := ec2, "DescribeInstances"
		if i%100 == 0 {
			source, name = scim, "PatchGroup"
		}
		if i > 0 {
			log.WriteByte(',')
		}
		fmt.Fprintf(&log, `{"eventVersion":"1.10","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE:worker","arn":"arn:aws:sts::111122223333:assumed-role/worker/worker","accountId":"111122223333","accessKeyId":"ASIAEXAMPLEEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE","arn":"arn:aws:iam::111122223333:role/worker","accountId":"111122223333","userName":"worker"},"attributes":{"creationDate":"2025-10-02T08:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2025-10-02T09:%02d:%02dZ","eventSource":%q,"eventName":%q,"awsRegion":"us-east-2","sourceIPAddress":"192.0.2.10","userAgent":"aws-sdk-go-v2/1.30.4 os/linux lang/go#1.22.7 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.1","requestParameters":{"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"node-%d"}]}}]},"maxResults":1000},"responseElements":null,"requestID":"00000000-0000-4000-8000-%012d","eventID":"00000000-0000-4000-9000-%012d","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"ec2.us-east-2.amazonaws.com"}}`,
			i/60%60, i%60, source, name, i, i, i)
	}
	log.WriteString(`]}`)
	return log.Bytes()
}
