package restapi

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// Secret is a token, a password or a key. Printing it in whatever way shows that
// it is one, and not what it is.
type Secret string

func (Secret) String() string               { return "(secret)" }
func (Secret) GoString() string             { return "(secret)" }
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// LogValue is for slog.
func (Secret) LogValue() slog.Value { return slog.StringValue("(secret)") }

// Format keeps every verb of package fmt from it.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(secret)")) }

// Environment is where secrets and settings come from; the zero one is that of the
// process.
type Environment struct {
	Lookup   func(name string) (string, bool)
	ReadFile func(path string) ([]byte, error)
}

// maxSecret bounds the file of a secret: a key with its certificate.
const maxSecret = 64 << 10

// Get returns the value of a variable, "" when it is not set.
func (e Environment) Get(name string) string {
	lookup := e.Lookup
	if lookup == nil {
		lookup = os.LookupEnv
	}
	value, ok := lookup(name)
	if !ok {
		return ""
	}
	return strings.TrimSpace(value)
}

// Secret returns the secret that the variable holds, or what is in the file that
// the variable with _FILE behind its name points to; "" when neither is set. An
// error names the variable and the path, never the content.
func (e Environment) Secret(name string) (Secret, error) {
	if value := e.Get(name); value != "" {
		return Secret(value), nil
	}
	path := e.Get(name + "_FILE")
	if path == "" {
		return "", nil
	}
	read := e.ReadFile
	if read == nil {
		read = os.ReadFile
	}
	data, err := read(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("reading the file that %s_FILE names: %w", name, err)
	case len(data) > maxSecret:
		return "", fmt.Errorf("the file that %s_FILE names has more than %d bytes: it holds no secret", name, maxSecret)
	case len(bytes.TrimSpace(data)) == 0:
		return "", fmt.Errorf("the file that %s_FILE names is empty", name)
	}
	return Secret(bytes.TrimSpace(data)), nil
}
