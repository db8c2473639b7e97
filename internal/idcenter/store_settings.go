package idcenter

import (
	"encoding/json"
	"errors"
)

// storedStore is what is set of the store itself: who may reach it over the
// network. It is kept and shown, and not enforced (cloudtrail reference 6.2).
type storedStore struct {
	ID      string          `json:"id"`
	Network json.RawMessage `json:"networkConfiguration,omitempty"`
}

func loadStore(data []byte) (*storedStore, error) {
	s := &storedStore{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, err
	}
	if s.ID == "" {
		return nil, errors.New("it has no id")
	}
	return s, nil
}
