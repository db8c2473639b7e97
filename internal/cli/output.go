package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/report"
)

// output is the flags that say how and where a result is written.
type output struct {
	format  string
	file    string
	formats []string
}

func (o *output) addFlags(cmd *cobra.Command, formats ...string) {
	o.formats = formats
	cmd.Flags().StringVar(&o.format, "format", formats[0], "one of "+strings.Join(formats, ", "))
	cmd.Flags().StringVarP(&o.file, "output", "o", "", "write to this file instead of standard output")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

// toFile reports whether the result goes to a file rather than to standard output.
func (o *output) toFile() bool { return o.file != "" && o.file != "-" }

func (o *output) check() error {
	if !slices.Contains(o.formats, o.format) {
		return usagef("", "--format %s: it is one of %s", o.format, strings.Join(o.formats, ", "))
	}
	if !o.toFile() {
		return nil
	}
	// Said now, not after the evidence was read.
	if info, err := os.Stat(o.file); err == nil && info.IsDir() {
		return usagef("name a file in it", "-o %s: that is a folder", o.file)
	}
	if _, err := os.Stat(filepath.Dir(o.file)); errors.Is(err, fs.ErrNotExist) {
		return usagef("make it first", "-o %s: there is no folder %s", o.file, filepath.Dir(o.file))
	}
	return nil
}

// reads reports whether a file is one that evidence was read from.
func (a *app) reads(name string) bool {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	for _, in := range a.inputs {
		if in.Size != info.Size() {
			continue
		}
		if evidence, err := os.Stat(in.Path); err == nil && os.SameFile(info, evidence) {
			return true
		}
	}
	for _, name := range a.archives {
		if kept, err := os.Stat(name); err == nil && os.SameFile(info, kept) {
			return true
		}
	}
	return false
}

// write lets render write to the output. A file appears whole or not at all.
func (a *app) write(o *output, render func(io.Writer, report.Style) error) error {
	if !o.toFile() {
		if err := render(a.Out, a.style()); err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
		return nil
	}
	if a.reads(o.file) {
		return usagef("name another file", "-o %s: that file is evidence; it is not written over", o.file)
	}
	var b bytes.Buffer
	if err := render(&b, report.Style{}); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return writeFile(o.file, b.Bytes())
}

// writeFile puts a file in place whole: it is written under another name first.
// A link is written through, and what is no file (a pipe, /dev/null) is written
// to as it stands, never replaced.
func writeFile(name string, data []byte) error {
	path, mode := name, fs.FileMode(0o644)
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			if err := os.WriteFile(path, data, mode); err != nil {
				return fmt.Errorf("writing %s: %w", name, err)
			}
			return nil
		}
		mode = info.Mode().Perm()
	}
	if err := replaceFile(path, data, mode); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func replaceFile(path string, data []byte, mode fs.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".scimtrail-*")
	if err != nil {
		if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
			return pathErr.Err // the temporary name says nothing to the user
		}
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(mode)
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return err
}

// style lays text out for the terminal that standard output is, if it is one.
func (a *app) style() report.Style {
	s := report.Style{Width: a.Width}
	if n, err := strconv.Atoi(a.getenv("COLUMNS")); err == nil && n > 0 && a.Width == 0 {
		s.Width = n
	}
	s.Colour = a.Terminal && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
	return s
}

func (a *app) getenv(name string) string {
	if a.Getenv == nil {
		return ""
	}
	return a.Getenv(name)
}

// cleanLines makes an error safe for a terminal; the lines of its own stay.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		lines[i] = indent + report.Clean(strings.TrimLeft(line, " "))
	}
	return strings.Join(lines, "\n")
}
