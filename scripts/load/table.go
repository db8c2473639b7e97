package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/scripts/internal/measure"
)

// measure does all of it and returns the tables. progress is told what is going on.
func (p plan) measure(ctx context.Context, progress io.Writer) (string, error) {
	client := newClient(p.clients)
	defer client.CloseIdleConnections()
	var b strings.Builder
	kept := "memory"
	if p.state != "" {
		kept = "a folder"
	}
	fmt.Fprintf(&b, "%s. State in %s, recording on, %d clients in the process of the server, turns of %v.\n", measure.Machine(), kept, p.clients, slice)
	watch, own := measure.Watch(), cpu()

	fmt.Fprintf(progress, "%d users, %d groups\n", p.users, p.groups)
	if err := p.beside(ctx, client, &b); err != nil {
		return "", err
	}
	if p.many > 0 {
		fmt.Fprintf(progress, "%d users against %d\n", p.few, p.many)
		if err := p.growth(ctx, client, &b); err != nil {
			return "", err
		}
	}
	if share := watch.Share(cpu() - own); share >= 0 {
		fmt.Fprintf(&b, "\nOther work took %.0f %% of the machine meanwhile.\n", share*100)
	}
	fmt.Fprintln(progress, "the program by itself")
	if err := p.alone(ctx, client, &b); err != nil {
		return "", err
	}
	return b.String(), nil
}

// beside writes the table of operations beside the echo.
func (p plan) beside(ctx context.Context, client *http.Client, b *strings.Builder) (err error) {
	bare, stop, err := echo(client)
	if err != nil {
		return err
	}
	defer stop()
	w, err := open(ctx, client, p.state, p.users, p.groups, p.clients)
	if err != nil {
		return err
	}
	defer func() {
		if closing := w.close(); err == nil {
			err = closing
		}
	}()
	runtime.GC() // what filling has left over
	fmt.Fprintf(b, "\n%d users, %d groups:\n\n", p.users, p.groups)
	b.WriteString("| operation | calls/s | p50 ms | p99 ms | the echo's calls/s meanwhile | share of the echo |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	var all tally
	for _, op := range w.operations(p.clients) {
		var mine, echos tally
		if err := versus(ctx, op, bare, p.clients, p.rounds(), slice, &mine, &echos); err != nil {
			return err
		}
		fmt.Fprintf(b, "| %s | %.0f | %s | %s | %.0f | %.2f |\n", op.name, mine.rate(), ms(mine.at(.5)), ms(mine.at(.99)), echos.rate(), ratio(&mine, &echos))
		all.calls += echos.calls
		all.spent += echos.spent
		all.times = append(all.times, echos.times...)
	}
	fmt.Fprintf(b, "| echo | %.0f | %s | %s |  | 1 |\n", all.rate(), ms(all.at(.5)), ms(all.at(.99)))
	return nil
}

// growth writes the table of the same operations on a small and a large store.
func (p plan) growth(ctx context.Context, client *http.Client, b *strings.Builder) (err error) {
	var ops [2][]*operation
	for i, users := range []int{p.few, p.many} {
		w, err := open(ctx, client, p.state, users, max(users/20, 1), p.clients)
		if err != nil {
			return err
		}
		defer func() {
			if closing := w.close(); err == nil {
				err = closing
			}
		}()
		ops[i] = w.operations(p.clients)
	}
	runtime.GC()
	fmt.Fprintf(b, "\n%d users in %d groups against %d in %d:\n\n", p.few, max(p.few/20, 1), p.many, max(p.many/20, 1))
	fmt.Fprintf(b, "| operation | calls/s at %d | calls/s at %d | cost grows by |\n| --- | ---: | ---: | ---: |\n", p.few, p.many)
	for i, op := range ops[0] {
		var few, many tally
		if err := versus(ctx, op, ops[1][i], p.clients, p.rounds(), slice, &few, &many); err != nil {
			return err
		}
		fmt.Fprintf(b, "| %s | %.0f | %.0f | %.2fx |\n", op.name, few.rate(), many.rate(), ratio(&few, &many))
	}
	return nil
}

// alone writes what the built program needs when it runs by itself.
func (p plan) alone(ctx context.Context, client *http.Client, b *strings.Builder) error {
	work, err := os.MkdirTemp("", "load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	binary := p.program
	if binary == "" {
		if binary, err = measure.Build(ctx, work, "./cmd/scimtrail"); err != nil {
			return err
		}
	}
	m, err := program(ctx, binary, work, p.state, client, p.users, p.groups, p.clients)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\nThe built program in a process of its own: from its start to the first answer of the SCIM endpoint %s ms (median of %d; the slowest %s ms). "+
		"Memory (VmRSS) %.0f MB when it has just answered, %.0f MB %v after it was given %d users and %d groups.\n",
		ms(m.starts[len(m.starts)/2]), len(m.starts), ms(slices.Max(m.starts)), m.idle, m.filled, restAfter, p.users, p.groups)
	return nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond)) }
