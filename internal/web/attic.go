package web

import (
	"fmt"

	"github.com/klauspost/compress/s2"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// attic keeps the raw records packed: a page shows one of them now and then, and
// a million unpacked ones would take more memory than everything else.
type attic struct {
	blocks [][]byte
	size   []int32 // of each record
}

// inBlock is how many records are packed together: enough for their likeness to
// pay, few enough to unpack within a millisecond.
const inBlock = 64

// pack moves the raw records of a case into an attic, in the order of the
// events, dated ones first.
func pack(c *casefile.Case) (*attic, error) {
	a := &attic{size: make([]int32, 0, len(c.Events)+len(c.Undated))}
	var block []byte
	n := 0
	flush := func() {
		if n > 0 {
			a.blocks = append(a.blocks, s2.Encode(nil, block))
			block, n = block[:0], 0
		}
	}
	for _, list := range [][]casefile.Event{c.Events, c.Undated} {
		for i := range list {
			raw := list[i].Raw
			if len(raw) > 1<<30 {
				return nil, fmt.Errorf("packing the record %.80s: it is %d bytes long", list[i].Key, len(raw))
			}
			block = append(block, raw...)
			a.size = append(a.size, int32(len(raw)))
			list[i].Raw = nil
			// A block of one long record is as good as one of many short ones.
			if n++; n == inBlock {
				flush()
			}
		}
	}
	flush()
	return a, nil
}

// record returns the raw record of an event.
func (a *attic) record(i int32) ([]byte, error) {
	block, err := s2.Decode(nil, a.blocks[i/inBlock])
	if err != nil {
		return nil, fmt.Errorf("unpacking a record: %w", err)
	}
	at := 0
	for _, size := range a.size[i/inBlock*inBlock : i] {
		at += int(size)
	}
	return block[at : at+int(a.size[i])], nil
}

// thrift lets events share the strings that most of them have in common.
func thrift(c *casefile.Case) {
	shared := map[string]string{}
	share := func(fields ...*string) {
		for _, f := range fields {
			if *f == "" {
				continue
			}
			if s, ok := shared[*f]; ok {
				*f = s
			} else if len(shared) < 1<<18 { // strings that never come back are not collected
				shared[*f] = *f
			}
		}
	}
	for _, list := range [][]casefile.Event{c.Events, c.Undated} {
		for i := range list {
			ev := &list[i]
			id, a := &ev.Identity, &ev.Actor
			share(&ev.Source, &ev.Name, &ev.Region, &ev.Account, &ev.Type, &ev.ErrorCode, &ev.ErrorMessage, &ev.SourceIP, &ev.UserAgent, &ev.Host,
				&id.Type, &id.PrincipalID, &id.ARN, &id.Account, &id.AccessKey, &id.UserName, &id.InvokedBy, &id.Role, &id.Session, &id.Source,
				&id.OnBehalfOf, &id.Store, &id.StoreOwner, &id.Credential, &id.Provider,
				&a.Kind, &a.Name, &a.Principal, &a.Client, &a.Version, &a.Detail, &a.Family, &a.Credential, &a.Address, &a.Basis,
				&ev.Subject.Store, &ev.Subject.Tenant, &ev.Subject.Group, &ev.Subject.User, &ev.Subject.GroupName, &ev.Subject.UserName)
		}
	}
}
