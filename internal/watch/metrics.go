package watch

import (
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// Metrics is what Prometheus is told. It has a registry of its own, and bounds the
// labels that come from evidence.
type Metrics struct {
	registry *prometheus.Registry

	lastPoll, failing, lookedUntil, lastEvent, lastWrite, open, memberships *prometheus.GaugeVec
	polls, events, errors, transitions, deliveries                          *prometheus.CounterVec
	pollSeconds                                                             *prometheus.HistogramVec
	lookSeconds                                                             prometheus.Histogram
	leader, watermark                                                       prometheus.Gauge
	rebuilds                                                                prometheus.Counter

	mu     sync.Mutex
	labels map[string]bool
	opens  map[[2]string]bool
}

var _ Meter = (*Metrics)(nil)

// maxLabels bounds how many values of labels evidence may make up.
const maxLabels = 500

// NewMetrics returns metrics that say which version runs.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), labels: map[string]bool{}, opens: map[[2]string]bool{}}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "scimtrail_" + name, Help: help}, labels)
		m.registry.MustRegister(g)
		return g
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "scimtrail_" + name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.lastPoll = gauge("source_last_success_timestamp_seconds", "When a source of evidence was last read to its end.", "source")
	m.failing = gauge("source_failing", "1 while a source of evidence fails.", "source")
	m.polls = counter("source_polls_total", "How often a source was read, by outcome (ok, failed).", "source", "outcome")
	m.lookedUntil = gauge("looked_until_timestamp_seconds", "Until when an event source was looked at, as complete as somebody claims.", "account", "region", "event_source")
	m.lastEvent = gauge("last_event_timestamp_seconds", "When the newest event of an event source happened.", "event_source")
	m.lastWrite = gauge("last_scim_write_timestamp_seconds", "When SCIM last wrote with success.", "account", "region")
	m.events = counter("events_total", "Identity events consumed since the start, without reads of the API and the console.", "event_source", "actor_kind", "outcome")
	m.errors = counter("errors_total", "Failed identity calls by what the error means and whose attribute it is.", "meaning", "attribute")
	m.open = gauge("alerts_open", "Open alerts.", "rule", "severity")
	m.transitions = counter("alert_transitions_total", "Alerts that opened, closed, reopened or were withdrawn.", "rule", "transition")
	m.memberships = gauge("memberships", "Memberships that are there, by how they came to be and how that is known, when last counted.", "via", "known")
	m.deliveries = counter("deliveries_total", "Messages by target and outcome (sent, failed, dropped).", "target", "outcome")
	m.pollSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "scimtrail_source_poll_seconds", Help: "How long reading a source took.", Buckets: []float64{0.1, 0.5, 1, 5, 15, 60, 300, 1800}}, []string{"source"})
	m.lookSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "scimtrail_look_seconds", Help: "How long holding what is new against the rules took.", Buckets: []float64{0.001, 0.01, 0.1, 1, 10, 60}})
	m.leader = prometheus.NewGauge(prometheus.GaugeOpts{Name: "scimtrail_leader", Help: "1 on the watcher that is active, 0 on one that stands by."})
	m.watermark = prometheus.NewGauge(prometheus.GaugeOpts{Name: "scimtrail_watermark_timestamp_seconds", Help: "Events before this are settled; a later arrival makes the archive be read again."})
	m.rebuilds = prometheus.NewCounter(prometheus.CounterOpts{Name: "scimtrail_rebuilds_total", Help: "How often the archive was read from its beginning."})
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "scimtrail_build_info", Help: "Always 1."}, []string{"version", "goversion"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.registry.MustRegister(m.pollSeconds, m.lookSeconds, m.leader, m.watermark, m.rebuilds, build)
	return m
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Registry returns the registry, to read it in tests.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// label returns a value of evidence that may be a label, "other" once there are too
// many.
func (m *Metrics) label(kind, value string) string {
	value = brief(value, 80)
	key := kind + "|" + value
	if !m.labels[key] {
		if len(m.labels) >= maxLabels {
			return "other"
		}
		m.labels[key] = true
	}
	return value
}

// Event counts an event.
func (m *Metrics) Event(_ *cloudtrail.Record, ev *Event) {
	if ev == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	source := m.label("source", strings.TrimSuffix(ev.What.Source, ".amazonaws.com"))
	outcome := "ok"
	if ev.Fail != nil {
		outcome = "failed"
		m.errors.WithLabelValues(m.label("meaning", ev.Fail.Meaning), m.label("attribute", ev.Fail.Attribute)).Inc()
	}
	m.events.WithLabelValues(source, ev.Who.Kind, outcome).Inc()
}

// Polled counts one reading of a source.
func (m *Metrics) Polled(source string, at time.Time, took time.Duration, err error) {
	m.pollSeconds.WithLabelValues(source).Observe(took.Seconds())
	if err != nil {
		m.polls.WithLabelValues(source, "failed").Inc()
		m.failing.WithLabelValues(source).Set(1)
		return
	}
	m.polls.WithLabelValues(source, "ok").Inc()
	m.failing.WithLabelValues(source).Set(0)
	m.lastPoll.WithLabelValues(source).Set(float64(at.Unix()))
}

// Looked takes the state of a watcher after a look.
func (m *Metrics) Looked(w *Watcher, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lookSeconds.Observe(took.Seconds())
	m.watermark.Set(float64(w.watermark))
	n := map[[2]string]int{}
	for _, a := range w.OpenAlerts() {
		n[[2]string{a.Rule, a.Severity}]++
	}
	for key := range m.opens {
		if n[key] == 0 {
			m.open.WithLabelValues(key[0], key[1]).Set(0)
		}
	}
	for key, open := range n {
		m.opens[key] = true
		m.open.WithLabelValues(key[0], key[1]).Set(float64(open))
	}
	if w.current != nil {
		for source, at := range w.current.Latest {
			m.lastEvent.WithLabelValues(m.label("source", strings.TrimSuffix(source, ".amazonaws.com"))).Set(float64(at))
		}
		for place, at := range w.current.Wrote {
			account, region, _ := strings.Cut(place, "/")
			m.lastWrite.WithLabelValues(m.label("account", account), m.label("region", region)).Set(float64(at))
		}
	}
	for at := range w.ground.by {
		account, region, _ := strings.Cut(at.place, "/")
		m.lookedUntil.WithLabelValues(m.label("account", account), m.label("region", region), m.label("source", strings.TrimSuffix(at.source, ".amazonaws.com"))).
			Set(float64(w.ground.until(at.place, at.source).Unix()))
	}
}

// Changed counts a transition.
func (m *Metrics) Changed(t *Transition) {
	m.transitions.WithLabelValues(t.Rule, t.Transition).Inc()
}

// Delivered counts a delivery; it is a notify.Options.Count.
func (m *Metrics) Delivered(target, outcome string) {
	m.deliveries.WithLabelValues(target, outcome).Inc()
}

// WaitingBy says who knows how many messages wait; it is called once.
func (m *Metrics) WaitingBy(count func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "scimtrail_deliveries_waiting", Help: "Messages that have not reached everybody."},
		func() float64 { return float64(count()) }))
}

// Leads says whether this watcher is the active one.
func (m *Metrics) Leads(yes bool) {
	if yes {
		m.leader.Set(1)
	} else {
		m.leader.Set(0)
	}
}

// Rebuilt counts that the archive was read from its beginning.
func (m *Metrics) Rebuilt() { m.rebuilds.Inc() }

// Count takes the memberships that are there from a ledger.
func (m *Metrics) Count(l *ledger.Ledger) {
	m.memberships.Reset()
	for i := range l.Rows {
		row := &l.Rows[i]
		if !row.Is() || len(row.Periods) == 0 {
			continue
		}
		via, known := "unknown", "unexplained"
		if began := row.Periods[len(row.Periods)-1].Began; began != nil {
			via, known = string(began.Via), string(began.Known)
		}
		m.memberships.WithLabelValues(via, known).Inc()
	}
}
