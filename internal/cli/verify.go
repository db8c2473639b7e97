package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/span"
)

type verifyOptions struct {
	output
	from    []string
	keys    string // where the public keys come from: folder or live
	profile string
}

func (a *app) verify() *cobra.Command {
	var opts verifyOptions
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check log files against CloudTrail's signed digests",
		Long: `Verify checks, without a network, that every log file which CloudTrail's signed digests list is there and unchanged.
It needs the digest files (CloudTrail-Digest) beside the logs, the output of aws cloudtrail list-public-keys, and for
the newest digest its object metadata in a file named after it: DIGEST.metadata.json or DIGEST.head-object.json, as
aws s3api head-object prints it. The exit status is 0 whatever was found, unless --exit-code is given.

Whoever could change the folder could have put keys of their own into it. With --public-keys live, keys in the folder
are not used: CloudTrail itself is asked for them (cloudtrail:ListPublicKeys), in the Regions of the digests.`,
		Example: `  scimtrail verify --from ./bucket
  scimtrail verify --from ./bucket --format json --exit-code
  scimtrail verify --from ./bucket --public-keys live --profile audit
  aws s3 sync s3://BUCKET/AWSLogs ./bucket/AWSLogs && aws cloudtrail list-public-keys --start-time 2025-09-01 > ./bucket/keys.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runVerify(cmd.Context(), &opts) },
	}
	cmd.Flags().StringArrayVar(&opts.from, "from", nil, "a folder with log files, digests and keys (repeatable)")
	_ = cmd.MarkFlagDirname("from")
	cmd.Flags().StringVar(&opts.keys, "public-keys", "folder", "where the public keys come from: folder, or live for CloudTrail itself")
	cmd.Flags().StringVar(&opts.profile, "profile", "", "with --public-keys live: a profile of the AWS configuration")
	opts.output.addFlags(cmd, "text", "json")
	return cmd
}

func (a *app) runVerify(ctx context.Context, opts *verifyOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	for _, from := range opts.from {
		if strings.Contains(from, "://") {
			return usagef("evidence that is read from a bucket is checked on the way: scimtrail why group NAME --from s3://BUCKET/PREFIX",
				"--from %s: verify reads folders", hideSecrets(from))
		}
	}
	if err := checkFrom(opts.from); err != nil {
		return err
	}
	if opts.keys != "folder" && opts.keys != "live" {
		return usagef("give folder or live", "--public-keys %s: keys come from the folder, or live from CloudTrail", opts.keys)
	}
	var list []report.Verified
	for _, dir := range opts.from {
		v, err := a.verifyFolder(ctx, dir, opts)
		if err != nil {
			return err
		}
		a.attention = a.attention || v.Report.Tampered()
		list = append(list, v)
	}
	return a.write(&opts.output, func(w io.Writer, style report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, report.VerifyJSON(list))
		}
		return report.VerifyText(w, list, style)
	})
}

func (a *app) verifyFolder(ctx context.Context, dir string, opts *verifyOptions) (report.Verified, error) {
	out := report.Verified{Source: dir}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return out, usagef("give the folder that holds the logs, the digests and the keys", "%s is not a folder", dir)
	}
	if err != nil {
		return out, fmt.Errorf("opening the folder to verify: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return out, fmt.Errorf("opening the folder to verify: %w", err)
	}
	defer root.Close()
	inv, err := integrity.Gather(ctx, root.FS())
	if err != nil {
		return out, fmt.Errorf("looking for digests in %s: %w", dir, err)
	}
	a.unread = a.unread || len(inv.Unreadable) > 0
	if opts.keys == "live" {
		if inv.Keys, err = liveKeys(ctx, inv.Digests, opts.profile); err != nil {
			return out, err
		}
	}
	out.Keys, out.Live = inv.Keys.Len(), opts.keys == "live"
	out.Report, err = integrity.Verify(ctx, inv, integrity.NewFolder(root.FS()), integrity.Options{})
	if err != nil {
		return out, fmt.Errorf("verifying %s: %w", dir, err)
	}
	return out, nil
}

// liveKeys asks CloudTrail for the keys that digests were signed with, Region by
// Region: each has its own (cloudtrail reference 4.4).
func liveKeys(ctx context.Context, digests []integrity.Digest, profile string) (integrity.Keys, error) {
	spans := map[string]span.Span{}
	for _, d := range digests {
		s := span.Of(d.Start, d.End)
		if old, ok := spans[d.Region]; ok {
			s, _ = span.SetOf(old, s).Bounds()
		}
		spans[d.Region] = s
	}
	var keys integrity.Keys
	if len(spans) == 0 {
		return keys, nil
	}
	var o awsaccess.Options
	if profile != "" {
		o.Profiles = []string{profile}
	}
	accesses, err := awsaccess.Open(ctx, o)
	if err != nil {
		return keys, err
	}
	for _, region := range slices.Sorted(maps.Keys(spans)) {
		some, err := accesses[0].PublicKeys(ctx, accesses[0].Caller(), region, spans[region])
		if err != nil {
			return keys, err
		}
		keys.Add(some)
	}
	return keys, nil
}
