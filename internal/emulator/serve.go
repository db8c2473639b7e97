package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// The time limits of a connection. A client that is slower is cut off.
const (
	headerLimit = 10 * time.Second
	readLimit   = 60 * time.Second // header and body
	writeLimit  = 60 * time.Second
	idleLimit   = 3 * time.Minute
	// stopLimit is how long requests in progress may take when the server stops.
	stopLimit = 4 * time.Second

	// largestHeader allows for long tokens (scim-clients 36).
	largestHeader = 64 << 10
)

// Serve answers on a listener until ctx is done, and returns when the requests in
// progress are served, or cut off after a few seconds. With a certificate it speaks
// TLS, HTTP/1.1 and h2.
func (s *Server) Serve(ctx context.Context, l net.Listener, certificate *tls.Certificate) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: headerLimit, ReadTimeout: readLimit, WriteTimeout: writeLimit, IdleTimeout: idleLimit,
		MaxHeaderBytes: largestHeader,
		// What clients do wrong is theirs to know.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	ended := make(chan error, 1)
	go func() {
		if certificate == nil {
			ended <- server.Serve(l)
			return
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
		ended <- server.ServeTLS(l, "", "")
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.Stop()
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		_ = server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	}
	return nil
}
