package watch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/watch"
)

func TestTheRulesThatArePrintedAreTheDefaults(t *testing.T) {
	t.Parallel()
	rules, err := watch.ParseRules([]byte(watch.Defaults()))
	if err != nil {
		t.Fatal(err)
	}
	if time.Duration(rules.Lateness) != 6*time.Hour || rules.Rules.Mass.Users != 10 || time.Duration(rules.Rules.Token.Lives) != 365*24*time.Hour {
		t.Errorf("the defaults read %+v", rules)
	}
	for _, name := range watch.RuleNames {
		if !strings.Contains(watch.Defaults(), "  "+name+":\n    off: false\n") {
			t.Errorf("the printed rules do not show how %s is switched off", name)
		}
		if !rules.Off(name) {
			t.Errorf("the rule %s can't be switched off", name)
		}
	}
}

func TestRulesThatCannotBeReadSayWhere(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, file, want string }{
		{"a rule that there is not", "rules:\n  scim-silence:\n    off: true\n", "line 2"},
		{"a threshold that there is not", "rules:\n  scim-silent:\n    off: false\n    timez: 3\n", "line 4"},
		{"a key at the top that there is not", "rulez: {}\n", "line 1"},
		{"a time that is none", "rules:\n  scim-silent:\n    at-least: soon\n", "30m, 6h, 7d or 8w"},
		{"a time that is negative", "lateness: -3h\n", "30m, 6h, 7d or 8w"},
		{"a watermark of months", "lateness: 40d\n", "from 1m to 7d"},
		{"a key twice", "lateness: 1h\nlateness: 2h\n", "lateness"},
		{"no YAML at all", "rules: [\n", "line"},
		{"JSON with a key that there is not", `{"rules":{"group-emptied":{"of":true}}}`, "line 1"},
		{"a silence without an end", "silences:\n  - {group: 'App-*', reason: tests}\n", "until when"},
		{"a silence without a reason", "silences:\n  - {group: 'App-*', until: 2026-01-01}\n", "no reason"},
		{"a silence of nothing", "silences:\n  - {until: 2026-01-01, reason: tests}\n", "neither a group nor a rule"},
		{"a silence of a rule that there is not", "silences:\n  - {rule: everything, until: 2026-01-01, reason: tests}\n", "there is no rule"},
		{"a silence of a pattern that is none", "silences:\n  - {group: 'App-[', until: 2026-01-01, reason: tests}\n", "no pattern"},
		{"a token that lives shorter than it is warned of", "rules:\n  token-expiring:\n    lives: 10d\n", "token-expiring.days"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := watch.ParseRules([]byte(tc.file)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want something with %q", err, tc.want)
			}
		})
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add(watch.Defaults())
	f.Add("silences:\n  - {group: 'App-*', until: 2026-01-01, reason: tests}\n")
	f.Add(`{"rules":{"scim-silent":{"times":3}}}`)
	f.Fuzz(func(t *testing.T, file string) {
		rules, err := watch.ParseRules([]byte(file))
		if err == nil && (rules.Rules.Silent.Times < 1 || rules.Rules.Mass.Users < 2 || time.Duration(rules.Lateness) < time.Minute) {
			t.Errorf("%q gave rules out of bounds: %+v", file, rules.Rules)
		}
	})
}
