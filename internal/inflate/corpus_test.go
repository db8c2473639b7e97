package inflate_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
)

// The corpus of the benchmarks and of many tests: text like a CloudTrail log, of
// invented accounts and documentation addresses. What repeats in a real log
// repeats here (names of fields, roles, agents), what is random there is random
// here (ids, keys, request ids), so that gzip makes about a tenth of it.

var corpusAgents = []string{
	"aws-sdk-go-v2/1.30.4 ua/2.0 os/linux lang/go#1.22.7 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.177.0",
	"Boto3/1.34.131 md/Botocore#1.34.131 ua/2.0 os/linux#5.10.219 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard Botocore/1.34.131",
	"aws-cli/2.17.18 md/awscrt#0.20.11 ua/2.0 os/macos#23.5.0 md/arch#arm64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/command#identitystore.list-users",
	"APN/1.0 HashiCorp/1.0 Terraform/1.9.2 (+https://www.terraform.io) terraform-provider-aws/5.58.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.1",
	"autoscaling.amazonaws.com", "AWS Internal", "lambda.amazonaws.com", "Okta-Integrations/1.0",
}

var corpusCalls = []struct{ source, name, params string }{
	{"ec2", "DescribeInstances", `{"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"node-%[1]d"}]}}]},"maxResults":1000}`},
	{"ec2", "DescribeNetworkInterfaces", `{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"eni-%017[1]x"}]},"filterSet":{}}`},
	{"sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/service-%[2]d","roleSessionName":"session-%[1]d","durationSeconds":3600}`},
	{"kms", "Decrypt", `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::example-data-%[2]d/part-%08[1]x.parquet"}}`},
	{"s3", "GetBucketAcl", `{"bucketName":"example-data-%[2]d","Host":"example-data-%[2]d.s3.us-east-1.amazonaws.com","acl":""}`},
	{"logs", "CreateLogStream", `{"logGroupName":"/aws/lambda/function-%[2]d","logStreamName":"2025/10/02/[$LATEST]%032[1]x"}`},
	{"dynamodb", "DescribeTable", `{"tableName":"example-table-%[2]d"}`},
	{"identitystore-scim", "PatchGroup", `{"id":"%08[1]x-7091-4000-8000-%012[1]x","operations":[{"op":"add","path":"members","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]}`},
}

// corpusUUID writes a random UUID.
func corpusUUID(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

// corpusLog writes a log of at least size bytes, the same for the same seed.
func corpusLog(seed uint64, size int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	key := func(prefix string) string {
		b := []byte(prefix)
		for range 16 {
			b = append(b, letters[r.IntN(32)])
		}
		return string(b)
	}
	type caller struct{ role, id, session, ip, account string }
	callers := make([]caller, 24)
	for i := range callers {
		callers[i] = caller{fmt.Sprintf("service-%d", r.IntN(40)), key("AROA"), fmt.Sprintf("i-%017x", r.Uint64()>>8), fmt.Sprintf("198.51.100.%d", r.IntN(256)), []string{"111122223333", "444455556666"}[i%2]}
	}
	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	second := r.IntN(80000)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		c, call := callers[min(r.IntN(24), r.IntN(24))], corpusCalls[min(r.IntN(8), r.IntN(8))]
		if r.IntN(3) == 0 {
			second++
		}
		stamp := fmt.Sprintf("2025-10-02T%02d:%02d:%02dZ", second/3600%24, second/60%60, second%60)
		made := second - r.IntN(3600)
		fmt.Fprintf(&b, `{"eventVersion":"1.10","userIdentity":{"type":"AssumedRole","principalId":"%s:%s","arn":"arn:aws:sts::%s:assumed-role/%s/%s","accountId":"%s","accessKeyId":"%s","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"%s","arn":"arn:aws:iam::%s:role/%s","accountId":"%s","userName":"%s"},"attributes":{"creationDate":"2025-10-02T%02d:%02d:%02dZ","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}},`,
			c.id, c.session, c.account, c.role, c.session, c.account, key("ASIA"), c.id, c.account, c.role, c.account, c.role, made/3600%24, made/60%60, max(made, 0)%60)
		fmt.Fprintf(&b, `"eventTime":"%s","eventSource":"%s.amazonaws.com","eventName":"%s","awsRegion":"us-east-1","sourceIPAddress":"%s","userAgent":"%s","requestParameters":`,
			stamp, call.source, call.name, c.ip, corpusAgents[min(r.IntN(8), r.IntN(8))])
		fmt.Fprintf(&b, call.params, r.Uint32(), r.IntN(50))
		fmt.Fprintf(&b, `,"responseElements":null,"requestID":"%s","eventID":"%s","readOnly":%t,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"%s","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"%s.us-east-1.amazonaws.com"}}`,
			corpusUUID(r), corpusUUID(r), r.IntN(4) != 0, c.account, call.source)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// gzipped compresses at a level of the standard library.
func gzipped(data []byte, level int) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
