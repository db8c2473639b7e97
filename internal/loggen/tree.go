package loggen

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// WriteTree writes the plan's files below dir, which is made if need be, on all
// cores, and returns what they hold together. note, if not nil, is called for each
// file in the plan's order once it is written; its error ends the writing. Files
// that are there are written over, others are left alone.
func (p *Plan) WriteTree(ctx context.Context, dir string, note func(File, Contents) error) (Contents, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type result struct {
		contents Contents
		err      error
	}
	type pending struct {
		file File
		done chan result
	}
	// The queue holds as many files as there are writers, so that memory stays
	// the same however many files there are.
	queue := make(chan pending, runtime.GOMAXPROCS(0))
	go func() {
		defer close(queue)
		for f := range p.Files() {
			next := pending{f, make(chan result, 1)}
			select {
			case queue <- next:
			case <-ctx.Done():
				return
			}
			go func() {
				c, err := writeFile(ctx, dir, next.file)
				next.done <- result{c, err}
			}()
		}
	}()
	var total Contents
	var first error
	for next := range queue {
		r := <-next.done
		if r.err == nil && note != nil && first == nil {
			r.err = note(next.file, r.contents)
		}
		if r.err != nil {
			if first == nil {
				first = r.err
				stop()
			}
			continue
		}
		total.add(&r.contents)
	}
	if first == nil {
		first = context.Cause(ctx)
	}
	return total, first
}

func writeFile(ctx context.Context, dir string, f File) (Contents, error) {
	if err := ctx.Err(); err != nil {
		return Contents{}, err
	}
	name := filepath.Join(dir, filepath.FromSlash(f.Path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return Contents{}, fmt.Errorf("making the folder of a log file: %w", err)
	}
	out, err := os.Create(name)
	if err != nil {
		return Contents{}, fmt.Errorf("making a log file: %w", err)
	}
	w := bufio.NewWriterSize(out, 64<<10)
	c, err := f.Generate(w)
	if err == nil {
		err = w.Flush()
	}
	if closing := out.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Chtimes(name, f.Delivered, f.Delivered)
	}
	return c, err
}
