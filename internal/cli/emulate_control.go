package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/emulator"
	"github.com/scimtrail/scimtrail/internal/report"
)

func (a *app) emulateClock() *cobra.Command {
	var opts tokenCommand
	var advance time.Duration
	cmd := &cobra.Command{
		Use:   "clock",
		Short: "Show the emulator's clock, or advance it",
		Long: `Clock shows the time by the emulator's clock, and with --advance moves it forward: the times of what is made and logged, the
age of tokens, and the 90 days that LookupEvents sees. Whatever was logged until then is delivered and signed.`,
		Example: `  scimtrail emulate clock --state ./idc
  scimtrail emulate clock --advance 8760h --ready-file ready.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if advance < 0 {
				return usagef("", "--advance %v: the clock only goes forward", advance)
			}
			var now emulator.ClockJSON
			return a.tokenDo(cmd, &opts, func(e emulator.Administration) (_ any, err error) {
				if cmd.Flags().Changed("advance") {
					now, err = e.Advance(cmd.Context(), advance)
				} else {
					now, err = e.Now(cmd.Context())
				}
				return now, err
			}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s, %s ahead\n", stamp(now.Now), shown(now.Offset))
				return err
			})
		},
	}
	opts.addFlags(cmd)
	cmd.Flags().DurationVar(&advance, "advance", 0, "how far to move it forward, such as 8760h for a year")
	return cmd
}

func (a *app) emulateFault() *cobra.Command {
	var opts tokenCommand
	var clear bool
	rates := map[string]*float64{}
	delays := map[string]*time.Duration{}
	cmd := &cobra.Command{
		Use:   "fault",
		Short: "Show what goes wrong in a running emulator, or make it go wrong",
		Long: `Fault makes calls fail or wait, and the delivery of log files go wrong, in an emulator that runs. What is not given stays as it
is; 0 takes a fault back, and --clear takes all of them back. A call that fails so changes nothing. Without flags it
shows what holds.`,
		Example: `  scimtrail emulate fault --rate429 0.3 --state ./idc
  scimtrail emulate fault --delivery-late 30m --ready-file ready.json
  scimtrail emulate fault --clear --state ./idc`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ask := emulator.FaultsOf(func(name string) (float64, bool) {
				return *rates[name], clear || cmd.Flags().Changed(name)
			}, func(name string) (time.Duration, bool) {
				return *delays[name], clear || cmd.Flags().Changed(name)
			})
			var now emulator.FaultsJSON
			return a.tokenDo(cmd, &opts, func(e emulator.Administration) (_ any, err error) {
				client, runs := e.(*emulator.Client)
				if !runs {
					return nil, fmt.Errorf("the emulator does not run; faults end with it")
				}
				now, err = client.SetFaults(cmd.Context(), ask)
				return now, err
			}, func(w io.Writer) error { return report.WriteJSON(w, now) })
		},
	}
	opts.addFlags(cmd)
	f := cmd.Flags()
	f.BoolVar(&clear, "clear", false, "take all faults back that are not given")
	for _, x := range []struct{ name, help string }{
		{"rate429", "share of calls that are throttled, 0 to 1"},
		{"rate500", "share of calls that fail on AWS's side, 0 to 1"},
		{"delivery-dropped", "share of log deliveries that never arrive, 0 to 1"},
		{"delivery-doubled", "share of log deliveries that arrive twice, 0 to 1"},
	} {
		rates[x.name] = f.Float64(x.name, 0, x.help)
	}
	for _, x := range []struct{ name, help string }{
		{"latency", "how long every call waits"},
		{"retry-after", "what throttled calls are told (default 1s)"},
		{"delivery-late", "how much later log files are delivered"},
	} {
		delays[x.name] = f.Duration(x.name, 0, x.help)
	}
	return cmd
}
