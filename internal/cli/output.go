package cli

import (
	"bytes"
	"fmt"
	"io"
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

func (o *output) check() error {
	if !slices.Contains(o.formats, o.format) {
		return usagef("", "--format %s: it is one of %s", o.format, strings.Join(o.formats, ", "))
	}
	return nil
}

// write lets render write to the output. A file appears whole or not at all.
func (a *app) write(o *output, render func(io.Writer, report.Style) error) error {
	if o.file == "" || o.file == "-" {
		if err := render(a.Out, a.style()); err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
		return nil
	}
	var b bytes.Buffer
	if err := render(&b, report.Style{}); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return writeFile(o.file, b.Bytes())
}

// writeFile puts a file in place whole: it is written under another name first.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
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
