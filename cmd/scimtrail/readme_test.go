package main_test

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/cli"
)

// TestREADMEShowsTheRealOutput runs the command of the README's first screen and
// compares what it prints with what stands there.
func TestREADMEShowsTheRealOutput(t *testing.T) {
	t.Chdir("../..")
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```\ngo run ./cmd/scimtrail ([^\n]+)\n```\n\n```\n(.*?)\\.\\.\\.\n```")
	found := block.FindSubmatch(text)
	if found == nil {
		t.Fatal("README.md has no command followed by its output")
	}
	var out, errs bytes.Buffer
	status := cli.Main(context.Background(), strings.Fields(string(found[1])), cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	if status != 0 {
		t.Fatalf("status %d: %s", status, errs.String())
	}
	if want := string(found[2]); !strings.HasPrefix(out.String(), want) {
		t.Errorf("README.md shows\n%s\nthe program prints\n%s", want, out.String())
	}
}
