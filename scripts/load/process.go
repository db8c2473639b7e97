package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

// process is what was measured of the built program, run by itself.
type process struct {
	starts []time.Duration // from the start to the first answer, sorted
	idle   float64         // MB resident, when it has just started
	filled float64         // MB resident, a while after it was filled
}

const (
	starts    = 9
	restAfter = 5 * time.Second // of being filled
)

// program starts the built program several times and measures it. dir is "" for state
// in memory, or the folder in which each has a new one.
func program(ctx context.Context, binary, work, dir string, client *http.Client, users, groups, clients int) (p process, err error) {
	for i := range starts {
		last := i == starts-1
		err := once(ctx, binary, work, dir, func(begun time.Time, pid int, w *world) error {
			if _, err := w.call(ctx, "GET", "/Users?count=1", "", 200); err != nil {
				return err
			}
			p.starts = append(p.starts, time.Since(begun))
			if !last {
				return nil
			}
			if p.idle, err = resident(pid); err != nil {
				return err
			}
			if err := w.fill(ctx, users, groups, clients); err != nil {
				return err
			}
			if err := sleep(ctx, restAfter); err != nil {
				return err
			}
			p.filled, err = resident(pid)
			return err
		}, client)
		if err != nil {
			return p, err
		}
	}
	slices.Sort(p.starts)
	return p, nil
}

func once(ctx context.Context, binary, work, dir string, do func(begun time.Time, pid int, w *world) error, client *http.Client) error {
	file := filepath.Join(work, "ready.json")
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	state := "memory"
	if dir != "" {
		var err error
		if state, err = os.MkdirTemp(dir, "load-"); err != nil {
			return fmt.Errorf("making a folder for the state: %w", err)
		}
		defer os.RemoveAll(state)
	}
	cmd := exec.CommandContext(ctx, binary, "emulate", "--ready-file", file, "--state", state)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the emulator: %w", err)
	}
	ready, err := wait(ctx, file)
	if err == nil {
		err = do(begun, cmd.Process.Pid, &world{wire: wire{client, ready.SCIMURL, ready.Token}})
	}
	_ = cmd.Process.Signal(os.Interrupt)
	if ended := cmd.Wait(); ended != nil && err == nil {
		err = fmt.Errorf("the emulator ended with %w: %.300s", ended, said.Bytes())
	}
	return err
}

// wait returns what stands in the ready file once it is there.
func wait(ctx context.Context, file string) (r emulator.Ready, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 20*time.Second, errors.New("the emulator was not ready within 20 s"))
	defer cancel()
	for {
		data, err := os.ReadFile(file)
		switch {
		case err == nil:
			return r, json.Unmarshal(data, &r)
		case !errors.Is(err, os.ErrNotExist):
			return r, err
		}
		if err := sleep(ctx, 200*time.Microsecond); err != nil {
			return r, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// resident returns VmRSS of a process in MB, of 1,000,000 bytes. It needs Linux.
func resident(pid int) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the memory of a process, which needs Linux: %w", err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		if after, found := strings.CutPrefix(lines.Text(), "VmRSS:"); found {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(after), "kB")), 64)
			return kb * 1024 / 1e6, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no VmRSS", pid)
}
