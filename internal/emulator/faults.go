package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/scimtrail/scimtrail/internal/delivery"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// Faults are what goes wrong with calls and with the delivery of their logs. The
// zero Faults is none, but for RetryAfter, which is at least a second.
type Faults struct {
	Rate429 float64 // share of calls that are throttled, 0 to 1
	Rate500 float64 // share of calls that fail on AWS's side
	Latency time.Duration
	// RetryAfter is what throttled calls are told.
	RetryAfter time.Duration
	Delivery   delivery.Faults
}

// longestLatency bounds how long a call can be held.
const longestLatency = 10 * time.Minute

func (f Faults) check() error {
	for _, rate := range []float64{f.Rate429, f.Rate500} {
		if !(rate >= 0 && rate <= 1) {
			return errors.New("a rate is from 0 to 1")
		}
	}
	if f.Latency < 0 || f.Latency > longestLatency {
		return fmt.Errorf("latency is from 0s to %v", longestLatency)
	}
	if f.RetryAfter < 0 || f.RetryAfter > 24*time.Hour {
		return errors.New("retryAfter is from 0s to 24h")
	}
	return f.Delivery.Check()
}

// roll decides what goes wrong with one call, nil for nothing.
func (f *Faults) roll() *idcenter.Error {
	switch {
	case f.Rate429 > 0 && rand.Float64() < f.Rate429:
		return idcenter.Throttled(max(f.RetryAfter, time.Second))
	case f.Rate500 > 0 && rand.Float64() < f.Rate500:
		return idcenter.Internal()
	}
	return nil
}

// FaultsJSON is how the administration speaks of faults. In a request, what is
// nil stays as it is; 0 and "0s" take a fault back.
type FaultsJSON struct {
	Rate429    *float64      `json:"rate429,omitempty"`
	Rate500    *float64      `json:"rate500,omitempty"`
	Latency    *durationText `json:"latency,omitempty"`
	RetryAfter *durationText `json:"retryAfter,omitempty"`

	DeliveryDropped *float64      `json:"deliveryDropped,omitempty"`
	DeliveryDoubled *float64      `json:"deliveryDoubled,omitempty"`
	DeliveryLate    *durationText `json:"deliveryLate,omitempty"`
}

// over returns the faults as they are when those of the request are taken over.
func (j FaultsJSON) over(f Faults) Faults {
	set(&f.Rate429, j.Rate429)
	set(&f.Rate500, j.Rate500)
	set(&f.Latency, (*time.Duration)(j.Latency))
	set(&f.RetryAfter, (*time.Duration)(j.RetryAfter))
	set(&f.Delivery.Dropped, j.DeliveryDropped)
	set(&f.Delivery.Doubled, j.DeliveryDoubled)
	set(&f.Delivery.Late, (*time.Duration)(j.DeliveryLate))
	return f
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// JSON returns the faults with all of their fields.
func (f Faults) JSON() FaultsJSON {
	return FaultsJSON{
		Rate429: &f.Rate429, Rate500: &f.Rate500, Latency: (*durationText)(&f.Latency), RetryAfter: (*durationText)(&f.RetryAfter),
		DeliveryDropped: &f.Delivery.Dropped, DeliveryDoubled: &f.Delivery.Doubled, DeliveryLate: (*durationText)(&f.Delivery.Late),
	}
}

// durationText is a duration that is written as Go writes it, "1h30m".
type durationText time.Duration

func (d durationText) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *durationText) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New(`a duration is a text such as "50ms" or "8760h"`)
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf(`%q is not a duration such as "50ms" or "8760h"`, text)
	}
	*d = durationText(v)
	return nil
}

// FaultsOf makes a request of what is asked for by name: rate429, rate500,
// delivery-dropped and delivery-doubled are shares, latency, retry-after and
// delivery-late are times. What is not asked for stays as it is.
func FaultsOf(share func(name string) (float64, bool), delay func(name string) (time.Duration, bool)) FaultsJSON {
	shares := func(name string) *float64 {
		if v, asked := share(name); asked {
			return &v
		}
		return nil
	}
	delays := func(name string) *durationText {
		if v, asked := delay(name); asked {
			return (*durationText)(&v)
		}
		return nil
	}
	return FaultsJSON{
		Rate429: shares("rate429"), Rate500: shares("rate500"), Latency: delays("latency"), RetryAfter: delays("retry-after"),
		DeliveryDropped: shares("delivery-dropped"), DeliveryDoubled: shares("delivery-doubled"), DeliveryLate: delays("delivery-late"),
	}
}
