//! [`Telemetry`]: the export of spans and metrics with OpenTelemetry.

use std::error::Error;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::metrics::{Aggregation, Instrument, SdkMeterProvider, Stream};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_opentelemetry::MetricsLayer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

/// The export of all spans and metrics of the process, over OTLP.
pub(crate) struct Telemetry {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
}

impl Telemetry {
    /// Starts the export.
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        // The exporter's HTTP client needs a TLS implementation even for `http`.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let traces =
            SdkTracerProvider::builder().with_batch_exporter(SpanExporter::builder().with_http().build()?).build();
        let metrics = SdkMeterProvider::builder()
            .with_periodic_exporter(MetricExporter::builder().with_http().build()?)
            .with_view(view)
            .build();
        // The filter keeps the debug output of HTTP crates out of the traces. Metrics have the level TRACE, so it is a
        // filter of one layer only.
        let spans = tracing_opentelemetry::layer().with_tracer(traces.tracer("my-service"));
        tracing_subscriber::registry()
            .with(spans.with_filter(LevelFilter::INFO))
            .with(MetricsLayer::new(metrics.clone()))
            .init();
        Ok(Self { traces, metrics })
    }

    /// Sends the spans and metrics that are still in memory.
    pub(crate) fn shutdown(self) -> Result<(), Box<dyn Error>> {
        self.traces.shutdown()?;
        self.metrics.shutdown()?;
        Ok(())
    }
}

/// The buckets that the conventions recommend for durations.
const SECONDS: [f64; 14] = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// Returns the unit and the buckets of a metric, which an event of `tracing` does not contain.
fn view(instrument: &Instrument) -> Option<Stream> {
    let (name, stream) = (instrument.name(), Stream::builder());
    let stream = if name.ends_with(".duration") || name.ends_with(".time_to_first_chunk") {
        let boundaries = SECONDS.to_vec();
        stream
            .with_unit("s")
            .with_aggregation(Aggregation::ExplicitBucketHistogram { boundaries, record_min_max: true })
    } else if name.ends_with("_tokens") {
        stream.with_unit("{token}")
    } else if name.ends_with(".usd") {
        stream.with_unit("USD")
    } else {
        return None;
    };
    stream.build().ok()
}
