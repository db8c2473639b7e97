package cli_test

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/rogpeppe/go-internal/testscript"
)

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// columns holds text to a width. What is copied whole is exempt: a command, which
// stands on a line of its own, and a word that is too long by itself.
func columns(ts *testscript.TestScript, _ bool, args []string) {
	width, err := strconv.Atoi(args[0])
	ts.Check(err)
	for i, line := range strings.Split(ts.ReadFile(args[1]), "\n") {
		line = sgr.ReplaceAllString(line, "")
		words := strings.Fields(line)
		switch {
		case runewidth.StringWidth(line) <= width:
		case strings.HasPrefix(line, "      aws "):
		case len(words) == 1, len(words) == 2 && words[0] == "-":
		default:
			ts.Fatalf("%s:%d: %d columns, want at most %d: %q", args[1], i+1, runewidth.StringWidth(line), width, line)
		}
	}
}
