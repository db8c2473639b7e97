package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Pending is what a runner remembers of a statement that the engine goes on with
// by itself: after an interruption the answer is fetched, and not paid for again.
type Pending struct {
	// Token makes the engine take a start that is sent twice for one; it is saved
	// before the start.
	Token string `json:"token,omitempty"`
	ID    string `json:"id,omitempty"` // of the execution; "" until it has started
	On    string `json:"on,omitempty"` // the day it was started
}

// stale is how many days an answer is fetched after it was asked for. It is kept
// for longer (7 days by Lake, 45 by Athena), and does not hold what was delivered
// since.
const stale = 1

// LoadPending returns what is remembered under the key, a new token when there is
// nothing. Its error is that of the journal.
func LoadPending(ctx context.Context, q live.Query, key string) (Pending, error) {
	fresh := Pending{Token: rand.Text() + rand.Text(), On: dayOf(q.Clock()).String()}
	if q.Journal == nil {
		return fresh, nil
	}
	data, err := q.Journal.Load(ctx, key)
	if err != nil {
		return fresh, err
	}
	var p Pending
	if json.Unmarshal(data, &p) != nil || p.Token == "" {
		return fresh, nil
	}
	on, err := time.Parse(time.DateOnly, p.On)
	if err != nil || dayOf(q.Clock())-dayOf(on) > stale {
		return fresh, nil
	}
	return p, nil
}

// Save remembers it.
func (p Pending) Save(ctx context.Context, q live.Query, key string) error {
	if q.Journal == nil {
		return nil
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return q.Journal.Save(ctx, key, data)
}

// ForgetPending forgets what is remembered under the keys, also when ctx has ended.
func ForgetPending(ctx context.Context, q live.Query, keys ...string) error {
	if q.Journal == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for _, key := range keys {
		if err := q.Journal.Save(ctx, key, []byte("{}")); err != nil {
			return err
		}
	}
	return nil
}

// Poll returns how long to wait before asking for the n-th time how far a
// statement is: soon at first, since many take a second, and every five seconds
// in the end.
func Poll(n int) time.Duration {
	return min(250*time.Millisecond<<min(n, 5), 5*time.Second)
}
