package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/probe"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/scimclient"
)

type probeOptions struct {
	evidence
	output
	endpointFlags
	roundTrip bool
}

func (a *app) probe() *cobra.Command {
	var opts probeOptions
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Ask a SCIM endpoint whether it is there, takes the token, and what it holds",
		Long: `Probe asks the SCIM endpoint of IAM Identity Center: whether it answers and takes the token, whether it says of itself what AWS
documents, and how many users and groups it shows. It only reads; with --round-trip it makes a group without members, finds
and changes it, and deletes it again, also when it is interrupted, and deletes what an earlier probe left behind.

With evidence (--from) it says since when the log shows the token, and so how old it is at least.`,
		Example: `  SCIMTRAIL_SCIM_TOKEN=... scimtrail probe --scim-endpoint https://scim.us-east-2.amazonaws.com/TENANT/scim/v2
  scimtrail probe --scim-endpoint https://scim.us-east-2.amazonaws.com/TENANT/scim/v2 --token-file token --from ./evidence --round-trip`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runProbe(cmd.Context(), &opts) },
	}
	opts.evidence.addFlags(cmd)
	opts.output.addFlags(cmd, "text", "json")
	opts.endpointFlags.addFlags(cmd)
	cmd.Flags().BoolVar(&opts.roundTrip, "round-trip", false, "make a throw-away group and delete it again")
	return cmd
}

func (a *app) runProbe(ctx context.Context, opts *probeOptions) error {
	if err := opts.output.check(); err != nil {
		return err
	}
	if opts.endpoint == "" {
		return usagef("it is in the console: Settings, Automatic provisioning", "say which endpoint: --scim-endpoint %s", scimclient.Form)
	}
	client, err := a.client(&opts.endpointFlags, scimclient.Options{Pacer: live.NewPacer(15, 15), Attempts: 5})
	if err != nil {
		return err
	}
	var c *casefile.Case
	o := probe.Options{RoundTrip: opts.roundTrip}
	if len(opts.from) > 0 {
		if c, err = a.load(ctx, &opts.evidence); err != nil {
			return err
		}
		for _, h := range c.Homes {
			if h.Region != "" && !slices.Contains(o.Homes, h.Region) {
				o.Homes = append(o.Homes, h.Region)
			}
		}
	}
	if opts.region != "" {
		o.Homes = []string{opts.region}
	}
	r, err := probe.Run(ctx, client, o)
	if err != nil {
		return err
	}
	if c != nil {
		token, err := a.pushToken(opts.tokenFile)
		if err != nil {
			return err
		}
		r.Token = probe.TokenAge(token, c.Events)
		if r.Token == nil {
			r.Notes = append(r.Notes, "The evidence shows no call over SCIM, so it says nothing of the token's age.")
		}
	}
	a.attention = len(r.Differences)+len(r.Leftovers) > 0 || r.RoundTrip != nil && (r.RoundTrip.Failed != "" || !r.RoundTrip.Removed)
	err = a.write(&opts.output, func(w io.Writer, _ report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, struct {
				Schema string `json:"schema"`
				*probe.Report
			}{"scimtrail/probe/v1", r})
		}
		_, err := io.WriteString(w, probeText(r))
		return err
	})
	if err == nil && r.RoundTrip != nil && r.RoundTrip.Failed != "" {
		return fmt.Errorf("the round trip failed: %s", r.RoundTrip.Failed)
	}
	return err
}

func probeText(r *probe.Report) string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-14s %s\n", name, report.Clean(fmt.Sprintf(format, args...)))
	}
	row("Endpoint", "%s", r.Endpoint)
	row("Token", "accepted")
	if t := r.Token; t != nil {
		others := ""
		if t.Others > 0 {
			others = "; it shows " + counted(t.Others, "other token")
		}
		if t.Calls > 0 {
			row("", "at least as old as its first call in the log, %s; it expires by %s at the latest%s", t.FirstSeen.UTC().Format(time.DateTime)+" UTC", t.ExpiresBy.UTC().Format(time.DateOnly), others)
		} else {
			row("", "the log shows no call of it%s, so its age is not known", others)
		}
	}
	if len(r.Differences) == 0 {
		row("Configuration", "as AWS documents it")
	}
	for i, d := range r.Differences {
		name := ""
		if i == 0 {
			name = "Configuration"
		}
		row(name, "%s", d)
	}
	row("Shows", "%s, %s", counted(r.Users.All, "user"), counted(r.Groups.All, "group"))
	if t := r.RoundTrip; t != nil {
		for _, name := range t.Cleaned {
			row("Cleaned up", "%s, left behind by an earlier probe", name)
		}
		if len(t.Steps) > 0 {
			row("Round trip", "%s (%s)", strings.Join(t.Steps, ", "), t.Group)
		}
		if !t.Removed && t.Group != "" {
			row("", "the group may still be there; probe again with --round-trip to delete it")
		}
	}
	for _, name := range r.Leftovers {
		row("Left behind", "%s, by an earlier probe; --round-trip deletes it", name)
	}
	b.WriteString("\n")
	for _, n := range r.Notes {
		b.WriteString(report.Clean(n) + "\n")
	}
	return b.String()
}
