package folder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	journalName   = "scimtrail-journal.json"
	journalSchema = "scimtrail/journal/v1"
)

type journalDoc struct {
	Schema string                     `json:"schema"`
	Saved  map[string]json.RawMessage `json:"saved"`
}

// readJournal returns what earlier collections noted; nothing when there was none.
func readJournal(root string) (map[string]json.RawMessage, error) {
	name := filepath.Join(root, journalName)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]json.RawMessage{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading how far an earlier collection came: %w", err)
	}
	var doc journalDoc
	if err := json.Unmarshal(data, &doc); err != nil || doc.Schema != journalSchema || doc.Saved == nil {
		return nil, fmt.Errorf("%s is damaged or of another version; remove it to collect from the beginning", name)
	}
	return doc.Saved, nil
}

// Load implements live.Journal.
func (f *Folder) Load(_ context.Context, key string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	saved, ok := f.journal[key]
	if !ok {
		return nil, nil
	}
	var value []byte
	if err := json.Unmarshal(saved, &value); err != nil {
		return nil, fmt.Errorf("reading how far an earlier collection came: %w", err)
	}
	return value, nil
}

// Save implements live.Journal: the records given so far, and the claim to the
// ground that they are of, are on the disk before it is noted that they were
// fetched. What another collection noted meanwhile stays.
func (f *Folder) Save(_ context.Context, key string, value []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.flush(); err != nil {
		return err
	}
	if err := f.writeManifest(); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("noting how far the collection came: %w", err)
	}
	f.journal[key], f.saved[key] = text, true
	if others, err := readJournal(f.root); err == nil {
		for name, value := range others {
			if !f.saved[name] {
				f.journal[name] = value
			}
		}
	}
	return f.writeJournal()
}

func (f *Folder) writeJournal() error {
	if err := os.MkdirAll(f.root, 0o700); err != nil {
		return fmt.Errorf("noting how far the collection came: %w", err)
	}
	return writeWhole(filepath.Join(f.root, journalName), func(file io.Writer) error {
		return json.NewEncoder(file).Encode(journalDoc{Schema: journalSchema, Saved: f.journal})
	})
}
