package cli

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// tracing sends spans of looks and collections to where the environment says
// (OTEL_EXPORTER_OTLP_ENDPOINT and its like, which the exporter reads itself). Spans
// hold names and outcomes, nothing of the evidence.
func (a *app) tracing(ctx context.Context, log *slog.Logger) (func(context.Context, string) (context.Context, func(error)), func(), error) {
	if a.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && a.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return nil, func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("preparing traces: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "scimtrail"), attribute.String("service.version", Version))))
	tracer := provider.Tracer("scimtrail/watch")
	begin := func(ctx context.Context, name string) (context.Context, func(error)) {
		ctx, span := tracer.Start(ctx, name)
		return ctx, func(err error) {
			if err != nil {
				span.SetStatus(codes.Error, "failed") // the reason is in the log
			}
			span.End()
		}
	}
	end := func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := provider.Shutdown(last); err != nil {
			log.Warn("the last traces could not be sent", "error", err)
		}
	}
	return begin, end, nil
}
