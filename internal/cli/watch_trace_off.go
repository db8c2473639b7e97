//go:build !otel

package cli

import (
	"context"
	"log/slog"
)

// tracing says that this program was built without traces, when somebody asks for
// them: they would make it a third larger.
func (a *app) tracing(_ context.Context, log *slog.Logger) (func(context.Context, string) (context.Context, func(error)), func(), error) {
	if a.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || a.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "" {
		log.Warn("OTEL_EXPORTER_OTLP_ENDPOINT is set, but this program was built without traces; build it with -tags otel")
	}
	return nil, func() {}, nil
}
