package delivery

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/integrity"
)

// KeysFile begins the name of the file, beside AWSLogs, that holds the public key
// as aws cloudtrail list-public-keys prints it, so that the folder can be verified
// as it is. The key's fingerprint follows, since a folder may hold the deliveries of
// several emulators.
const KeysFile = "list-public-keys"

// sign ends the window and signs what was delivered in it.
func (c *Courier) sign(end time.Time, sync bool) error {
	signer, err := c.withKey()
	if err != nil {
		return err
	}
	logs := make([]integrity.SignedLog, len(c.book.Files))
	for i, f := range c.book.Files {
		logs[i] = integrity.SignedLog{Object: f.Object, SHA256: [32]byte(f.SHA256), Oldest: f.Oldest, Newest: f.Newest}
	}
	signed, err := signer.Sign(c.book.Window, end, logs...)
	if err != nil {
		return err
	}
	before := c.book
	d := &digest{Object: signed.Object, Signature: signed.Signature, JSON: signed.JSON}
	c.book.Window, c.book.Files, c.book.Last = end, nil, d
	if err := c.save(); err != nil {
		c.book = before
		c.signer = nil // made again from the book
		return err
	}
	if err := c.writeDigest(d, sync); err != nil || !sync {
		return err
	}
	return c.save()
}

// withKey returns the signer, which goes on where the book ends.
func (c *Courier) withKey() (*integrity.Signer, error) {
	if c.signer == nil {
		key, err := c.key()
		if err != nil {
			return nil, fmt.Errorf("getting the key that digests are signed with: %w", err)
		}
		c.signer = integrity.NewSigner(key, c.trail.Account, c.trail.Region, c.trail.Name, c.trail.Bucket)
		if d := c.book.Last; d != nil {
			c.signer.Resume(integrity.SignedDigest{Object: d.Object, JSON: d.JSON, Signature: d.Signature})
		}
	}
	return c.signer, nil
}

// writeDigest writes a digest and its metadata, the metadata first, so that no
// digest is ever without.
func (c *Courier) writeDigest(d *digest, sync bool) error {
	if err := c.writeKeys(); err != nil {
		return err
	}
	signed := integrity.SignedDigest{Object: d.Object, JSON: d.JSON, Signature: d.Signature}
	metadata := map[string]string{}
	for name, value := range signed.Metadata() {
		metadata["x-amz-meta-"+name] = value
	}
	beside, err := json.Marshal(metadata)
	if err != nil {
		return err
	}
	if err := c.folder.write(d.Object+integrity.MetadataSuffix, append(beside, '\n'), sync); err != nil {
		return err
	}
	if err := c.folder.write(d.Object, packed(d.JSON), sync); err != nil {
		return err
	}
	d.Written = true
	return nil
}

// writeKeys puts the public keys beside the logs, once.
func (c *Courier) writeKeys() error {
	if c.keys {
		return nil
	}
	signer, err := c.withKey()
	if err != nil {
		return err
	}
	if err := c.folder.write(KeysFile+"-"+signer.Fingerprint()+".json", PublicKeys(signer, c.book.Window), true); err != nil {
		return err
	}
	c.keys = true
	return nil
}

// PublicKeys returns the signer's key as it lies beside the logs: valid from a
// day before the given time and for ten years, since it never changes.
func PublicKeys(signer *integrity.Signer, from time.Time) []byte {
	return signer.PublicKeys(from.AddDate(0, 0, -1), from.AddDate(10, 0, 0))
}
