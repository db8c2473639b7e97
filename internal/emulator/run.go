package emulator

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// RunConfig is an emulator that listens.
type RunConfig struct {
	Config
	Listen    string // host:port; port 0 is any that is free
	TLS       bool
	ReadyFile string // written when it serves; "" for none
	// Say is told what a person should know. It may be nil.
	Say func(text string)
}

// runningFile is the file in the folder of a state by which a running emulator is
// found.
const runningFile = "running.json"

// caFileName is the authority's certificate in the folder of a state.
const caFileName = "ca.pem"

// running is what stands in it.
type running struct {
	PID      int    `json:"pid"`
	AdminURL string `json:"adminURL"`
	CAFile   string `json:"caFile,omitempty"`
}

// Run opens an emulator, serves until ctx is done, and closes it. That is no
// error; its errors say why it could not begin, or what went wrong at the end.
func Run(ctx context.Context, cfg RunConfig) (err error) {
	if cfg.Say == nil {
		cfg.Say = func(string) {}
	}
	e, err := Open(context.WithoutCancel(ctx), cfg.Config)
	if err != nil {
		return err
	}
	defer func() {
		if closing := e.Close(); closing != nil {
			err = errors.Join(err, fmt.Errorf("stopping the emulator: %w", closing))
		}
	}()
	if err := e.forget(cfg.ReadyFile); err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(context.WithoutCancel(ctx), "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", cfg.Listen, err)
	}
	defer l.Close()
	host, _, _ := net.SplitHostPort(cfg.Listen)
	scheme, caFile, certificate := "http", "", (*tls.Certificate)(nil)
	if cfg.TLS {
		scheme = "https"
		if certificate, caFile, err = e.writeAuthority(host, cfg.ReadyFile); err != nil {
			return err
		}
	}
	ip, port := address(l)
	base := scheme + "://" + net.JoinHostPort(reached(ip), port)
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		// What can't be stored can't be acknowledged, and Close says why.
		select {
		case <-e.keep.Broken():
			cancel()
		case <-stop.Done():
		}
	}()
	go e.giveBack(stop)
	served := make(chan error, 2)
	serving := 1
	go func() { served <- e.Serve(stop, l, certificate) }()
	adminURL := base
	if !ip.IsLoopback() {
		cfg.Say(fmt.Sprintf("Attention: it listens on %s and not on this machine alone. Whoever can reach that address can try it; it is made for tests and holds no real secret.", l.Addr()))
		if !ip.IsUnspecified() {
			// The administration is for this machine alone, which would not be seen to
			// come from it at this address.
			own, err := new(net.ListenConfig).Listen(stop, "tcp", "127.0.0.1:0")
			if err != nil {
				return fmt.Errorf("listening for the administration: %w", err)
			}
			adminURL = scheme + "://" + own.Addr().String()
			serving++
			go func() { served <- e.Serve(stop, own, certificate) }()
			cfg.Say("The administration is at " + adminURL + "/_admin.")
		}
	}
	if err := e.announce(cfg, base, adminURL, caFile); err != nil {
		cancel()
		for range serving {
			<-served
		}
		return err
	}
	var errs []error
	for range serving {
		errs = append(errs, <-served)
		cancel() // one that ends, ends all
	}
	if e.dir != "" {
		_ = os.Remove(filepath.Join(e.dir, runningFile))
	}
	return errors.Join(errs...)
}

// forget takes away what an earlier run left behind that would mislead.
func (e *Emulator) forget(readyFile string) error {
	names := []string{readyFile}
	if e.dir != "" {
		names = append(names, filepath.Join(e.dir, runningFile))
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("%s is there and is not a file that can be replaced", name)
		}
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("taking the file of an earlier run away: %w", err)
		}
	}
	return nil
}

func address(l net.Listener) (ip net.IP, port string) {
	tcp, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return net.IPv4zero, ""
	}
	return tcp.IP, strconv.Itoa(tcp.Port)
}

// reached is the address by which this machine reaches a listener. One on all
// addresses is reached by IPv4 too, even if it is of IPv6.
func reached(ip net.IP) string {
	if ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return ip.String()
}

// writeAuthority makes a certificate and puts the authority where clients find
// it: into the state's folder, or beside the ready file.
func (e *Emulator) writeAuthority(host, readyFile string) (*tls.Certificate, string, error) {
	certificate, ca, err := e.Certificate(host)
	if err != nil {
		return nil, "", err
	}
	name := readyFile + ".ca.pem"
	switch {
	case e.dir != "":
		name = filepath.Join(e.dir, caFileName)
	case readyFile == "":
		dir, err := os.MkdirTemp("", "scimtrail-emulator-")
		if err != nil {
			return nil, "", fmt.Errorf("writing the certificate authority: %w", err)
		}
		name = filepath.Join(dir, caFileName)
	}
	if name, err = filepath.Abs(name); err == nil {
		err = writeWhole(name, ca)
	}
	if err != nil {
		return nil, "", fmt.Errorf("writing the certificate authority: %w", err)
	}
	return certificate, name, nil
}

// announce tells where the emulator is: in the state's folder, in the ready file,
// and to a person.
func (e *Emulator) announce(cfg RunConfig, base, adminURL, caFile string) error {
	if e.dir != "" {
		if err := writeJSON(filepath.Join(e.dir, runningFile), running{PID: os.Getpid(), AdminURL: adminURL, CAFile: caFile}); err != nil {
			return fmt.Errorf("writing where the emulator is: %w", err)
		}
	}
	ready, err := e.Ready(base, caFile)
	if err != nil {
		return err
	}
	cfg.Say("IAM Identity Center is emulated at " + base + ", SCIM at " + ready.SCIMURL + ".")
	if ready.Token == "" {
		cfg.Say("The first access token was deleted; scimtrail emulate token create makes another.")
	}
	if cfg.ReadyFile == "" {
		cfg.Say("The first token and the access key are written with --ready-file FILE.")
		return nil
	}
	if err := writeJSON(cfg.ReadyFile, ready); err != nil {
		return fmt.Errorf("writing the ready file: %w", err)
	}
	return nil
}

func writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(name, append(data, '\n'))
}

// writeWhole writes a file, for its owner alone, that is there whole or not at
// all.
func writeWhole(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*.partial") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
