package story

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/scimtrail/scimtrail/internal/integrity"
)

// signingKey is the key of the invented trail that signs the digests of
// stories. It protects nothing.
//
//go:embed signing-key.pem
var signingKey []byte

var loadKey = sync.OnceValues(func() (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(signingKey)
	if block == nil {
		return nil, fmt.Errorf("the signing key of stories is no PEM")
	}
	return x509.ParsePKCS1PrivateKey(block.Bytes)
})

// Each log file holds events from noiseBefore before its delivery on; the last
// one that digests sign is delivered beforeTheEnd before theirs.
const (
	noiseBefore  = 6 * time.Minute
	beforeTheEnd = 5 * time.Minute
)

const trail, bucket = "org-trail", "example-trail-logs"

// delivery is one log file of a tree.
type delivery struct {
	at      time.Time
	records []logged
}

// tree writes log files in the layout of CloudTrail's bucket (cloudtrail
// reference 4.1): one a day, one for each moment at which a record of the story
// was delivered, and records of other services in each.
func (x *expansion) tree(c *collection) error {
	key, err := loadKey()
	if err != nil {
		return err
	}
	signer := integrity.NewSigner(key, c.account, c.region, trail, bucket)
	signer.Organization = c.org
	logs := map[time.Time][]integrity.SignedLog{} // by the hour in which they were delivered
	for _, d := range x.deliveries(c) {
		if c.doubled {
			d.records = append(d.records, d.records...)
		}
		path := signer.LogKey(d.at, strings.ToUpper(digest("log", c.account, c.region, stamp(d.at))[:16]))
		data := logFile(d.records)
		byTime := func(a, b logged) int { return a.time.Compare(b.time) }
		oldest, newest := slices.MinFunc(d.records, byTime), slices.MaxFunc(d.records, byTime)
		hour := d.at.Truncate(time.Hour)
		logs[hour] = append(logs[hour], integrity.LogOf(path, data, oldest.time, newest.time))
		has := func(t time.Time) bool {
			return !t.IsZero() && slices.ContainsFunc(d.records, func(r logged) bool { return r.time.Equal(t) })
		}
		if has(c.missing) {
			continue
		}
		if has(c.tampered) {
			// Somebody took the last record out.
			kept := slices.DeleteFunc(slices.Clone(d.records), func(r logged) bool { return r.time.Equal(c.tampered) })
			data = logFile(kept)
		}
		zipped := compress(data)
		if c.cut && d.at.Equal(c.to) {
			zipped = zipped[:len(zipped)-10]
		}
		x.put(path, zipped, d.at)
	}
	if c.channel != "digests" {
		return nil
	}
	for start := c.from.Truncate(time.Hour); start.Before(c.to); start = start.Add(time.Hour) {
		d, err := signer.Sign(start, start.Add(time.Hour), logs[start]...)
		if err != nil {
			return err
		}
		x.put(d.Object, compress(d.JSON), start.Add(time.Hour))
		if !start.Add(time.Hour).Before(c.to) {
			x.put(d.Object+integrity.MetadataSuffix, d.HeadObject(), start.Add(time.Hour))
		}
	}
	x.put("public-keys-"+c.account+"-"+c.region+".json", signer.PublicKeys(c.from.AddDate(0, -1, 0), c.to.AddDate(0, 1, 0)), c.to)
	return nil
}

// deliveries are the log files of a tree, by time, each with something in it.
func (x *expansion) deliveries(c *collection) []delivery {
	by := map[time.Time][]logged{}
	for at := c.from; at.Before(c.to); at = at.Add(24 * time.Hour) {
		by[at] = nil
	}
	if c.channel == "digests" {
		by[c.to.Add(-beforeTheEnd)] = nil // what is delivered at the end is in the next digest
	} else {
		by[c.to] = nil
	}
	for _, rec := range x.records {
		if at := rec.delivered; c.holds(rec, "") {
			by[at] = append(by[at], rec)
		}
	}
	var out []delivery
	for at, records := range by {
		records = append(records, noise(c.account, c.region, at.Add(-noiseBefore), 2)...)
		slices.SortStableFunc(records, func(a, b logged) int { return a.time.Compare(b.time) })
		if c.shuffled {
			records = (&collection{shuffled: true}).arrange(records)
		}
		out = append(out, delivery{at, records})
	}
	slices.SortFunc(out, func(a, b delivery) int { return a.at.Compare(b.at) })
	return out
}

// compress has no time and no name in its header, so the same data gives the
// same bytes.
func compress(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a bytes.Buffer does not fail
	_ = z.Close()
	return b.Bytes()
}
