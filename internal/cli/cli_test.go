package cli_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/scimtrail/scimtrail/internal/cli"
	"github.com/scimtrail/scimtrail/internal/story"
)

var update = flag.Bool("update", false, "rewrite the output that the scripts in testdata/script compare with")

// TestMain lets the test binary stand for the program in scripts.
// TestMain lets more tests run side by side than there are processors: many wait, for
// two calls a second or for a program. -parallel says otherwise.
func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "6")
	testscript.Main(m, map[string]func(){"scimtrail": program})
}

// program is cmd/scimtrail, but for the terminal: a script that sets TERMINAL to
// a number of columns has one, and one that sets AHEAD has a clock that is ahead.
func program() {
	std := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv}
	if columns, err := strconv.Atoi(os.Getenv("TERMINAL")); err == nil {
		std.Terminal, std.Width = true, columns
	}
	if ahead, err := time.ParseDuration(os.Getenv("AHEAD")); err == nil {
		std.Now = func() time.Time { return time.Now().Add(ahead) }
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Main(ctx, os.Args[1:], std))
}

// TestScripts runs the manual of the command line: one script a command or a
// promise. Beside testscript's own commands they have
//
//	status N COMMAND...       runs it and wants that exit status
//	contract KIND FILE        FILE keeps the JSON contract (contract_test.go)
//	columns N FILE            no line of text is wider; commands and ids may be
//	plain FILE                no control character but the end of a line
//	story NAME                writes the evidence of testdata/stories/NAME.txtar into the folder NAME
//	gzip FILE PACKED
//	stage, trouble, arrive    a company before AWS that pushes into it (stage_test.go)
//	center, hand, logs, page, steady, secret    an Identity Center to speak to (center_test.go)
//
// The examples of the repository are in the folder examples, and $group is the
// group that they are about.
func TestScripts(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("group", "App-AWS-AA-database-sandbox-444455556666-admin")
			env.Setenv("TERMINAL", "")
			env.Setenv("COLUMNS", "")
			env.Setenv("NO_COLOR", "")
			return os.Symlink(examples, filepath.Join(env.WorkDir, "examples"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":   status,
			"contract": contract,
			"columns":  columns,
			"plain":    plain,
			"story":    expand,
			"gzip":     pack,
			"center":   center,
			"hand":     hand,
			"logs":     logs,
			"page":     page,
			"steady":   steady,
			"secret":   secret,
			"stage":    stage,
			"trouble":  trouble,
			"arrive":   arrive,
			"slow":     slow,
		},
	})
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func plain(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	bad := !utf8.ValidString(text)
	for _, r := range text {
		bad = bad || r != '\n' && r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	}
	if bad != neg {
		ts.Fatalf("%s: control characters: %v", args[0], bad)
	}
}

func expand(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(filepath.Join("testdata", "stories", args[0]+".txtar"))
	ts.Check(err)
	s, err := story.Parse(text)
	ts.Check(err)
	ts.Check(s.WriteDir(ts.MkAbs(args[0])))
}

func pack(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(ts.ReadFile(args[0])))
	ts.Check(errors.Join(err, w.Close()))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o644))
}
