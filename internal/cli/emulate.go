package cli

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/emulator"
	"github.com/scimtrail/scimtrail/internal/report"
)

type emulateOptions struct {
	listen, state, ready, deliver string
	store, region, account        string
	throttle                      string
	delay                         time.Duration
	tls, legacy, verify           bool
}

func (a *app) emulate() *cobra.Command {
	var opts emulateOptions
	cmd := &cobra.Command{
		Use:   "emulate",
		Short: "A local IAM Identity Center: SCIM, Identity Store API, CloudTrail",
		Long: `Emulate is AWS IAM Identity Center on this machine: its SCIM endpoint, its Identity Store API, and CloudTrail, which
records every call as AWS does and delivers its logs, signed, into a folder. It runs until it is interrupted.

The ready file is written when it serves and says where it is, with the first SCIM token and an access key. With --state DIR
nothing that was acknowledged is lost, however it ends, and a restart goes on where it was.`,
		Example: `  scimtrail emulate --ready-file ready.json
  scimtrail emulate --listen 127.0.0.1:8080 --state ./idc --ready-file ready.json --deliver ./bucket
  scimtrail emulate token create --state ./idc`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runEmulate(cmd, &opts) },
	}
	f := cmd.Flags()
	f.StringVar(&opts.listen, "listen", "127.0.0.1:0", "the address to listen on; port 0 is any that is free")
	f.StringVar(&opts.state, "state", emulator.InMemory, "the folder that keeps the state, or memory")
	f.StringVar(&opts.ready, "ready-file", "", "write where it is, and the first credentials, to this file once it serves")
	f.StringVar(&opts.deliver, "deliver", "", "deliver CloudTrail's log files and digests into this folder")
	f.StringVar(&opts.store, "identity-store-id", "", "the identity store's id, d- and ten hexadecimal digits (default: a new one)")
	f.StringVar(&opts.region, "region", "", "the Region (default us-east-1)")
	f.StringVar(&opts.account, "account", "", "the account (default 111122223333)")
	f.DurationVar(&opts.delay, "lookup-delay", 0, "how late LookupEvents shows an event")
	f.BoolVar(&opts.tls, "tls", false, "serve HTTPS, with a certificate authority of its own (caFile in the ready file)")
	f.BoolVar(&opts.legacy, "legacy-token", false, "the first token is from before September 2024: it works and logs nothing")
	f.StringVar(&opts.throttle, "throttle", "off", "off, or aws for AWS's rates")
	f.BoolVar(&opts.verify, "verify-signatures", false, "refuse API calls that are not signed with a known access key")
	_ = cmd.MarkFlagDirname("state")
	_ = cmd.MarkFlagDirname("deliver")
	_ = cmd.RegisterFlagCompletionFunc("throttle", cobra.FixedCompletions([]string{"off", "aws"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(a.emulateToken(), a.emulateClock(), a.emulateFault())
	return cmd
}

var emulatedRegion = regexp.MustCompile(`^[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}$`)

func (o *emulateOptions) check(cmd *cobra.Command) error {
	if _, _, err := net.SplitHostPort(o.listen); err != nil {
		return usagef("for example 127.0.0.1:8080", "--listen %s: it is a host and a port", o.listen)
	}
	switch {
	case o.state == "":
		return usagef("", "--state is empty: name a folder, or memory")
	case o.store != "" && !awsid.IsStore(o.store):
		return usagef("", "--identity-store-id %s: it is d- and ten hexadecimal digits", o.store)
	case o.region != "" && !emulatedRegion.MatchString(o.region):
		return usagef("", "--region %s: it is one like us-east-1", o.region)
	case o.account != "" && !awsid.IsAccount(o.account):
		return usagef("", "--account %s: it is 12 digits", o.account)
	case o.delay < 0:
		return usagef("", "--lookup-delay %v: it is not negative", o.delay)
	case o.throttle != "off" && o.throttle != "aws":
		return usagef("", "--throttle %s: it is off or aws", o.throttle)
	}
	for _, name := range []string{"ready-file", "deliver", "identity-store-id", "region", "account"} {
		if flag := cmd.Flags().Lookup(name); flag.Changed && flag.Value.String() == "" {
			return usagef("leave it out, or say what", "--%s is empty", name)
		}
	}
	return nil
}

func (a *app) runEmulate(cmd *cobra.Command, opts *emulateOptions) error {
	if err := opts.check(cmd); err != nil {
		return err
	}
	var mu sync.Mutex
	say := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(a.Err, "scimtrail:", cleanLines(text))
	}
	cfg := emulator.RunConfig{
		Config: emulator.Config{
			State: opts.state, Account: opts.account, Region: opts.region, Store: opts.store, Deliver: opts.deliver,
			LegacyToken: opts.legacy, LookupDelay: opts.delay, VerifySignatures: opts.verify,
			Warn: func(err error) { say(err.Error()) },
		},
		Listen: opts.listen, TLS: opts.tls, ReadyFile: opts.ready, Say: say,
	}
	cfg.Behaviour.Throttle = opts.throttle == "aws"
	return emulator.Run(cmd.Context(), cfg)
}

// emulatorAt is the flags that say which emulator is administered.
type emulatorAt struct {
	state, ready string
}

func (o *emulatorAt) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.state, "state", "", "the folder that keeps the emulator's state; it may run or not")
	cmd.Flags().StringVar(&o.ready, "ready-file", "", "the ready file of an emulator that runs, in place of --state")
	_ = cmd.MarkFlagDirname("state")
	_ = cmd.MarkFlagFilename("ready-file")
}

// administer lets do administer the emulator that the flags name.
func (a *app) administer(cmd *cobra.Command, o *emulatorAt, do func(emulator.Administration) error) error {
	switch {
	case (o.state == "") == (o.ready == ""):
		return usagef("for example --state ./idc", "say which emulator: give --state DIR or --ready-file FILE")
	case o.state == emulator.InMemory:
		return usagef("an emulator in memory is reached by --ready-file FILE", "--state memory: there is no folder")
	case o.state != "":
		return emulator.Administer(cmd.Context(), o.state, do)
	}
	client, err := emulator.Connect(o.ready)
	if err != nil {
		return err
	}
	return do(client)
}

// oneID makes a command take one argument, named for the reader.
func oneID(name, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 || strings.TrimSpace(args[0]) == "" {
			return usagef("for example "+cmd.CommandPath()+" "+example, "%s takes one %s", cmd.CommandPath(), name)
		}
		return nil
	}
}

// shown is text of an emulator as it may be printed.
func shown(text string) string { return report.Clean(text) }
