package watch

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// belongs knows which group a membership is of: a DeleteGroupMembership names the
// membership alone (cloudtrail reference 2.9). What it knows does not change, and
// each entry says since when it was known, so that copies of a machine share one.
type belongs struct {
	groups []string
	index  map[string]uint32
	by     map[Key]belonging
	news   int // entries that came since it was last stored
}

type belonging struct{ group, since uint32 }

// maxBelongs bounds what is remembered: 24 bytes and some each.
const maxBelongs = 2_000_000

func newBelongs() *belongs { return &belongs{index: map[string]uint32{}, by: map[Key]belonging{}} }

func (b *belongs) learn(k Key, group string, at int64) {
	if group == "" {
		return
	}
	if old, known := b.by[k]; known && int64(old.since) <= at || !known && len(b.by) >= maxBelongs {
		return
	}
	n, known := b.index[group]
	if !known {
		n = uint32(len(b.groups))
		b.groups = append(b.groups, group)
		b.index[group] = n
	}
	b.by[k] = belonging{n, uint32(at)}
	b.news++
}

// group returns the group of a membership as far as was known at a moment.
func (b *belongs) group(membership Key, at int64) string {
	if e, known := b.by[membership]; known && int64(e.since) <= at {
		return b.groups[e.group]
	}
	return ""
}

func (b *belongs) forget(membership Key) {
	if _, known := b.by[membership]; known {
		delete(b.by, membership)
		b.news++
	}
}

// MarshalBinary writes it, smaller than JSON would be.
func (b *belongs) MarshalBinary() ([]byte, error) {
	out := binary.AppendUvarint(nil, uint64(len(b.groups)))
	for _, g := range b.groups {
		out = binary.AppendUvarint(out, uint64(len(g)))
		out = append(out, g...)
	}
	for k, e := range b.by {
		out = append(out, k[:]...)
		out = binary.LittleEndian.AppendUint32(out, e.group)
		out = binary.LittleEndian.AppendUint32(out, e.since)
	}
	return out, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (b *belongs) UnmarshalBinary(data []byte) error {
	*b = *newBelongs()
	number := func() (uint64, error) {
		n, size := binary.Uvarint(data)
		if size <= 0 || n > uint64(len(data)) {
			return 0, fmt.Errorf("reading memberships: they are cut short")
		}
		data = data[size:]
		return n, nil
	}
	groups, err := number()
	if err != nil {
		return err
	}
	for range groups {
		n, err := number()
		if err != nil || n > uint64(len(data)) {
			return fmt.Errorf("reading memberships: they are cut short")
		}
		b.index[string(data[:n])] = uint32(len(b.groups))
		b.groups = append(b.groups, string(data[:n]))
		data = data[n:]
	}
	const width = 24
	if len(data)%width != 0 {
		return fmt.Errorf("reading memberships: they are cut short")
	}
	for entry := range slices.Chunk(data, width) {
		e := belonging{binary.LittleEndian.Uint32(entry[16:]), binary.LittleEndian.Uint32(entry[20:])}
		if int(e.group) >= len(b.groups) {
			return fmt.Errorf("reading memberships: one is of no group")
		}
		b.by[Key(entry[:16])] = e
	}
	return nil
}
