package cli

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/emulator"
	"github.com/scimtrail/scimtrail/internal/push"
	"github.com/scimtrail/scimtrail/internal/report"
)

const (
	tokenVariable = "SCIMTRAIL_SCIM_TOKEN"
	maxPushed     = 64 << 20 // bytes of FILE
	maxSecret     = 64 << 10 // bytes of a token or ready file
	shownRefusals = 20       // in text; JSON has all
)

type pushOptions struct {
	output
	to, tokenFile, ready, caFile string
	as, only, broken, agent      string
	dry, remove, real            bool
	pace                         time.Duration
}

func (a *app) push() *cobra.Command {
	var opts pushOptions
	cmd := &cobra.Command{
		Use:   "push FILE",
		Short: "Act as an identity provider: push users and groups over SCIM",
		Long: `Push brings users, groups and memberships to a SCIM endpoint of IAM Identity Center with the requests that an identity
provider would send, so that a log full of realistic traffic, and of each failure, is made in a minute. It writes to
the endpoint: to an emulator on this machine, or elsewhere only with --to-real-endpoint.

FILE (- for standard input) is JSON,
  {"users": [{"userName", "givenName", "familyName", "displayName", "email", "active", "externalId"}],
   "groups": [{"displayName", "externalId", "members": ["USERNAME", ...]}]}
or a table in CSV with the columns user and group. What a user lacks is made up from the userName.

The token is read from --token-file, from the ready file of an emulator, or from ` + tokenVariable + `.

` + pushClients() + "\n" + pushBreaks(),
		Example: `  scimtrail push people.csv --ready-file ready.json --as okta
  scimtrail push people.json --to http://127.0.0.1:8080/TENANT/scim/v2 --token-file token --as entra --dry-run
  scimtrail push people.csv --ready-file ready.json --as okta --break replace-members --exit-code`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runPush(cmd.Context(), &opts, args) },
	}
	f := cmd.Flags()
	opts.output.addFlags(cmd, "text", "json")
	f.StringVar(&opts.to, "to", "", "the SCIM URL, which ends in /scim/v2")
	f.StringVar(&opts.tokenFile, "token-file", "", "the file with the SCIM token")
	f.StringVar(&opts.ready, "ready-file", "", "the ready file of an emulator, in place of --to and --token-file")
	f.StringVar(&opts.caFile, "ca-file", "", "trust this certificate authority (PEM)")
	f.StringVar(&opts.as, "as", "", "the client to act as: "+strings.Join(pushNames(), ", "))
	f.StringVar(&opts.agent, "user-agent", "", "send this user agent in place of the client's")
	f.StringVar(&opts.only, "only", "", "push only users, or only groups and their members")
	f.BoolVar(&opts.remove, "remove", false, "take away what FILE lacks: members, groups and users; on this machine only")
	f.StringVar(&opts.broken, "break", "", "make this mistake on purpose")
	f.DurationVar(&opts.pace, "pace", 0, "wait this long between calls: events within one second have no order")
	f.BoolVar(&opts.dry, "dry-run", false, "say what would be pushed, and send nothing")
	f.BoolVar(&opts.real, "to-real-endpoint", false, "write to an endpoint that is not on this machine")
	for _, name := range []string{"token-file", "ready-file", "ca-file"} {
		_ = cmd.MarkFlagFilename(name)
	}
	var breaks []string
	for _, b := range push.Breaks() {
		breaks = append(breaks, b.Name)
	}
	for name, words := range map[string][]string{"as": pushNames(), "only": {push.OnlyUsers, push.OnlyGroups}, "break": breaks} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

func pushNames() []string {
	var names []string
	for _, p := range push.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

func pushClients() string {
	var b strings.Builder
	b.WriteString("Clients (--as), and what of their habits is not known:\n")
	for _, p := range push.Profiles() {
		fmt.Fprintf(&b, "  %-13s  %s. %s.\n", p.Name, p.Title, strings.ToUpper(p.Doubt[:1])+p.Doubt[1:])
	}
	return b.String()
}

func pushBreaks() string {
	var b strings.Builder
	b.WriteString("Mistakes (--break), and the causes that their traffic speaks for:\n")
	for _, x := range push.Breaks() {
		fmt.Fprintf(&b, "  %-19s  %s (%s)\n", x.Name, x.Does, strings.Join(x.Causes, ", "))
	}
	return strings.TrimRight(b.String(), "\n")
}

func (a *app) runPush(ctx context.Context, opts *pushOptions, args []string) error {
	o, err := a.pushed(opts, args)
	if err != nil {
		return err
	}
	plan := pushPlan(o, opts)
	if opts.dry {
		return a.write(&opts.output, func(w io.Writer, _ report.Style) error {
			if opts.format == "json" {
				return report.WriteJSON(w, pushJSON(o, nil))
			}
			_, err := fmt.Fprintln(w, plan+"\nNothing was sent (--dry-run). What the endpoint already holds was not looked at.")
			return err
		})
	}
	fmt.Fprintln(a.Err, plan)
	res, failed := push.Run(ctx, o)
	a.attention = len(res.Refused) > 0
	if failed != nil && res.Calls == 0 {
		return failed
	}
	err = a.write(&opts.output, func(w io.Writer, style report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, pushJSON(o, res))
		}
		return pushText(w, res, style)
	})
	return errors.Join(failed, err)
}

// pushed makes the options of a push from the command line, the file and the secrets.
func (a *app) pushed(opts *pushOptions, args []string) (o push.Options, err error) {
	if err := opts.check(); err != nil {
		return o, err
	}
	switch {
	case len(args) != 1 || args[0] == "":
		return o, usagef("see scimtrail push --help", "say what to push: one FILE of users and groups")
	case opts.as == "":
		return o, usagef("for example --as okta", "say whom to act as: --as %s", strings.Join(pushNames(), ", "))
	case opts.only != "" && opts.only != push.OnlyUsers && opts.only != push.OnlyGroups:
		return o, usagef("", "--only %s: it is users or groups", opts.only)
	case opts.ready != "" && (opts.to != "" || opts.tokenFile != "" || opts.caFile != ""):
		return o, usagef("", "--ready-file says where to and with which token: leave out --to, --token-file and --ca-file")
	case opts.ready == "" && opts.to == "":
		return o, usagef("start one by scimtrail emulate --ready-file ready.json", "say where to: --ready-file FILE of an emulator, or --to URL")
	case opts.pace < 0:
		return o, usagef("", "--pace %v: it is not negative", opts.pace)
	case strings.ContainsFunc(opts.agent, func(r rune) bool { return r < ' ' || r > '~' }):
		return o, usagef("", "--user-agent: it is printable ASCII")
	}
	var ok bool
	if o.Profile, ok = push.Named(opts.as); !ok {
		return o, usagef("", "--as %s: it is one of %s", opts.as, strings.Join(pushNames(), ", "))
	}
	if opts.agent != "" {
		o.Profile.UserAgent = opts.agent
	}
	if opts.broken != "" {
		if o.Break, ok = push.BreakNamed(opts.broken); !ok {
			return o, usagef("see scimtrail push --help", "--break %s: there is no such mistake to make", opts.broken)
		}
	}
	o.Endpoint, o.Only, o.Remove, o.AllowReal, o.Pace = opts.to, opts.only, opts.remove, opts.real, opts.pace
	caFile := opts.caFile
	if opts.ready != "" {
		var ready emulator.Ready
		data, err := readBounded(opts.ready, maxSecret)
		if err == nil {
			err = json.Unmarshal(data, &ready)
		}
		if err != nil {
			return o, fmt.Errorf("reading the ready file %s: %w", opts.ready, err)
		}
		o.Endpoint, o.Token, caFile = ready.SCIMURL, ready.Token, ready.CAFile
	}
	if _, err := push.Endpoint(o.Endpoint, o.AllowReal); err != nil {
		hint := ""
		if errors.Is(err, push.ErrRealEndpoint) {
			hint = "if it is to write there, say so by --to-real-endpoint"
		}
		return o, usagef(hint, "--to: %w", err)
	}
	if opts.ready == "" {
		if o.Token, err = a.pushToken(opts.tokenFile); err != nil {
			return o, err
		}
	}
	if caFile != "" {
		pem, err := readBounded(caFile, maxSecret)
		if err != nil {
			return o, fmt.Errorf("reading the certificate authority %s: %w", caFile, err)
		}
		if o.RootCAs = x509.NewCertPool(); !o.RootCAs.AppendCertsFromPEM(pem) {
			return o, fmt.Errorf("%s holds no certificate in PEM", caFile)
		}
	}
	data, err := a.pushInput(args[0])
	if err != nil {
		return o, fmt.Errorf("reading %s: %w", args[0], err)
	}
	if o.Input, err = push.Parse(data); err != nil {
		return o, fmt.Errorf("reading %s: %w", args[0], err)
	}
	if err := o.Check(); err != nil {
		return o, usagef("", "%w", err)
	}
	return o, nil
}

func (a *app) pushToken(file string) (string, error) {
	if file == "" {
		if token := strings.TrimSpace(a.getenv(tokenVariable)); token != "" {
			return token, nil
		}
		return "", usagef("", "say which token: --token-file FILE, or %s in the environment", tokenVariable)
	}
	data, err := readBounded(file, maxSecret)
	if err != nil {
		return "", fmt.Errorf("reading the token file %s: %w", file, err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return "", fmt.Errorf("the token file %s is empty", file)
	}
	return token, nil
}

func (a *app) pushInput(file string) ([]byte, error) {
	if file == "-" {
		if a.In == nil {
			return nil, errors.New("there is no standard input")
		}
		return bounded(a.In, maxPushed)
	}
	data, err := readBounded(file, maxPushed)
	a.inputs = append(a.inputs, casefile.Input{Path: file, Size: int64(len(data))})
	return data, err
}

// readBounded reads a file of at most limit bytes.
func readBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		if path, ok := errors.AsType[*os.PathError](err); ok {
			err = path.Err // the caller names the file
		}
		return nil, err
	}
	defer f.Close()
	return bounded(f, limit)
}

func bounded(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it is larger than %d KB", limit>>10)
	}
	return data, err
}

// pushPlan says what is about to be written and where.
func pushPlan(o push.Options, opts *pushOptions) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Push as %s to %s, which is written to: ", o.Profile.Title, report.Clean(o.Endpoint))
	var what []string
	groups := o.Only != push.OnlyUsers && o.Break.Name != push.UsersOnly && o.Profile.PushesGroups()
	if o.Only != push.OnlyGroups {
		what = append(what, counted(len(o.Input.Users), "user"))
	}
	if groups {
		what = append(what, counted(len(o.Input.Groups), "group"), counted(o.Input.Memberships(), "membership"))
	}
	b.WriteString(strings.Join(what, ", ") + ".")
	if !o.Profile.PushesGroups() && len(o.Input.Groups) > 0 {
		fmt.Fprintf(&b, "\n%s does not push groups.", o.Profile.Title)
	}
	if opts.remove {
		b.WriteString("\nWhat the file lacks is taken away (--remove).")
	}
	if o.Break.Name != "" {
		fmt.Fprintf(&b, "\nOn purpose: %s.", o.Break.Does)
	}
	return b.String()
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func pushText(w io.Writer, res *push.Result, style report.Style) error {
	var b strings.Builder
	for _, row := range []struct {
		name string
		c    push.Counts
	}{{"Users", res.Users}, {"Groups", res.Groups}, {"Memberships", res.Memberships}} {
		fmt.Fprintf(&b, "%-12s %d created, %d updated, %d unchanged, %d removed, %d refused\n",
			row.name, row.c.Created, row.c.Updated, row.c.Unchanged, row.c.Removed, row.c.Refused)
	}
	fmt.Fprintf(&b, "%-12s %d, of them %d sent again after being told to wait\n", "Calls", res.Calls, res.Retried)
	for _, n := range res.Notes {
		b.WriteString(n + "\n")
	}
	if len(res.Refused) > 0 {
		fmt.Fprintf(&b, "\nRefused (%d):\n", len(res.Refused))
	}
	for i, r := range res.Refused {
		if i == shownRefusals {
			fmt.Fprintf(&b, "  and %d more; --format json has all\n", len(res.Refused)-i)
			break
		}
		fmt.Fprintf(&b, "  %s: %s %s: %d, request %s\n", report.Clean(r.About), r.Method, report.Clean(r.Path), r.Status, report.Clean(r.RequestID))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	var said []string
	for _, r := range res.Refused {
		if r.Detail == "" || slices.Contains(said, r.Detail) || len(said) == shownRefusals {
			continue
		}
		said = append(said, r.Detail)
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		if err := report.ExplainText(w, "", r.Detail, r.Explanation, r.Explained, style); err != nil {
			return err
		}
	}
	return nil
}

// pushedJSON is the answer of push in JSON.
type pushedJSON struct {
	Client   string `json:"client"`
	Endpoint string `json:"endpoint"`
	Break    string `json:"break,omitempty"`
	DryRun   bool   `json:"dryRun"`
	Input    struct {
		Users       int `json:"users"`
		Groups      int `json:"groups"`
		Memberships int `json:"memberships"`
	} `json:"input"`
	Result *pushResultJSON `json:"result,omitempty"`
}

type pushResultJSON struct {
	Calls       int             `json:"calls"`
	Retried     int             `json:"retried"`
	Users       push.Counts     `json:"users"`
	Groups      push.Counts     `json:"groups"`
	Memberships push.Counts     `json:"memberships"`
	Refused     []pushRefusedJS `json:"refused"`
	Notes       []string        `json:"notes"`
}

type pushRefusedJS struct {
	About     string   `json:"about"`
	Method    string   `json:"method"`
	Path      string   `json:"path"`
	Status    int      `json:"status"`
	Detail    string   `json:"detail,omitempty"`
	RequestID string   `json:"requestId,omitempty"`
	Meaning   string   `json:"meaning,omitempty"`
	Attribute string   `json:"attribute,omitempty"`
	Causes    []string `json:"causes,omitempty"`
	Fix       []string `json:"fix,omitempty"`
}

func pushJSON(o push.Options, res *push.Result) pushedJSON {
	out := pushedJSON{Client: o.Profile.Name, Endpoint: o.Endpoint, Break: o.Break.Name, DryRun: res == nil}
	out.Input.Users, out.Input.Groups, out.Input.Memberships = len(o.Input.Users), len(o.Input.Groups), o.Input.Memberships()
	if res == nil {
		return out
	}
	r := &pushResultJSON{
		Calls: res.Calls, Retried: res.Retried, Users: res.Users, Groups: res.Groups, Memberships: res.Memberships,
		Refused: []pushRefusedJS{}, Notes: append([]string{}, res.Notes...),
	}
	for _, x := range res.Refused {
		j := pushRefusedJS{About: x.About, Method: x.Method, Path: x.Path, Status: x.Status, Detail: x.Detail, RequestID: x.RequestID}
		if x.Explained {
			j.Meaning, j.Attribute, j.Causes, j.Fix = x.Explanation.Meaning(), x.Explanation.Attribute, x.Explanation.Causes, x.Explanation.Entry.Fix
		}
		r.Refused = append(r.Refused, j)
	}
	out.Result = r
	return out
}
