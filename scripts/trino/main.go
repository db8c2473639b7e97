// Trino starts a real Trino of one node on this machine, over log files that it
// puts into a bucket in memory, and says what to give to --from:
//
//	go run ./scripts/trino fetch
//	go run ./scripts/trino serve [-port 8080] [-accounts 111122223333] [-regions us-east-2] [-organization o-...] FOLDER
//
// The folder holds AWSLogs/... as a trail's bucket does: examples/proven-logs, or
// what idcentertest's WriteLogs or scripts/genlogs wrote. fetch needs Maven and
// brings 300 MB into the user's cache folder (or SCIMTRAIL_TRINO); serve needs a
// JDK of version 17 or later and 2 GB of memory, and ends with Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/trinonode"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "trino:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 1 && args[0] == "fetch" {
		if err := trinonode.Fetch(ctx, trinonode.Home(), os.Stderr); err != nil {
			return err
		}
		fmt.Println("Trino", trinonode.Version, "is in", trinonode.Home())
		return nil
	}
	if len(args) == 0 || args[0] != "serve" {
		return errors.New("say fetch, or serve FOLDER")
	}
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	port := flags.Int("port", 8080, "of the node, on 127.0.0.1")
	accounts := flags.String("accounts", "111122223333", "whose logs the table shows, with commas between")
	regions := flags.String("regions", "us-east-2", "whose logs the table shows, with commas between")
	organization := flags.String("organization", "", "o-..., for the logs of an organisation trail")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("name one folder that holds AWSLogs")
	}
	ddl, err := engine.DDL(engine.Trino, engine.Trail{Catalog: trinonode.Catalog, Schema: trinonode.Schema, Bucket: trinonode.Bucket,
		Accounts: strings.Split(*accounts, ","), Regions: strings.Split(*regions, ","), Organization: *organization})
	if err != nil {
		return err
	}
	node, err := trinonode.Start(ctx, trinonode.Home(), *port, os.Stderr)
	if err != nil {
		return err
	}
	defer node.Stop()
	files, err := node.PutTree(flags.Arg(0))
	if err != nil {
		return err
	}
	if err := node.Query(ctx, ddl); err != nil {
		return err
	}
	fmt.Printf("%d files are in the bucket. Ask them with\n\n  scimtrail events --from trino://%s/%s/%s/cloudtrail_logs\n\nand end with Ctrl-C.\n", files, node.Host, trinonode.Catalog, trinonode.Schema)
	<-ctx.Done()
	return nil
}
