package s3

import (
	"context"
	"maps"
	"math/bits"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"
)

// room is the memory in which objects are held until they are read: so much and
// no more, whatever their number and size.
type room struct {
	total int64
	free  *semaphore.Weighted // of what is in use

	mu     sync.Mutex
	inUse  int64
	idle   map[int64][][]byte // by capacity
	idling int64
}

func newRoom(total int64) *room {
	return &room{total: total, free: semaphore.NewWeighted(total), idle: map[int64][][]byte{}}
}

// capacity is what is taken for a size: a little more, so that buffers fit again.
func capacity(size int64) int64 {
	step := int64(4 << 10)
	if n := bits.Len64(uint64(size)); n > 15 {
		step = 1 << (n - 3)
	}
	return (size + step) / step * step // holds one byte more than size
}

// take waits until there is room and returns a buffer of at least size+1 bytes. Its
// error is that of ctx.
func (r *room) take(ctx context.Context, size int64) ([]byte, error) {
	n := min(capacity(size), max(r.total, size+1))
	if err := r.free.Acquire(ctx, min(n, r.total)); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inUse += n
	if list := r.idle[n]; len(list) > 0 {
		b := list[len(list)-1]
		r.idle[n] = list[:len(list)-1]
		r.idling -= n
		return b, nil
	}
	r.shrink()
	return make([]byte, 0, n), nil
}

// give returns a buffer that take returned for the size. It may have been grown.
func (r *room) give(size int64, b []byte) {
	n := min(capacity(size), max(r.total, size+1))
	r.free.Release(min(n, r.total))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inUse -= n
	if int64(cap(b)) == n {
		r.idle[n] = append(r.idle[n], b[:0])
		r.idling += n
		r.shrink()
	}
}

// shrink drops idle buffers, the largest first, until all fit into the room.
func (r *room) shrink() {
	for r.idling > 0 && r.inUse+r.idling > r.total {
		n := slices.Max(slices.Collect(maps.Keys(r.idle)))
		list := r.idle[n]
		if len(list) == 0 {
			delete(r.idle, n)
			continue
		}
		list[len(list)-1] = nil
		r.idle[n] = list[:len(list)-1]
		r.idling -= n
	}
}
