package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// setup is what an emulator is from its first start on.
type setup struct {
	Account, Region, Store, Tenant, Instance string
	Begun                                    time.Time
	// AccessKey is the one that is told when it is ready; the caller it belongs to
	// has the secret.
	AccessKey string
	// Token is the first token's secret, so that it can be told again after a
	// restart, and TokenID its id.
	Token, TokenID string
	Done           bool // all of it is stored
}

func (e *Emulator) readSetup() (s setup, err error) {
	saved, err := e.keep.Note("setup")
	if err != nil || saved == nil {
		return s, err
	}
	if err := json.Unmarshal(saved, &s); err != nil {
		return s, fmt.Errorf("reading what was set up: %w", err)
	}
	return s, nil
}

// agrees says what of a configuration contradicts what was stored.
func (s setup) agrees(cfg Config) error {
	for _, x := range []struct{ what, stored, asked string }{
		{"account", s.Account, cfg.Account}, {"Region", s.Region, cfg.Region}, {"identity store id", s.Store, cfg.Store},
	} {
		if x.stored != "" && x.asked != "" && x.stored != x.asked {
			return fmt.Errorf("its %s is %s, not %s; leave that out, or use another folder", x.what, x.stored, x.asked)
		}
	}
	return nil
}

// setUp makes what a new emulator needs: credentials and a first token. One that
// was interrupted in that does it again.
func (e *Emulator) setUp(ctx context.Context, known setup, legacy bool) error {
	e.setup = known
	if known.Done {
		return nil
	}
	c := e.Center
	e.setup = setup{Account: c.Account(), Region: c.Region(), Store: c.Store(), Tenant: c.Tenant(), Instance: c.Instance(),
		Begun: e.Clock.Now().Truncate(time.Second), AccessKey: known.AccessKey}
	if e.setup.AccessKey == "" || !e.callers.known(e.setup.AccessKey) {
		caller, err := e.AddCaller(Caller{Type: "IAMUser", Name: "local-developer"})
		if err != nil {
			return err
		}
		e.setup.AccessKey = caller.AccessKeyID
	}
	for _, t := range c.Tokens() {
		if err := c.DeleteToken(ctx, idcenter.Call{}, t.ID); err != nil {
			return fmt.Errorf("setting up anew: %w", err)
		}
	}
	t, err := e.CreateToken(ctx, legacy)
	if err != nil {
		return fmt.Errorf("making the first token: %w", err)
	}
	e.setup.Token, e.setup.TokenID, e.setup.Done = t.Token, t.ID, true
	return e.saveSetup()
}

func (c *callers) known(accessKey string) bool {
	_, ok := c.secret(accessKey)
	return ok
}

func (e *Emulator) saveSetup() error {
	data, err := json.Marshal(e.setup)
	if err == nil {
		err = e.keep.Put(map[string][]byte{"setup": data})
	}
	if err != nil {
		return fmt.Errorf("storing what was set up: %w", err)
	}
	return nil
}

// Ready is what somebody needs to know who wants to use an emulator. It holds
// secrets.
type Ready struct {
	BaseURL         string `json:"baseURL"`
	SCIMURL         string `json:"scimURL"` // without a slash at its end
	IdentityStoreID string `json:"identityStoreId"`
	TenantID        string `json:"tenantId"`
	Region          string `json:"region"`
	Account         string `json:"account"`
	Token           string `json:"token"` // the first; empty once it was deleted
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	CAFile          string `json:"caFile,omitempty"` // PEM; with TLS
}

// Ready returns what somebody needs to know, for a server at a URL.
func (e *Emulator) Ready(baseURL, caFile string) (Ready, error) {
	r := Ready{BaseURL: baseURL, SCIMURL: baseURL + "/" + e.Center.Tenant() + "/scim/v2", IdentityStoreID: e.Center.Store(),
		TenantID: e.Center.Tenant(), Region: e.Center.Region(), Account: e.Center.Account(), AccessKeyID: e.setup.AccessKey, CAFile: caFile}
	for _, t := range e.Center.Tokens() {
		if t.ID == e.setup.TokenID {
			r.Token = e.setup.Token
		}
	}
	var known bool
	if r.SecretAccessKey, known = e.callers.secret(e.setup.AccessKey); !known {
		return r, errors.New("the secret of the access key is not in the state")
	}
	return r, nil
}
