package repair

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// maxPlan bounds a plan file: 200,000 users in 10 groups each take about 150 MB.
const maxPlan = 512 << 20

// Save writes the plan into a file, whole or not at all, for its owner alone: it
// names people. It holds no secrets.
func (p *Plan) Save(name string) error {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".scimtrail-plan-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing the plan %s: %w", name, unnamed(err))
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(data, '\n'))
	if err == nil {
		err = tmp.Sync()
	}
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("writing the plan %s: %w", name, unnamed(err))
	}
	return nil
}

// unnamed drops the name of a temporary file from an error.
func unnamed(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}

// Load reads a plan file and returns what identifies it: a hash of its bytes. A
// file that is no plan, or that does not agree with itself, is an error.
func Load(r io.Reader) (*Plan, string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPlan+1))
	switch {
	case err != nil:
		return nil, "", err
	case len(data) > maxPlan:
		return nil, "", errors.New("it is larger than any plan")
	}
	p := new(Plan)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		if p.Schema != "" && p.Schema != Schema {
			return nil, "", fmt.Errorf("it is of the form %q, and this version reads %s", p.Schema, Schema)
		}
		return nil, "", errors.New("it is no plan of scimtrail, or is damaged")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, "", errors.New("something follows after the plan")
	}
	if err := p.check(); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	return p, "sha256:" + hex.EncodeToString(sum[:]), nil
}

// ID identifies a plan that is not kept in a file.
func (p *Plan) ID() string {
	data, err := json.Marshal(p)
	if err != nil { // it holds nothing that can't be written
		return ""
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// check says whether a plan agrees with itself.
func (p *Plan) check() error {
	if p.Schema != Schema {
		return fmt.Errorf("it is of the form %q, and this version reads %s", p.Schema, Schema)
	}
	if p.Store != "" && !awsid.IsStore(p.Store) {
		return errors.New("it names no identity store")
	}
	seen := map[string]bool{}
	members := 0
	for i := range p.Groups {
		g := &p.Groups[i]
		switch {
		case !awsid.IsResource(g.ID):
			return fmt.Errorf("group %q has no id", g.Name)
		case seen[g.ID]:
			return fmt.Errorf("group %q occurs twice", g.Name)
		case g.Fingerprint != Fingerprint(g.Members):
			return fmt.Errorf("the fingerprint of group %q does not fit its members: the file was changed", g.Name)
		case len(g.Add)+len(g.Remove) == 0:
			return fmt.Errorf("group %q is not changed", g.Name)
		case ControlTower(g.Name) && !g.Named:
			return fmt.Errorf("group %q is one of AWS Control Tower and was not named", g.Name)
		}
		seen[g.ID] = true
		members += len(g.Members)
		present := map[string]bool{}
		for _, id := range g.Members {
			if !awsid.IsResource(id) || present[id] {
				return fmt.Errorf("the members of group %q hold something that is no user's id, or one twice", g.Name)
			}
			present[id] = true
		}
		touched := map[string]bool{}
		for _, c := range slices.Concat(g.Add, g.Remove) {
			if !awsid.IsResource(c.ID) || touched[c.ID] {
				return fmt.Errorf("the changes of group %q hold something that is no user's id, or one twice", g.Name)
			}
			touched[c.ID] = true
		}
		for _, c := range g.Add {
			if present[c.ID] {
				return fmt.Errorf("group %q: %s is to be added and is a member", g.Name, c.ID)
			}
		}
		for _, c := range g.Remove {
			if !present[c.ID] {
				return fmt.Errorf("group %q: %s is to be removed and is no member", g.Name, c.ID)
			}
		}
	}
	if p.Present < members {
		return errors.New("it counts fewer memberships than its groups have")
	}
	return nil
}
