package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/redact"
	"github.com/scimtrail/scimtrail/internal/report"
)

type investigateOptions struct {
	evidence
	dir         string
	group, user string
	redact      bool
}

func (a *app) investigate() *cobra.Command {
	opts := investigateOptions{evidence: evidence{custody: true}}
	cmd := &cobra.Command{
		Use:   "investigate",
		Short: "The whole report, with its evidence files, into a folder",
		Long: `Investigate writes a report (Markdown, HTML, JSON) and beside it the identity events that it rests on and a
manifest of the inputs with their SHA-256. Without --group and --user it reports on the whole identity store.`,
		Example: `  scimtrail investigate --group App-AWS-Admins --from ./evidence -o ./report
  scimtrail investigate --user ann@example.com --group App-AWS-Admins --from ./evidence -o ./report
  scimtrail investigate --from ./evidence --redact -o ./report-to-share`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runInvestigate(cmd.Context(), &opts) },
	}
	opts.evidence.addFlags(cmd)
	f := cmd.Flags()
	f.StringVarP(&opts.dir, "output", "o", "", "the folder to write the report into")
	f.StringVar(&opts.group, "group", "", "the group in question: a name or an id")
	f.StringVar(&opts.user, "user", "", "the user in question: a name or an id")
	f.BoolVar(&opts.redact, "redact", false, "put stable pseudonyms for people, addresses and ids, to share the report outside")
	_ = cmd.MarkFlagDirname("output")
	return cmd
}

func (a *app) runInvestigate(ctx context.Context, opts *investigateOptions) error {
	if opts.dir == "" {
		return usagef("try: -o ./report", "say where the report is to go")
	}
	for _, from := range opts.from {
		if inside(opts.dir, from) {
			return usagef("name a folder beside it", "-o %s lies in the evidence %s, where the next run would read the report as evidence", opts.dir, from)
		}
	}
	c, err := a.load(ctx, &opts.evidence)
	if err != nil {
		return err
	}
	answer, l, err := investigated(c, opts.group, opts.user)
	if err != nil {
		return err
	}
	if opts.redact {
		var key redact.Key
		c, key = redact.Case(c)
		// By id: the pseudonym of a name may be that of several.
		group, user := opts.group, opts.user
		if answer != nil && answer.Question.Group != nil {
			group = answer.Question.Group.ID
		}
		if answer != nil && answer.Question.User != nil {
			user = answer.Question.User.ID
		}
		if answer, l, err = investigated(c, key.Redact(group), key.Redact(user)); err != nil {
			return err
		}
	}
	a.attention = answer == nil || answer.Verdict.Status != diagnose.Healthy
	in := report.Investigate(c, l, answer, report.InvestigationOptions{Version: Version, Redacted: opts.redact, Generated: c.Now})
	if err := writeBundle(opts.dir, in); err != nil {
		return err
	}
	fmt.Fprintln(a.Out, report.Clean(in.Finding.Summary))
	fmt.Fprintf(a.Out, "The report is in %s: report.html, report.md, report.json; the evidence is in its folder evidence.\n", report.Clean(opts.dir))
	return nil
}

// investigated asks the question of an investigation, if it has one.
func investigated(c *casefile.Case, group, user string) (*diagnose.Answer, *ledger.Ledger, error) {
	l := ledger.Build(c)
	var answer *diagnose.Answer
	var err error
	switch {
	case user != "":
		answer, err = diagnose.User(c, l, user, group)
	case group != "":
		answer, err = diagnose.Group(c, l, group)
	}
	return answer, l, err
}

// inside reports whether a path, which need not be there yet, lies in a folder or
// is it.
func inside(path, folder string) bool {
	real := func(p string) string {
		p, err := filepath.Abs(p)
		if err != nil {
			return ""
		}
		for parent := p; ; parent = filepath.Dir(parent) {
			if target, err := filepath.EvalSymlinks(parent); err == nil {
				return filepath.Join(target, strings.TrimPrefix(p, parent))
			}
			if parent == filepath.Dir(parent) {
				return p
			}
		}
	}
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return false
	}
	rel, err := filepath.Rel(real(folder), real(path))
	return err == nil && filepath.IsLocal(rel)
}

// writeBundle writes a report below dir, which is made if it is not there.
func writeBundle(dir string, in *report.Investigation) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of the report: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the folder of the report: %w", err)
	}
	defer root.Close()
	if err := in.Bundle(folder{root}); err != nil {
		return fmt.Errorf("writing the report into %s: %w", filepath.ToSlash(dir), err)
	}
	return nil
}

// folder writes files below a root and nowhere else.
type folder struct{ root *os.Root }

func (f folder) Create(name string) (io.WriteCloser, error) {
	if parent := path.Dir(name); parent != "." {
		if err := f.root.MkdirAll(parent, 0o755); err != nil {
			return nil, err
		}
	}
	return f.root.Create(name)
}
