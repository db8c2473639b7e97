package casefile

import (
	"runtime"
	"sync"
)

// sideBySide does n things, each by its number, on all processors. They must not
// depend on one another.
func sideBySide(n int, do func(i int)) {
	workers := runtime.GOMAXPROCS(0)
	const few = 1000 // a goroutine costs about as much as one of them
	if n < few || workers < 2 {
		for i := range n {
			do(i)
		}
		return
	}
	// More parts than processors, since some are slower than others.
	part := max(few/10, n/(workers*8))
	var wg sync.WaitGroup
	room := make(chan struct{}, workers)
	for from := 0; from < n; from += part {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			for i := from; i < min(n, from+part); i++ {
				do(i)
			}
		})
	}
	wg.Wait()
}
