package emulator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Caller is somebody who signs calls to AWS, and how CloudTrail names him.
type Caller struct {
	AccessKeyID     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	Type            string    `json:"type"`           // IAMUser, AssumedRole or Root
	Name            string    `json:"name,omitempty"` // of the IAM user, or of the session
	Role            string    `json:"role,omitempty"` // of an assumed role
	Since           time.Time `json:"since"`
}

// callers are the known access keys. It may be used by many goroutines at once.
type callers struct {
	account string
	save    func([]byte) error // stores them; nil when nothing does

	mu   sync.RWMutex
	list []Caller
	byID map[string]Caller
}

// newCallers reads what was saved; nil is nothing.
func newCallers(account string, saved []byte, save func([]byte) error) (*callers, error) {
	c := &callers{account: account, save: save, byID: map[string]Caller{}}
	if saved != nil {
		if err := json.Unmarshal(saved, &c.list); err != nil {
			return nil, fmt.Errorf("reading who may sign: %w", err)
		}
	}
	for _, caller := range c.list {
		c.byID[caller.AccessKeyID] = caller
	}
	return c, nil
}

// mostCallers bounds what a list may grow to.
const mostCallers = 1000

// add registers a caller and fills in what he does not say: an IAM user, with
// new credentials.
func (c *callers) add(caller Caller) (Caller, error) {
	if caller.Type == "" {
		caller.Type = "IAMUser"
	}
	switch {
	case caller.Type != "IAMUser" && caller.Type != "AssumedRole" && caller.Type != "Root":
		return caller, errors.New("type is IAMUser, AssumedRole or Root")
	case caller.Type == "AssumedRole" && caller.Role == "":
		return caller, errors.New("an assumed role needs the role's name")
	case caller.Type != "Root" && caller.Name == "":
		return caller, errors.New("name is needed: of the IAM user, or of the session")
	case len(caller.Name) > 128 || len(caller.Role) > 128:
		return caller, errors.New("a name has 128 characters at most")
	case caller.AccessKeyID != "" && !isAccessKey(caller.AccessKeyID):
		return caller, errors.New("accessKeyId is 16 to 128 letters and digits")
	}
	if caller.AccessKeyID == "" {
		prefix := "AKIA"
		if caller.Type == "AssumedRole" {
			prefix = "ASIA"
		}
		caller.AccessKeyID = prefix + rand.Text()[:16]
	}
	if caller.SecretAccessKey == "" {
		secret := make([]byte, 30)
		_, _ = rand.Read(secret) // never fails
		caller.SecretAccessKey = base64.StdEncoding.EncodeToString(secret)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.byID[caller.AccessKeyID]; there {
		return caller, errors.New("this access key is taken")
	}
	if len(c.list) >= mostCallers {
		return caller, fmt.Errorf("there are %d callers, which is the most", mostCallers)
	}
	list := append(c.list[:len(c.list):len(c.list)], caller)
	if c.save != nil {
		data, err := json.Marshal(list)
		if err == nil {
			err = c.save(data)
		}
		if err != nil {
			return caller, &storing{fmt.Errorf("storing who may sign: %w", err)}
		}
	}
	c.list, c.byID[caller.AccessKeyID] = list, caller
	return caller, nil
}

// secret returns the secret of an access key.
func (c *callers) secret(accessKey string) (string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	caller, ok := c.byID[accessKey]
	return caller.SecretAccessKey, ok
}

// identity says who signs with an access key. One that is not known is that of an
// IAM user of its own, or of a role if it looks temporary; "" is nobody.
func (c *callers) identity(accessKey string, now time.Time) cloudtrail.Caller {
	out := cloudtrail.Caller{Account: c.account, AccessKey: accessKey}
	if accessKey == "" {
		return out
	}
	c.mu.RLock()
	known, ok := c.byID[accessKey]
	c.mu.RUnlock()
	if !ok {
		known = Caller{Type: "IAMUser", Name: "user-of-" + strings.ToLower(accessKey[len(accessKey)-6:])}
		if strings.HasPrefix(accessKey, "ASIA") {
			known.Type, known.Role, known.Since = "AssumedRole", "LocalDeveloper", now.Truncate(time.Hour)
		}
	}
	out.Type, out.Session, out.Role, out.Since = known.Type, known.Name, known.Role, known.Since
	switch known.Type {
	case "IAMUser":
		out.RoleID = uniqueID("AIDA", known.Name)
	case "AssumedRole":
		out.RoleID = uniqueID("AROA", known.Role)
	}
	return out
}

// uniqueID is the id of an IAM user or role, always the same for a name.
func uniqueID(prefix, name string) string {
	sum := sha256.Sum256([]byte(name))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

func isAccessKey(s string) bool {
	if len(s) < 16 || len(s) > 128 {
		return false
	}
	for _, r := range s {
		if !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_') {
			return false
		}
	}
	return true
}
