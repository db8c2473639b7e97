// Command timing unpacks files over and over and prints the CPU time of a round,
// for comparing with other programs under the same conditions:
//
//	go run ./internal/inflate/testdata/timing stream|pair ROUNDS FILE FILE...
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: timing stream|pair ROUNDS FILE FILE...")
		os.Exit(2)
	}
	rounds, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	var files [][]byte
	for _, name := range os.Args[3:] {
		data, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		files = append(files, data)
	}
	p := inflate.NewPair()
	s := inflate.NewStream()
	total := 0
	start := cpu()
	for range rounds {
		switch os.Args[1] {
		case "stream":
			for _, f := range files {
				s.Reset(f, 0)
				for {
					window, err := s.Next()
					total += len(window)
					if err != nil {
						break
					}
				}
			}
		case "pair":
			rest := files
			for _, s := range p.Streams() {
				s.Reset(rest[0], 0)
				rest = rest[1:]
			}
			for {
				s, window, err := p.Next()
				total += len(window)
				if s == nil {
					break
				}
				if err != nil && len(rest) > 0 {
					s.Reset(rest[0], 0)
					rest = rest[1:]
				}
			}
		}
	}
	took := cpu() - start
	fmt.Printf("%s %.2f ms/round %.0f MB/s\n", os.Args[1], took.Seconds()/float64(rounds)*1e3, float64(total)/took.Seconds()/1e6)
}
