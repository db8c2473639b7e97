// Command genlogs writes a tree of invented CloudTrail logs, to measure and test
// with. It prints what is in it as JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"github.com/scimtrail/scimtrail/internal/loggen"
)

const usage = `Writes a tree of invented CloudTrail logs and prints what is in it as JSON.

Usage:
  go run ./scripts/genlogs -o DIR [flags]

Examples:
  go run ./scripts/genlogs -o /tmp/large -bytes 1GB -shape large -identity 1000 -seed 1
  go run ./scripts/genlogs -o /tmp/swarm -files 50000 -shape swarm -accounts 20 -days 30
  go run ./scripts/genlogs -o /tmp/org -bytes 200MB -org o-exampleorgid -regions us-east-1,eu-west-1,ap-southeast-2
  go run ./scripts/genlogs -o /tmp/small -bytes 5MB -identity 10 -ids /tmp/small.jsonl

Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, context.Canceled):
		os.Exit(130)
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "genlogs:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "genlogs:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("see -help")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("genlogs", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	var (
		o              loggen.Options
		dir, ids       string
		size, shape    string
		regions        string
		accounts       int
		identity, odds int
	)
	flags.StringVar(&dir, "o", "", "the `folder` to write to; made if need be (required)")
	flags.Uint64Var(&o.Seed, "seed", 1, "the same seed and flags give the same bytes")
	flags.StringVar(&size, "bytes", "", "`size` of all files as JSON before compression, such as 1GB or 300MB (default 100MB)")
	flags.IntVar(&o.Files, "files", 0, "`number` of files, in place of -bytes or with it")
	flags.StringVar(&shape, "shape", "large", "large (files of 20 to 50 MB of JSON) or swarm (files of one to four records)")
	flags.IntVar(&identity, "identity", 1000, "one record in `N` concerns identities; 0 for none")
	flags.IntVar(&odds, "decoys", 1000, "one record in `N` only has the name of a directory source in it; 0 for none")
	flags.IntVar(&accounts, "accounts", 2, "number of accounts, at most 92")
	flags.StringVar(&regions, "regions", "us-east-1,eu-west-1", "Regions, with commas between")
	flags.IntVar(&o.Days, "days", 7, "days over which deliveries are spread")
	flags.IntVar(&o.Level, "level", 6, "level of gzip, 1 to 9")
	flags.StringVar(&o.Organization, "org", "", "id of the organisation whose trail it is, such as o-exampleorgid")
	flags.StringVar(&ids, "ids", "", "write source, name and id of each identity record to this `file`, one a line as JSON")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage // flags has said what is wrong
	}
	var err error
	if o.Bytes, err = parseSize(size); err != nil {
		return fmt.Errorf("-bytes: %w; %w", err, errUsage)
	}
	switch {
	case dir == "":
		return fmt.Errorf("-o DIR is missing; %w", errUsage)
	case flags.NArg() > 0:
		return fmt.Errorf("%q is no flag; %w", flags.Arg(0), errUsage)
	}
	o.Shape, o.Accounts, o.Regions = loggen.Shape(shape), loggen.Accounts(accounts), strings.Split(regions, ",")
	o.IdentityShare, o.DecoyShare = share(identity), share(odds)
	plan, err := loggen.New(o)
	if err != nil {
		return fmt.Errorf("%w; %w", err, errUsage)
	}
	return write(ctx, plan, dir, ids, stdout)
}

// share turns the flag's 0 for none into loggen's.
func share(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

func write(ctx context.Context, plan *loggen.Plan, dir, ids string, stdout io.Writer) (err error) {
	var list *json.Encoder
	if ids != "" {
		f, err := os.Create(ids)
		if err != nil {
			return fmt.Errorf("making the list of ids: %w", err)
		}
		w := bufio.NewWriter(f)
		list = json.NewEncoder(w)
		defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
	}
	files := 0
	total, err := plan.WriteTree(ctx, dir, func(_ loggen.File, c loggen.Contents) error {
		files++
		if list == nil {
			return nil
		}
		for _, id := range c.Identity {
			if err := list.Encode(map[string]string{"id": id.ID, "source": id.Source, "name": id.Name}); err != nil {
				return fmt.Errorf("writing the list of ids: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	out := json.NewEncoder(stdout)
	out.SetIndent("", "  ")
	return out.Encode(struct {
		Files    int            `json:"files"`
		Records  int            `json:"records"`
		Bytes    int64          `json:"bytes"`
		Packed   int64          `json:"packedBytes"`
		Identity int            `json:"identityRecords"`
		Decoys   int            `json:"decoys"`
		Sources  map[string]int `json:"sources"`
	}{files, total.Records, total.Bytes, total.Packed, total.Identities, total.Decoys, total.Sources})
}

// parseSize reads 1GB, 300MB, 2.5kB or a number of bytes; units are decimal.
func parseSize(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	number, factor := strings.ToUpper(strings.TrimSpace(s)), 1.0
	for unit, f := range map[string]float64{"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12} {
		if n, ok := strings.CutSuffix(number, unit); ok {
			number, factor = n, f
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n >= 1/factor && n*factor <= 1e15) {
		return 0, fmt.Errorf("%q is no size such as 1GB, 300MB or 5000", s)
	}
	return int64(n * factor), nil
}
