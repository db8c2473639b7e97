package integrity_test

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"testing/fstest"
	"time"

	"github.com/scimtrail/scimtrail/internal/integrity"
)

// A folder holds one digest, its metadata, the public keys, and only one of the
// two log files that the digest lists.
func ExampleVerify() {
	ctx := context.Background()
	text, _ := os.ReadFile("testdata/test-only-key.pem")
	block, _ := pem.Decode(text)
	key, _ := x509.ParsePKCS8PrivateKey(block.Bytes)

	at := time.Date(2025, 11, 14, 10, 0, 0, 0, time.UTC)
	signer := integrity.NewSigner(key.(*rsa.PrivateKey), "111122223333", "us-east-2", "main", "example-bucket")
	kept, lost := signer.LogKey(at.Add(5*time.Minute), "aaaaaaaaaaaaaaaa"), signer.LogKey(at.Add(10*time.Minute), "bbbbbbbbbbbbbbbb")
	content := []byte(`{"Records":[]}`)
	digest, _ := signer.Sign(at, at.Add(time.Hour), integrity.LogOf(kept, content, at, at), integrity.LogOf(lost, content, at, at))
	folder := fstest.MapFS{
		"keys.json":   {Data: signer.PublicKeys(at.AddDate(0, -1, 0), at.AddDate(0, 1, 0))},
		digest.Object: {Data: digest.Gzip()},
		digest.Object + integrity.HeadObjectSuffix: {Data: digest.HeadObject()},
		kept: {Data: content},
	}

	inventory, err := integrity.Gather(ctx, folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := integrity.Verify(ctx, inventory, integrity.NewFolder(folder), integrity.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("tampered:", report.Tampered())
	for _, f := range report.Findings {
		fmt.Printf("%s: %s\n", f.Kind, f.Message)
	}
	// Output:
	// tampered: true
	// log-missing: This log file is listed in a signed digest and is not here: it was deleted or not copied.
}
