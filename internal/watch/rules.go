package watch

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

//go:embed rules.yaml
var defaults string

// Defaults returns the rules as they are when nobody says otherwise, as YAML with
// comments.
func Defaults() string { return defaults }

// Duration is a time in a file of rules: 30m, 6h, 7d, 8w.
type Duration time.Duration

// UnmarshalText reads a duration; it is more than 0.
func (d *Duration) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	unit, ok := map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[s[max(0, len(s)-1):]]
	var got time.Duration
	var err error
	if ok {
		var n float64
		n, err = strconv.ParseFloat(s[:len(s)-1], 64)
		got = time.Duration(n * float64(unit))
	} else {
		got, err = time.ParseDuration(s)
	}
	if err != nil || got <= 0 || got > 20*365*24*time.Hour {
		return fmt.Errorf("%q is no time such as 30m, 6h, 7d or 8w", brief(s, 40))
	}
	*d = Duration(got)
	return nil
}

// MarshalText writes the duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d Duration) seconds() int64 { return int64(time.Duration(d) / time.Second) }

// Date is a day in a file of rules: 2026-01-31; zero when empty.
type Date struct{ time.Time }

// UnmarshalText reads a date.
func (d *Date) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if s == "" {
		d.Time = time.Time{}
		return nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, s); err == nil {
			d.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is no date such as 2026-01-31", brief(s, 40))
}

// MarshalText writes the date.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.Format(time.RFC3339)), nil
}

// Rules are the thresholds; rules.yaml says what each is.
type Rules struct {
	Lateness Duration  `yaml:"lateness"`
	Rules    Settings  `yaml:"rules"`
	Silences []Silence `yaml:"silences"`
}

// Settings are those of each rule.
type Settings struct {
	Silent struct {
		Off     bool     `yaml:"off"`
		Times   float64  `yaml:"times"`
		AtLeast Duration `yaml:"at-least"`
		Pauses  int      `yaml:"pauses"`
		SeenFor Duration `yaml:"seen-for"`
		Memory  Duration `yaml:"memory"`
	} `yaml:"scim-silent"`
	Fail struct {
		Off       bool     `yaml:"off"`
		Failures  int      `yaml:"failures"`
		Throttled int      `yaml:"throttled"`
		Forget    Duration `yaml:"forget"`
	} `yaml:"scim-writes-fail"`
	Outside struct {
		Off    bool     `yaml:"off"`
		Forget Duration `yaml:"forget"`
		Shared Duration `yaml:"shared"`
	} `yaml:"changed-outside-scim"`
	Emptied struct {
		Off bool `yaml:"off"`
	} `yaml:"group-emptied"`
	Mass struct {
		Off    bool     `yaml:"off"`
		Users  int      `yaml:"users"`
		Within Duration `yaml:"within"`
		Forget Duration `yaml:"forget"`
	} `yaml:"mass-deprovisioning"`
	Client struct {
		Off      bool     `yaml:"off"`
		After    int      `yaml:"after"`
		Networks bool     `yaml:"networks"`
		Forget   Duration `yaml:"forget"`
	} `yaml:"new-client"`
	Identity struct {
		Off bool `yaml:"off"`
	} `yaml:"identity-source-changed"`
	Token struct {
		Off     bool     `yaml:"off"`
		Days    int      `yaml:"days"`
		Lives   Duration `yaml:"lives"`
		Created Date     `yaml:"created"`
	} `yaml:"token-expiring"`
	Integrity struct {
		Off bool `yaml:"off"`
	} `yaml:"log-integrity"`
	Nothing struct {
		Off     bool     `yaml:"off"`
		Behind  Duration `yaml:"behind"`
		Failing Duration `yaml:"failing"`
	} `yaml:"nothing-collected"`
}

// Silence keeps alerts of some groups from being sent, until a day, for a reason.
type Silence struct {
	Group  string `yaml:"group"`
	Rule   string `yaml:"rule"`
	Until  Date   `yaml:"until"`
	Reason string `yaml:"reason"`
}

// DefaultRules returns the rules of Defaults.
func DefaultRules() Rules {
	var r Rules
	if err := yaml.Load([]byte(defaults), &r, yaml.WithKnownFields()); err != nil {
		panic("the rules that the program brings along can't be read: " + err.Error()) // a test reads them
	}
	return r
}

// ParseRules reads a file of rules in YAML or JSON; what it leaves out is as in
// DefaultRules. A key that is not known is an error, with its line.
func ParseRules(data []byte) (Rules, error) {
	r := DefaultRules()
	if len(strings.TrimSpace(string(data))) == 0 {
		return r, nil
	}
	if err := yaml.Load(data, &r, yaml.WithKnownFields()); err != nil {
		return r, explainYAML(err)
	}
	return r, r.check()
}

var (
	placed  = regexp.MustCompile(`^.*? at L([0-9]+)\.C[0-9]+: `)
	unknown = regexp.MustCompile(`field (.{1,80}?) not found in type .*`)
)

// explainYAML says in words of ours what the library says: which line, which key.
func explainYAML(err error) error {
	said := []string{err.Error()}
	if list, ok := errors.AsType[*yaml.LoadErrors](err); ok {
		said = nil
		for _, e := range list.Errors {
			said = append(said, e.Error())
		}
	}
	for i, s := range said {
		s = placed.ReplaceAllString(s, "line $1: ")
		said[i] = unknown.ReplaceAllString(s, "there is no $1 to set here")
	}
	return errors.New(strings.Join(said, "; "))
}

func (r *Rules) check() error {
	s := &r.Rules
	for _, x := range []struct {
		name string
		bad  bool
		form string
	}{
		{"scim-silent.times", s.Silent.Times < 1 || s.Silent.Times > 1000, "1 at least"},
		{"scim-silent.pauses", s.Silent.Pauses < 1 || s.Silent.Pauses > maxPauses, "from 1 to 256"},
		{"scim-writes-fail.failures", s.Fail.Failures < 1, "1 at least"},
		{"scim-writes-fail.throttled", s.Fail.Throttled < 1, "1 at least"},
		{"changed-outside-scim.shared", s.Outside.Shared < s.Outside.Forget, "as long as forget at least"},
		{"mass-deprovisioning.users", s.Mass.Users < 2 || s.Mass.Users > 10_000, "from 2 to 10,000"},
		{"new-client.after", s.Client.After < 1, "1 at least"},
		{"token-expiring.days", s.Token.Days < 1 || int64(s.Token.Days)*day >= s.Token.Lives.seconds(), "1 at least, and less than it lives"},
		{"lateness", r.Lateness.seconds() < 60 || r.Lateness.seconds() > 7*day, "from 1m to 7d"},
	} {
		if x.bad {
			return fmt.Errorf("%s: it is %s", x.name, x.form)
		}
	}
	for i, q := range r.Silences {
		if _, err := path.Match(strings.ToLower(q.Group), ""); err != nil {
			return fmt.Errorf("silences, number %d: %q is no pattern", i+1, brief(q.Group, 80))
		}
		switch {
		case q.Group == "" && q.Rule == "":
			return fmt.Errorf("silences, number %d: it names neither a group nor a rule", i+1)
		case q.Rule != "" && !slices.Contains(RuleNames, q.Rule):
			return fmt.Errorf("silences, number %d: there is no rule %q; there are %s", i+1, brief(q.Rule, 80), strings.Join(RuleNames, ", "))
		case q.Reason == "":
			return fmt.Errorf("silences, number %d: it gives no reason", i+1)
		case q.Until.IsZero():
			return fmt.Errorf("silences, number %d: it does not say until when", i+1)
		}
	}
	return nil
}

// silenced returns why an alert is not sent at a moment, "" when it is.
func (r *Rules) silenced(a *Alert, now time.Time) string {
	for _, q := range r.Silences {
		if q.Rule != "" && q.Rule != a.Rule || !now.Before(q.Until.Time) {
			continue
		}
		if q.Group != "" && !match(q.Group, a.Group) && !match(q.Group, a.GroupID) {
			continue
		}
		return fmt.Sprintf("%s (until %s)", brief(q.Reason, 200), q.Until.Format(time.DateOnly))
	}
	return ""
}

// match compares a pattern with a name, case aside. A / in either is a letter like
// any other.
func match(pattern, name string) bool {
	plain := strings.NewReplacer("/", "\x00")
	ok, err := path.Match(plain.Replace(strings.ToLower(pattern)), plain.Replace(strings.ToLower(name)))
	return err == nil && ok && name != ""
}

// print tells rules that alerts depend on from others: it changes when they do.
func (r *Rules) print() string {
	data, _ := json.Marshal(struct {
		Version  int
		Settings Settings
		Lateness Duration
	}{stateVersion, r.Rules, r.Lateness})
	return idOf("rules", string(data))
}

const day = 24 * 60 * 60 // seconds

// Off switches a rule off; false when there is no such rule.
func (r *Rules) Off(name string) bool {
	s := &r.Rules
	off, ok := map[string]*bool{
		"scim-silent": &s.Silent.Off, "scim-writes-fail": &s.Fail.Off, "changed-outside-scim": &s.Outside.Off, "group-emptied": &s.Emptied.Off,
		"mass-deprovisioning": &s.Mass.Off, "new-client": &s.Client.Off, "identity-source-changed": &s.Identity.Off, "token-expiring": &s.Token.Off,
		"log-integrity": &s.Integrity.Off, "nothing-collected": &s.Nothing.Off,
	}[name]
	if ok {
		*off = true
	}
	return ok
}
