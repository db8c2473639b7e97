package casefile

import (
	"runtime"
	"sync"
)

// sideBySide does n things in stretches, from one up to another, on all
// processors. The stretches must not depend on one another.
func sideBySide(n int, do func(from, to int)) {
	workers := runtime.GOMAXPROCS(0)
	const few = 1000 // what takes less than a millisecond is not worth a goroutine
	if n < few || workers < 2 {
		if n > 0 {
			do(0, n)
		}
		return
	}
	stretch := max(few/2, n/(4*workers)) // several for each, since some take longer
	room := make(chan struct{}, workers)
	var wg sync.WaitGroup
	for from := 0; from < n; from += stretch {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			do(from, min(n, from+stretch))
		})
	}
	wg.Wait()
}
