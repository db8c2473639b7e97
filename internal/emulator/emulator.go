package emulator

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/delivery"
	"github.com/scimtrail/scimtrail/internal/emulator/state"
	"github.com/scimtrail/scimtrail/internal/idcenter"
	"github.com/scimtrail/scimtrail/internal/integrity"
)

// InMemory is the state that ends with the process.
const InMemory = "memory"

// Config makes an [Emulator]. The zero Config is one in memory.
type Config struct {
	State string // a folder, or InMemory, which is the default
	// MustExist makes Open fail with state.ErrNone rather than make a new state.
	MustExist bool

	// Account, Region and Store are those of the instance: what is not given is as
	// it was stored, or a default. One that is given and differs from what was stored is
	// an error.
	Account, Region, Store string

	Deliver     string // the folder that logs are delivered into; "" for none
	LegacyToken bool   // the first token logs nothing

	Behaviour        idcenter.Behaviour
	LookupDelay      time.Duration
	VerifySignatures bool

	// Warn is told of failures that no caller can be blamed for. It may be nil.
	Warn func(error)
}

// keeper is where state is kept.
type keeper interface {
	idcenter.Journal
	delivery.Source
	delivery.Notes
	Changes() iter.Seq2[idcenter.Change, error]
	Log(context.Context) (*idcenter.Log, error)
	// Settle returns when what was committed is stored; Broken is closed when that
	// fails, and stays so.
	Settle() error
	Broken() <-chan struct{}
	Close() error
}

// Emulator is a Server with all that belongs to it. It may be used by many
// goroutines at once.
type Emulator struct {
	*Server
	setup   setup
	keep    keeper
	dir     string // of the state, "" in memory
	courier *delivery.Courier

	keyLock sync.Mutex
	key     *rsa.PrivateKey

	ticking  sync.WaitGroup
	quit     chan struct{}
	once     sync.Once
	closeErr error
}

// Open makes an emulator, or makes one again from its state. It serves nothing
// until it is asked to; with Deliver it begins to deliver. It must be closed.
//
// Errors name the folder that can't be used; state.ErrLocked says that another
// process uses it.
func Open(ctx context.Context, cfg Config) (_ *Emulator, err error) {
	e := &Emulator{quit: make(chan struct{})}
	switch {
	case cfg.State == "" || cfg.State == InMemory:
		e.keep = state.NewMemory()
	default:
		open := state.Open
		if cfg.MustExist {
			open = state.OpenExisting
		}
		db, err := open(cfg.State)
		if err != nil {
			return nil, err
		}
		e.keep, e.dir = db, cfg.State
	}
	defer func() {
		if err != nil {
			_ = e.keep.Close()
		}
	}()
	if err := e.open(ctx, cfg); err != nil {
		return nil, fmt.Errorf("opening the emulator's state: %w", err)
	}
	if cfg.Deliver != "" {
		if err := e.startDelivery(cfg.Deliver); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *Emulator) open(ctx context.Context, cfg Config) error {
	clock, err := e.openClock()
	if err != nil {
		return err
	}
	known, err := e.readSetup()
	if err != nil {
		return err
	}
	if err := known.agrees(cfg); err != nil {
		return err
	}
	center, err := idcenter.New(idcenter.Options{
		Account: cmp.Or(known.Account, cfg.Account), Region: cmp.Or(known.Region, cfg.Region), Store: cmp.Or(known.Store, cfg.Store),
		Tenant: known.Tenant, Instance: known.Instance, Clock: clock.Now, Behaviour: cfg.Behaviour, Journal: e.keep,
	})
	if err != nil {
		return err
	}
	if e.dir != "" {
		if err := center.Restore(e.keep.Changes()); err != nil {
			return err
		}
	}
	saved, err := e.keep.Note("callers")
	if err != nil {
		return err
	}
	callers, err := newCallers(center.Account(), saved, func(data []byte) error { return e.keep.Put(map[string][]byte{"callers": data}) })
	if err != nil {
		return err
	}
	warn := cfg.Warn
	if warn == nil {
		warn = func(error) {}
	}
	e.Server = newServer(Options{
		Center: center, Clock: clock, Log: e.keep.Log, PublicKeys: e.publicKeys, Settle: e.keep.Settle, LookupDelay: cfg.LookupDelay,
		VerifySignatures: cfg.VerifySignatures, ThrottleLookups: cfg.Behaviour.Throttle, Warn: warn,
	}, callers)
	if err := e.setUp(ctx, known, cfg.LegacyToken); err != nil {
		return err
	}
	if !cfg.MustExist {
		// Begun now, so that the first LookupEvents need not wait.
		go func() { _, _ = e.keep.Log(context.Background()) }() // whoever asks learns the error
	}
	return nil
}

// openClock makes the clock go on where it was.
func (e *Emulator) openClock() (*Clock, error) {
	saved, err := e.keep.Note("clock")
	if err != nil {
		return nil, err
	}
	var offset time.Duration
	if saved != nil {
		if offset, err = time.ParseDuration(string(saved)); err != nil {
			return nil, fmt.Errorf("reading how far the clock is ahead: %w", err)
		}
	}
	return NewClock(offset, func(d time.Duration) error {
		return e.keep.Put(map[string][]byte{"clock": []byte(d.String())})
	}), nil
}

// tickEvery is how often the courier is asked whether something is due.
const tickEvery = time.Second

func (e *Emulator) startDelivery(dir string) error {
	courier, err := delivery.New(delivery.Options{
		Dir: dir, Source: e.keep, Notes: e.keep, Key: e.signingKey, Begin: e.setup.Begun,
		Trail: delivery.Trail{Account: e.Center.Account(), Region: e.Center.Region()},
	})
	if err != nil {
		return err
	}
	e.courier = courier
	e.Deliver = courier.Flush
	e.OnFaults = func(f Faults) { courier.Set(f.Delivery) }
	e.ticking.Go(e.tick)
	return nil
}

// tick delivers what is due until the emulator is closed. A failure is told once,
// and again when it is another.
func (e *Emulator) tick() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-e.quit
		cancel()
	}()
	// Made before the first digest is due, since it takes a while.
	if _, err := e.signingKey(); err != nil {
		e.Warn(err)
	}
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	told := ""
	for {
		select {
		case <-e.quit:
			return
		case <-ticker.C:
		}
		err := e.courier.Tick(ctx, e.Clock.Now())
		switch {
		case err == nil:
			told = ""
		case !errors.Is(err, context.Canceled) && err.Error() != told:
			told = err.Error()
			e.Warn(err)
		}
	}
}

// signingKey returns the RSA key that digests are signed with, and makes it the
// first time.
func (e *Emulator) signingKey() (*rsa.PrivateKey, error) {
	e.keyLock.Lock()
	defer e.keyLock.Unlock()
	if e.key != nil {
		return e.key, nil
	}
	saved, err := e.keep.Note("signing-key")
	if err != nil {
		return nil, err
	}
	if saved != nil {
		if e.key, err = x509.ParsePKCS1PrivateKey(saved); err != nil {
			return nil, fmt.Errorf("reading the key that digests are signed with: %w", err)
		}
		return e.key, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err == nil {
		err = e.keep.Put(map[string][]byte{"signing-key": x509.MarshalPKCS1PrivateKey(key)})
	}
	if err != nil {
		return nil, fmt.Errorf("making the key that digests are signed with: %w", err)
	}
	e.key = key
	return key, nil
}

func (e *Emulator) publicKeys() ([]byte, error) {
	key, err := e.signingKey()
	if err != nil {
		return nil, err
	}
	signer := integrity.NewSigner(key, e.Center.Account(), e.Center.Region(), "", "")
	return delivery.PublicKeys(signer, e.setup.Begun), nil
}

// finishWithin bounds the last delivery, so that a stop does not take long.
const finishWithin = 4 * time.Second

// Close delivers what is left, signs it, and closes the state. Its error says what
// could not be delivered or closed; what was acknowledged is stored in any case.
func (e *Emulator) Close() error {
	e.once.Do(func() {
		e.Stop()
		close(e.quit)
		e.ticking.Wait()
		var errs []error
		if e.courier != nil {
			ctx, cancel := context.WithTimeout(context.Background(), finishWithin)
			errs = append(errs, e.courier.Finish(ctx, e.Clock.Now()))
			cancel()
			errs = append(errs, e.courier.Close())
		}
		errs = append(errs, e.keep.Close())
		e.closeErr = errors.Join(errs...)
	})
	return e.closeErr
}
