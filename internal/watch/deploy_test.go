package watch_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scimtrail/scimtrail/internal/watch"
)

func TestTheDashboardAsksForMetricsAndLabelsThatThereAre(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../deploy/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	metrics := watch.NewMetrics("test")
	metrics.WaitingBy(func() int { return 0 })
	labels := map[string]string{} // by metric, as its description lists them
	descs := make(chan *prometheus.Desc, 100)
	metrics.Registry().Describe(descs)
	close(descs)
	described := regexp.MustCompile(`fqName: "([a-z_]+)".*variableLabels: \{([^}]*)\}`)
	for d := range descs {
		m := described.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("a description of another form: %s", d)
		}
		labels[m[1]] = "," + m[2] + ","
	}
	asked := map[string]bool{}
	name := regexp.MustCompile(`scimtrail_[a-z_]+`)
	used := regexp.MustCompile(`by \(([a-z_, ]+)\)|\{\{([a-z_]+)\}\}|([a-z_]+)="`)
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			found := name.FindAllString(target.Expr, -1)
			if len(found) != 1 {
				t.Errorf("%s asks for %v: one metric is wanted in %q", p.Title, found, target.Expr)
				continue
			}
			metric := strings.TrimSuffix(found[0], "_bucket")
			has, known := labels[metric]
			if !known {
				t.Errorf("%s asks for %s, and there is no such metric", p.Title, found[0])
			}
			asked[metric] = true
			for _, m := range used.FindAllStringSubmatch(target.Expr+" "+target.LegendFormat, -1) {
				for label := range strings.SplitSeq(m[1]+m[2]+m[3], ",") {
					if label = strings.TrimSpace(label); label != "le" && !strings.Contains(has, ","+label+",") {
						t.Errorf("%s asks for the label %s of %s, which has %s", p.Title, label, metric, has)
					}
				}
			}
		}
	}
	for metric := range labels {
		if !asked[metric] {
			t.Errorf("the dashboard does not show %s", metric)
		}
	}
}
