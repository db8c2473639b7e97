package delivery

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
)

// largest bounds the content of a log file, below CloudTrail's 50 MB
// (cloudtrail reference 4.2).
const largest = 32 << 20

// deliver makes log files, at the given time, of the records that take takes and
// of those held back until then.
func (c *Courier) deliver(ctx context.Context, at time.Time, take func(Item) bool) error {
	if err := c.release(at); err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		from := c.book.Delivered + 1
		data, file, err := c.gather(from, take, false)
		if err != nil {
			return err
		}
		if data == nil {
			break
		}
		c.book.Delivered = file.To
		switch {
		case share(c.faults.Dropped):
		case c.faults.Late > 0:
			c.book.Held = append(c.book.Held, heldBatch{From: file.From, To: file.To, Due: at.Add(c.faults.Late)})
		default:
			err = c.add(at, data, file)
			if err == nil && share(c.faults.Doubled) {
				err = c.add(at, data, file)
			}
		}
		if err != nil {
			return err
		}
	}
	c.book.Logs = at
	return c.save()
}

// release delivers what was held back long enough.
func (c *Courier) release(at time.Time) error {
	for len(c.book.Held) > 0 {
		n := slices.IndexFunc(c.book.Held, func(h heldBatch) bool { return !h.Due.After(at) })
		if n < 0 {
			return nil
		}
		h := c.book.Held[n]
		data, file, err := c.gather(h.From, func(i Item) bool { return i.Seq <= h.To }, true)
		if err != nil {
			return err
		}
		if data == nil || file.To == h.To {
			c.book.Held = slices.Delete(c.book.Held, n, n+1)
		} else {
			c.book.Held[n].From = file.To + 1
		}
		if data != nil {
			if err := c.add(at, data, file); err != nil {
				return err
			}
		}
	}
	return nil
}

// gather makes the content of one log file of the records from a number on, as
// long as take takes them; nil when there is none.
func (c *Courier) gather(from int64, take func(Item) bool, late bool) ([]byte, logFile, error) {
	file := logFile{From: from, Late: late}
	var data []byte
	for item, err := range c.source.After(from - 1) {
		if err != nil {
			return nil, file, fmt.Errorf("reading records to deliver: %w", err)
		}
		if !take(item) || len(data) > 0 && len(data)+len(item.Record) > largest {
			break
		}
		if data == nil {
			data = append(data, `{"Records":[`...)
			file.From, file.Oldest = item.Seq, item.Time
		} else {
			data = append(data, ',')
		}
		record := bytes.TrimRight(item.Record, "\n")
		if late {
			record = delayed(record)
		}
		data = append(data, record...)
		file.To = item.Seq
		if item.Time.After(file.Newest) {
			file.Newest = item.Time
		}
		if item.Time.Before(file.Oldest) {
			file.Oldest = item.Time
		}
	}
	if data == nil {
		return nil, file, nil
	}
	data = append(data, ']', '}')
	sum := sha256.Sum256(data)
	file.SHA256 = sum[:]
	return data, file, nil
}

// delayed gives a record the addendum of one that comes late, before the
// category, where it stands in AWS's samples.
func delayed(record []byte) []byte {
	at := bytes.LastIndex(record, []byte(`"eventCategory":`))
	if at < 0 || bytes.Contains(record, []byte(`"addendum":`)) {
		return record
	}
	return slices.Concat(record[:at], []byte(`"addendum":{"reason":"DELIVERY_DELAY"},`), record[at:])
}

// add enters a log file into the book, writes it, and marks it as written.
func (c *Courier) add(at time.Time, data []byte, file logFile) error {
	file.Object = c.names.LogKey(at, randomName())
	c.book.Files = append(c.book.Files, file)
	if err := c.save(); err != nil {
		return err
	}
	if err := c.folder.write(file.Object, packed(data), true); err != nil {
		return err
	}
	c.book.Files[len(c.book.Files)-1].Written = true
	return nil // saved by who called, or written again, which is the same
}

// randomName returns the part of a log file's name that makes it the only one:
// 16 letters and digits.
func randomName() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	name := make([]byte, 16)
	_, _ = rand.Read(name) // never fails
	for i, b := range name {
		name[i] = letters[int(b)%len(letters)]
	}
	return string(name)
}

// mend writes what was entered and not marked as written.
func (c *Courier) mend() error {
	// A file that the kept book does not know would be delivered again, under another
	// name, after a crash.
	if c.unsaid {
		if err := c.save(); err != nil {
			return err
		}
	}
	changed := false
	for i := range c.book.Files {
		f := &c.book.Files[i]
		if f.Written {
			continue
		}
		data, again, err := c.gather(f.From, func(item Item) bool { return item.Seq <= f.To }, f.Late)
		if err != nil {
			return err
		}
		if !bytes.Equal(again.SHA256, f.SHA256) {
			return fmt.Errorf("delivering %s again: its records are not what they were", f.Object)
		}
		if err := c.folder.write(f.Object, packed(data), true); err != nil {
			return err
		}
		f.Written, changed = true, true
	}
	if d := c.book.Last; d != nil && !d.Written {
		if err := c.writeDigest(d, true); err != nil {
			return err
		}
		changed = true
	}
	if changed {
		return c.save()
	}
	return nil
}
