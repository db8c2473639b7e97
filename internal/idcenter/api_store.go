package idcenter

import (
	"encoding/json"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// The operations of 29 September 2026 about the store itself (cloudtrail
// reference 6.2).

func (s *jsonCall) listStores() (*scim.Object, *Error) {
	in := s.input()
	in.size()
	after := in.after("")
	if err := in.refusal(); err != nil {
		return nil, err
	}
	list := []any{}
	if after == "" {
		list = append(list, scim.NewObject(member("IdentityStoreArn", s.c.storeARN()), member("IdentityStoreId", s.c.store)))
	}
	return scim.NewObject(member("IdentityStores", list)), nil
}

func (s *jsonCall) describeStore() (*scim.Object, *Error) {
	if err := s.input().store(); err != nil {
		return nil, err
	}
	var kept *storedStore
	s.c.read(func(st *state) { kept = st.network })
	return s.c.apiStore(kept), nil
}

// apiStore shows the store; access is not restricted until somebody says so.
func (c *Center) apiStore(kept *storedStore) *scim.Object {
	network := json.RawMessage(`{"VpceAccessRequired":false}`)
	if kept != nil && kept.Network != nil {
		network = kept.Network
	}
	return scim.NewObject(member("IdentityStoreArn", c.storeARN()), member("IdentityStoreId", c.store), member("NetworkConfiguration", network))
}

func (s *jsonCall) updateStore() (plan, *Error) {
	in := s.input()
	v := in.value(s.in, "NetworkConfiguration")
	given, ok := v.(*scim.Object)
	if v != nil && !ok {
		in.mistyped("NetworkConfiguration", "an object")
	}
	network := in.network(given)
	if err := in.store(); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		kept := &storedStore{ID: s.c.store, Network: encode(network)}
		tx.put(step{store: kept})
		s.out = s.c.apiStore(kept)
		return nil
	}, nil
}

// network reads a NetworkConfiguration, which replaces the one before whole.
func (in *input) network(given *scim.Object) *scim.Object {
	network := &scim.Object{}
	required, sent := given.Get("VpceAccessRequired")
	if _, ok := required.(bool); sent && !ok {
		in.mistyped("VpceAccessRequired", "a boolean")
	}
	if given != nil && !sent {
		in.null("networkConfiguration.vpceAccessRequired")
	}
	network.Set("VpceAccessRequired", required == true)
	for _, name := range []string{"ApiAllowSourceIps", "ApiRestrictSourceVpcs", "ScimAllowSourceIps"} {
		v := in.value(given, name)
		if v == nil {
			continue
		}
		list, ok := v.([]any)
		for _, e := range list {
			if _, text := e.(string); !text {
				ok = false
			}
		}
		if !ok {
			in.mistyped(name, "a list of strings")
		}
		network.Set(name, v)
	}
	return network
}
