package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/scimtrail/scimtrail/scripts/internal/measure"
)

// input is what all programs are given.
type input struct {
	dir       string
	list      string // a file with the names of all log files, a NUL after each
	largest   int64  // bytes of JSON in the largest file
	scimtrail string // programs built for the comparison
	plainjson string
	out       string // where a program's output goes
	cpu       int    // to which those are bound that run on one core
}

// tool is one program, or one way to call it, in the comparison.
type tool struct {
	name string
	does string
	// needs are the programs that have to be there.
	needs []string
	// probe, if any, has to run without an error.
	probe   []string
	command func(in *input) measure.Command
	// count returns how many records the output has; nil when it finds none.
	count func(in *input) (int, error)
	// text says that it finds text, whatever that text is part of.
	text bool
}

// The three sources, in the languages of the tools.
const (
	jqFilter = `.Records[] | select(.eventSource == "identitystore-scim.amazonaws.com" or .eventSource == "identitystore.amazonaws.com" or .eventSource == "sso-directory.amazonaws.com")`
	pattern  = `"eventSource":"(identitystore(-scim)?|sso-directory)\.amazonaws\.com"`
	inSQL    = `('identitystore-scim.amazonaws.com', 'identitystore.amazonaws.com', 'sso-directory.amazonaws.com')`
)

// tools are listed in the order in which they run.
var tools = []tool{
	{name: "scimtrail events", does: "reads, searches, lists", command: func(in *input) measure.Command {
		return measure.Command{Args: []string{in.scimtrail, "events", "--from", in.dir, "--format", "jsonl", "--reads"}, Stdout: in.out}
	}, count: lines},
	{name: "scimtrail events, one core", does: "the same, bound to one core", needs: []string{"taskset"}, command: func(in *input) measure.Command {
		return measure.Command{Args: []string{"taskset", "-c", strconv.Itoa(in.cpu), in.scimtrail, "events", "--from", in.dir, "--format", "jsonl", "--reads"},
			Env: []string{"GOMAXPROCS=1"}, Stdout: in.out}
	}, count: lines},
	unpacks("igzip -dc", "igzip", "-dc"),
	unpacks("libdeflate-gunzip -c", "libdeflate-gunzip", "-c"),
	unpacks("gzip -dc", "gzip", "-dc"),
	{name: "encoding/json", does: "Go's standard library: reads all, lists", command: func(in *input) measure.Command {
		return measure.Command{Args: []string{in.plainjson, in.dir}, Stdout: in.out}
	}, count: lines},
	// rg ends with 1 when it finds nothing.
	{name: "rg -z", does: "finds text, in anything", needs: []string{"rg"}, text: true, command: func(in *input) measure.Command {
		return measure.Command{Args: []string{"rg", "--no-config", "--no-ignore", "-z", "--no-filename", "--count-matches", "-e", pattern, in.dir}, Stdout: in.out, Fine: []int{1}}
	}, count: sum},
	{name: "gzip -dc | jq", does: "reads all, keeps the records", needs: []string{"gzip", "jq", "sh", "xargs"}, command: func(in *input) measure.Command {
		return measure.Command{Args: []string{"sh", "-c", `xargs -0 -s 500000 gzip -dc | jq -c "$1"`, "sh", jqFilter}, Stdin: in.list, Stdout: in.out}
	}, count: lines},
	// The fastest way of DuckDB's that we found; it takes for granted that every
	// record has an eventSource.
	duck("DuckDB, read_json_objects", "takes paths out of the JSON", func(in *input) string {
		return fmt.Sprintf(`SELECT r FROM (SELECT unnest(json_extract(json, '$.Records[*]')) AS r, unnest(json_extract_string(json, '$.Records[*].eventSource')) AS s
			FROM read_json_objects(%s, maximum_object_size=%d)) WHERE s IN %s`, files(in), in.largest+1024, inSQL)
	}),
	// The way that its manual leads to.
	duck("DuckDB, read_json", "reads all into columns", func(in *input) string {
		return fmt.Sprintf(`SELECT r.* FROM (SELECT unnest(Records) AS r
			FROM read_json(%s, columns={Records: 'STRUCT(eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, eventID VARCHAR, awsRegion VARCHAR, recipientAccountId VARCHAR)[]'}, maximum_object_size=%d))
			WHERE r.eventSource IN %s`, files(in), in.largest+1024, inSQL)
	}),
}

// unpacks is a program that only decompresses, as many files in one process as a
// command line holds.
func unpacks(name, program, flag string) tool {
	return tool{name: name, does: "decompresses, nothing else", needs: []string{program, "xargs"}, command: func(in *input) measure.Command {
		return measure.Command{Args: []string{"xargs", "-0", "-s", "500000", program, flag}, Stdin: in.list}
	}}
}

// duck is a query of DuckDB, by its own program or its Python module.
func duck(name, does string, query func(*input) string) tool {
	t := tool{name: name, does: does, count: lines}
	run := []string{"duckdb", "-c"}
	t.needs = run[:1]
	if _, err := exec.LookPath("duckdb"); err != nil {
		run = []string{"python3", "-c", "import duckdb, sys; duckdb.sql(sys.argv[1])"}
		t.needs = run[:1]
		t.probe = []string{"python3", "-c", "import duckdb"}
	}
	t.command = func(in *input) measure.Command {
		_ = os.Remove(in.out) // what an earlier program found is not this one's
		copied := "COPY (" + query(in) + ") TO " + quoted(in.out) + " (FORMAT json)"
		return measure.Command{Args: append(append([]string{}, run...), copied)}
	}
	return t
}

// files is the pattern for all log files, as SQL.
func files(in *input) string { return quoted(in.dir + "/**/*.json.gz") }

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// missing says what of a tool is not there; "" when it can run.
func (t *tool) missing() string {
	for _, program := range t.needs {
		if _, err := exec.LookPath(program); err != nil {
			return program + " is not installed"
		}
	}
	if t.probe != nil {
		if err := exec.Command(t.probe[0], t.probe[1:]...).Run(); err != nil {
			return "neither the program duckdb nor Python's module of this name is installed"
		}
	}
	return ""
}

// lines counts the lines of the output.
func lines(in *input) (int, error) { return measure.Lines(in.out) }

// sum adds up the numbers of the output, one a line.
func sum(in *input) (total int, err error) {
	f, err := os.Open(in.out)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		n, err := strconv.Atoi(s.Text())
		if err != nil {
			return 0, fmt.Errorf("the output has %q where a number should be", s.Text())
		}
		total += n
	}
	return total, nil
}
