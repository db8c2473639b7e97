package emulator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"
)

// authority is an own certificate authority, kept in the state so that clients
// which trust it do so after a restart.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Certificate returns a certificate for this machine's own addresses and the
// given host, and the authority it is from as PEM. Both are valid by the system's
// clock.
func (e *Emulator) Certificate(host string) (*tls.Certificate, []byte, error) {
	ca, err := e.authority()
	if err != nil {
		return nil, nil, fmt.Errorf("making a certificate authority: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("making a key for TLS: %w", err)
	}
	leaf := template("scimtrail emulator", 365*24*time.Hour)
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf.DNSNames = []string{"localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if ip := net.ParseIP(host); ip != nil {
		leaf.IPAddresses = append(leaf.IPAddresses, ip)
	} else if host != "" && host != "localhost" {
		leaf.DNSNames = append(leaf.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca.certificate, &key.PublicKey, ca.key)
	if err != nil {
		return nil, nil, fmt.Errorf("making a certificate for TLS: %w", err)
	}
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.certificate.Raw})
	return &tls.Certificate{Certificate: [][]byte{der, ca.certificate.Raw}, PrivateKey: key}, root, nil
}

func (e *Emulator) authority() (*authority, error) {
	saved, err := e.keep.Note("tls-authority")
	if err != nil {
		return nil, err
	}
	if saved != nil {
		ca, err := readAuthority(saved)
		if err != nil || time.Now().Before(ca.certificate.NotAfter.AddDate(-1, 0, -1)) {
			return ca, err
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	root := template("scimtrail emulator's own authority", 10*365*24*time.Hour)
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, root, root, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})...)
	if err := e.keep.Put(map[string][]byte{"tls-authority": text}); err != nil {
		return nil, err
	}
	return readAuthority(text)
}

func readAuthority(text []byte) (*authority, error) {
	certificate, rest := pem.Decode(text)
	private, _ := pem.Decode(rest)
	if certificate == nil || private == nil {
		return nil, errors.New("the stored one is not PEM")
	}
	c, err := x509.ParseCertificate(certificate.Bytes)
	if err != nil {
		return nil, err
	}
	k, err := x509.ParseECPrivateKey(private.Bytes)
	if err != nil {
		return nil, err
	}
	return &authority{c, k}, nil
}

func template(name string, valid time.Duration) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // rand.Reader does not fail
	now := time.Now()
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(valid)}
}
