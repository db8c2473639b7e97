package emulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/scimtrail/scimtrail/internal/emulator/state"
)

// Administration is what can be done to an emulator whether it runs or not. An
// Emulator and a Client are one.
type Administration interface {
	Tokens(ctx context.Context) (TokensJSON, error)
	CreateToken(ctx context.Context, legacy bool) (TokenJSON, error)
	DeleteToken(ctx context.Context, id string) error
	ExpireToken(ctx context.Context, id string) (TokenJSON, error)
	Now(ctx context.Context) (ClockJSON, error)
	Advance(ctx context.Context, d time.Duration) (ClockJSON, error)
}

var (
	_ Administration = (*Emulator)(nil)
	_ Administration = (*Client)(nil)
)

// startLimit is how long an emulator that has its state open may take until it is
// found.
const startLimit = 5 * time.Second

// Administer lets do administer the emulator whose state is in a folder: one that
// runs is asked, the state of one that does not is opened. It fails with state.ErrNone
// when the folder holds no state.
func Administer(ctx context.Context, dir string, do func(Administration) error) error {
	for end := time.Now().Add(startLimit); ; {
		e, err := Open(ctx, Config{State: dir, MustExist: true})
		if err == nil {
			return errors.Join(do(e), e.Close())
		}
		if !errors.Is(err, state.ErrLocked) {
			return err
		}
		client, missing := clientOf(dir)
		if missing == nil {
			return do(client)
		}
		if time.Now().After(end) {
			return fmt.Errorf("%w, and it does not say where it is reached: %w", err, missing)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// clientOf returns a client of the emulator that runs on the state in a folder.
func clientOf(dir string) (*Client, error) {
	var r running
	if err := readJSON(filepath.Join(dir, runningFile), &r); err != nil {
		return nil, err
	}
	return NewClient(r.AdminURL, r.CAFile)
}

// Connect returns a client of the emulator that wrote a ready file.
func Connect(readyFile string) (*Client, error) {
	var r Ready
	if err := readJSON(readyFile, &r); err != nil {
		return nil, fmt.Errorf("reading the ready file: %w", err)
	}
	if r.BaseURL == "" {
		return nil, fmt.Errorf("reading the ready file: %s names no baseURL", readyFile)
	}
	return NewClient(r.BaseURL, r.CAFile)
}

// clientTimeout bounds a call; to advance the clock by years takes a while.
const clientTimeout = 5 * time.Minute

// NewClient returns a client for a URL, which trusts the certificate authority in
// a file, "" being the system's. It uses no proxy.
func NewClient(baseURL, caFile string) (*Client, error) {
	transport := &http.Transport{Proxy: nil, ForceAttemptHTTP2: true}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("reading the emulator's certificate authority: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading the emulator's certificate authority: %s holds no certificate", caFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &Client{BaseURL: baseURL, HTTP: &http.Client{Transport: transport, Timeout: clientTimeout}}, nil
}

func readJSON(name string, into any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
