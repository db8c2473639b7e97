package delivery

import (
	"errors"
	"time"
)

// Faults are what goes wrong with the delivery of a batch of records. The zero
// Faults is none.
type Faults struct {
	// Dropped is the share of batches, 0 to 1, that are never delivered. No digest
	// lists them, as with records that CloudTrail lost.
	Dropped float64
	// Doubled is the share of batches that are delivered in two log files, with
	// the same event ids.
	Doubled float64
	// Late is how long batches are held back; their records then say
	// DELIVERY_DELAY (cloudtrail reference 1.6).
	Late time.Duration
}

// Check returns what is wrong with the values.
func (f Faults) Check() error {
	switch {
	case !(f.Dropped >= 0 && f.Dropped <= 1), !(f.Doubled >= 0 && f.Doubled <= 1): // not a number either
		return errors.New("a share is from 0 to 1")
	case f.Late < 0:
		return errors.New("a delay is not negative")
	}
	return nil
}

// Set makes the faults hold for the batches to come.
func (c *Courier) Set(f Faults) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = f
}
