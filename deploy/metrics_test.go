package deploy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v4"

	"github.com/scimtrail/scimtrail/internal/watch"
)

// descForm reads what a prometheus.Desc says of itself; it has no other face.
var descForm = regexp.MustCompile(`^Desc\{fqName: "([^"]+)".*variableLabels: \{([^}]*)\}\}$`)

// metrics returns the labels of each metric of the program.
func metrics(t *testing.T) map[string][]string {
	t.Helper()
	all := watch.NewMetrics("test")
	all.WaitingBy(func() int { return 0 })
	descs := make(chan *prometheus.Desc)
	go func() {
		all.Registry().Describe(descs)
		close(descs)
	}()
	out := map[string][]string{}
	for d := range descs {
		m := descForm.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("this description can't be read: %s", d)
		}
		out[m[1]] = slices.DeleteFunc(strings.Split(m[2], ","), func(s string) bool { return s == "" })
	}
	if len(out) < 10 {
		t.Fatalf("the registry has only %d metrics", len(out))
	}
	return out
}

// expression is a question to Prometheus, and where it stands.
type expression struct{ where, text, legend string }

type panel struct {
	ID      int    `json:"id"`
	Type    string `json:"type"`
	Title   string `json:"title"`
	GridPos struct{ X, Y, W, H int }
	Targets []struct {
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
		Datasource   struct {
			UID string `json:"uid"`
		} `json:"datasource"`
	} `json:"targets"`
}

func dashboard(t *testing.T) (panels []panel) {
	t.Helper()
	var d struct {
		Panels []panel `json:"panels"`
	}
	if err := json.Unmarshal([]byte(read(t, "grafana-scimtrail.json")), &d); err != nil {
		t.Fatal(err)
	}
	return d.Panels
}

type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func rules(t *testing.T) (out []rule) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Load([]byte(read(t, "prometheus-rules.yaml")), &file, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	return out
}

func expressions(t *testing.T) (out []expression) {
	t.Helper()
	for _, p := range dashboard(t) {
		for _, target := range p.Targets {
			out = append(out, expression{"the panel " + p.Title, target.Expr, target.LegendFormat})
		}
	}
	for _, r := range rules(t) {
		text := ""
		for _, a := range r.Annotations {
			text += a + " "
		}
		out = append(out, expression{"the rule " + r.Alert, r.Expr, text})
	}
	return out
}

var (
	metricForm  = regexp.MustCompile(`\bscimtrail_[a-z0-9_]+`)
	matcherForm = regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"`)
	listForm    = regexp.MustCompile(`\b(?:by|on|group_left|without|ignoring)\s*\(([^)]*)\)`)
	legendForm  = regexp.MustCompile(`\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}`)
)

// theirs are labels that Prometheus itself gives.
var theirs = []string{"job", "instance", "le"}

// wrong says what an expression asks for that the program has not, and which metrics
// it asks for.
func wrong(e expression, have map[string][]string) (faults, asked []string) {
	may := map[string]bool{}
	for _, l := range theirs {
		may[l] = true
	}
	for _, name := range metricForm.FindAllString(e.text, -1) {
		labels, ok := have[name]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base, cut := strings.CutSuffix(name, suffix); cut && !ok {
				labels, ok = have[base]
				name = base
			}
		}
		if !ok {
			faults = append(faults, "there is no metric "+name)
			continue
		}
		asked = append(asked, name)
		for _, l := range labels {
			may[l] = true
		}
	}
	if len(asked) == 0 {
		faults = append(faults, "it asks for no metric of ours")
	}
	var labels []string
	for _, m := range matcherForm.FindAllStringSubmatch(e.text, -1) {
		labels = append(labels, m[1])
	}
	for _, m := range listForm.FindAllStringSubmatch(e.text, -1) {
		for l := range strings.SplitSeq(m[1], ",") {
			labels = append(labels, strings.TrimSpace(l))
		}
	}
	for _, m := range legendForm.FindAllStringSubmatch(e.legend, -1) {
		labels = append(labels, m[1])
	}
	for _, l := range labels {
		if !may[l] {
			faults = append(faults, fmt.Sprintf("none of its metrics has a label %q", l))
		}
	}
	return faults, asked
}

func TestEveryExpressionAsksForMetricsAndLabelsThatThereAre(t *testing.T) {
	t.Parallel()
	have, used := metrics(t), map[string]bool{}
	for _, e := range expressions(t) {
		faults, asked := wrong(e, have)
		for _, f := range faults {
			t.Errorf("%s: %s: %s", e.where, f, e.text)
		}
		for _, name := range asked {
			used[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if !used[name] {
			t.Errorf("neither the dashboard nor the rules show %s: add a panel, or take the metric away", name)
		}
	}
}

func TestWhatIsNotThereIsFound(t *testing.T) {
	t.Parallel()
	have := map[string][]string{"scimtrail_events_total": {"actor_kind"}, "scimtrail_look_seconds": nil}
	for _, c := range []struct {
		name string
		e    expression
		want int
	}{
		{"a metric with its labels is right", expression{text: `sum by (actor_kind) (scimtrail_events_total{job=~"$job"})`, legend: "{{actor_kind}}"}, 0},
		{"a histogram is asked for by its parts", expression{text: `rate(scimtrail_look_seconds_count[5m])`}, 0},
		{"a metric that nobody has", expression{text: `scimtrail_event_total`}, 2},
		{"a label that it does not have, in a matcher", expression{text: `scimtrail_events_total{kind="scim"}`}, 1},
		{"a label that it does not have, in a list", expression{text: `sum by (actor_kind, kind) (scimtrail_events_total)`}, 1},
		{"a label that it does not have, in a legend", expression{text: `scimtrail_events_total`, legend: "{{ $labels.kind }}"}, 1},
		{"no metric of ours", expression{text: `up == 0`}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if faults, _ := wrong(c.e, have); len(faults) != c.want {
				t.Errorf("%d faults were found and %d are there: %q", len(faults), c.want, faults)
			}
		})
	}
}

func TestTheDashboardIsLaidOutWithoutOverlaps(t *testing.T) {
	t.Parallel()
	type cell struct{ x, y int }
	taken, ids := map[cell]string{}, map[int]bool{}
	for _, p := range dashboard(t) {
		if ids[p.ID] {
			t.Errorf("the id of %s was given before", p.Title)
		}
		ids[p.ID] = true
		g := p.GridPos
		if g.W < 1 || g.H < 1 || g.X < 0 || g.X+g.W > 24 {
			t.Errorf("%s lies outside the 24 columns: %+v", p.Title, g)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other := taken[cell{x, y}]; other != "" {
					t.Fatalf("%s lies over %s", p.Title, other)
				}
				taken[cell{x, y}] = p.Title
			}
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			if target.Datasource.UID != "${datasource}" {
				t.Errorf("%s asks a data source of its own, which others do not have: %q", p.Title, target.Datasource.UID)
			}
		}
	}
}

func TestEveryRuleSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, r := range rules(t) {
		switch {
		case r.Alert == "" || names[r.Alert]:
			t.Errorf("the name %q is empty or was given before", r.Alert)
		case r.Annotations["summary"] == "" || r.Annotations["description"] == "":
			t.Errorf("%s lacks its summary or description", r.Alert)
		case r.Labels["severity"] != watch.Critical && r.Labels["severity"] != watch.Warning:
			t.Errorf("%s has the severity %q", r.Alert, r.Labels["severity"])
		}
		names[r.Alert] = true
	}
	if len(names) == 0 {
		t.Error("there are no rules")
	}
}
