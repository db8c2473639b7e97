package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/report"
)

type verifyOptions struct {
	output
	from []string
}

func (a *app) verify() *cobra.Command {
	var opts verifyOptions
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check log files against CloudTrail's signed digests",
		Long: `Verify checks, without a network, that every log file which CloudTrail's signed digests list is there and unchanged.
It needs the digest files (CloudTrail-Digest) beside the logs, the output of aws cloudtrail list-public-keys, and for
the newest digest its object metadata in a file named after it: DIGEST.metadata.json or DIGEST.head-object.json, as
aws s3api head-object prints it. The exit status is 0 whatever was found, unless --exit-code is given.`,
		Example: `  scimtrail verify --from ./bucket
  scimtrail verify --from ./bucket --format json --exit-code
  aws s3 sync s3://BUCKET/AWSLogs ./bucket/AWSLogs && aws cloudtrail list-public-keys --start-time 2025-09-01 > ./bucket/keys.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runVerify(cmd.Context(), &opts) },
	}
	cmd.Flags().StringArrayVar(&opts.from, "from", nil, "a folder with log files, digests and keys (repeatable)")
	_ = cmd.MarkFlagDirname("from")
	opts.output.addFlags(cmd, "text", "json")
	return cmd
}

func (a *app) runVerify(ctx context.Context, opts *verifyOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	if err := checkFrom(opts.from); err != nil {
		return err
	}
	var list []report.Verified
	for _, dir := range opts.from {
		v, err := a.verifyFolder(ctx, dir)
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

func (a *app) verifyFolder(ctx context.Context, dir string) (report.Verified, error) {
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
	out.Keys = inv.Keys.Len()
	out.Report, err = integrity.Verify(ctx, inv, integrity.NewFolder(root.FS()), integrity.Options{})
	if err != nil {
		return out, fmt.Errorf("verifying %s: %w", dir, err)
	}
	return out, nil
}
