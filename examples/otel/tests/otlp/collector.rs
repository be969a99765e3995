//! [`Collector`]: a server that receives spans and metrics over HTTP, in the form of OTLP.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{NumberDataPoint, metric, number_data_point};
use prost::Message;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A collector on loopback. It keeps the path and the body of each request.
pub(crate) struct Collector {
    url: String,
    received: Arc<Mutex<Vec<(String, Bytes)>>>,
}

/// A span that arrived.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) trace: Vec<u8>,
    pub(crate) id: String,
    /// The id of the parent; empty for a root.
    pub(crate) parent: String,
    pub(crate) attributes: BTreeMap<String, Value>,
    /// The names of attributes that the span has more than once.
    pub(crate) repeated: Vec<String>,
}

/// All data points of a metric.
#[derive(Debug, Default)]
pub(crate) struct Metric {
    pub(crate) unit: String,
    pub(crate) sum: f64,
    pub(crate) count: u64,
    pub(crate) bounds: Vec<f64>,
    /// The names of the attributes.
    pub(crate) attributes: Vec<String>,
}

impl Span {
    /// Checks attributes.
    pub(crate) fn has(&self, attributes: &[(&str, Value)]) {
        for (name, value) in attributes {
            assert_eq!(self.attributes.get(*name), Some(value), "{name} of {self:#?}");
        }
    }
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received: Arc<Mutex<Vec<(String, Bytes)>>> = Arc::default();
        let kept = received.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let kept = kept.clone();
                let keep = service_fn(move |request: Request<Incoming>| {
                    let kept = kept.clone();
                    async move {
                        assert_eq!(request.headers()["content-type"], "application/x-protobuf");
                        let path = request.uri().path().to_owned();
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        kept.lock().unwrap().push((path, body));
                        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
                    }
                });
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), keep);
                tokio::spawn(connection);
            }
        });
        Self { url, received }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns `true` if a text is anywhere in the bytes that arrived.
    pub(crate) fn received(&self, text: &str) -> bool {
        let received = self.received.lock().unwrap();
        assert!(!received.is_empty());
        // JSON in an attribute escapes only quotes, which the texts do not contain.
        received.iter().any(|(_, body)| body.windows(text.len()).any(|bytes| bytes == text.as_bytes()))
    }

    /// Returns all messages of type `T` that arrived at a path.
    fn messages<T: Message + Default>(&self, at: &str) -> Vec<T> {
        let received = self.received.lock().unwrap();
        received.iter().filter(|(path, _)| path == at).map(|(_, body)| T::decode(body.clone()).unwrap()).collect()
    }

    /// Returns all spans, in the order of their beginnings.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        for resource in
            self.messages::<ExportTraceServiceRequest>("/v1/traces").into_iter().flat_map(|m| m.resource_spans)
        {
            let named = resource.resource.unwrap_or_default().attributes;
            let service = named.iter().find(|attribute| attribute.key == "service.name").map(value);
            for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                let mut attributes = BTreeMap::new();
                let repeated = span.attributes.iter().filter_map(|attribute| {
                    attributes.insert(attribute.key.clone(), value(attribute)).map(|_| attribute.key.clone())
                });
                let repeated = repeated.collect();
                spans.push((
                    span.start_time_unix_nano,
                    Span {
                        service: service.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
                        kind: format!("{:?}", span.kind()),
                        status: format!("{:?}", span.status.as_ref().map(|status| status.code()).unwrap_or_default()),
                        name: span.name,
                        trace: span.trace_id,
                        id: format!("{:?}", span.span_id),
                        parent: if span.parent_span_id.is_empty() {
                            String::new()
                        } else {
                            format!("{:?}", span.parent_span_id)
                        },
                        attributes,
                        repeated,
                    },
                ));
            }
        }
        spans.sort_by_key(|(begun, _)| *begun);
        spans.into_iter().map(|(_, span)| span).collect()
    }

    /// Returns all metrics by name. The metrics are cumulative, so the last export contains all values.
    pub(crate) fn metrics(&self) -> BTreeMap<String, Metric> {
        let Some(last) = self.messages::<ExportMetricsServiceRequest>("/v1/metrics").pop() else {
            return BTreeMap::new();
        };
        let scopes = last.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        let metrics = scopes.flat_map(|scope| scope.metrics).map(|found| {
            let mut metric = Metric { unit: found.unit, ..Metric::default() };
            match found.data {
                Some(metric::Data::Sum(sum)) => {
                    assert!(sum.is_monotonic);
                    for point in sum.data_points {
                        metric.sum += number(&point);
                        metric.count += 1;
                        metric.attributes.extend(point.attributes.into_iter().map(|attribute| attribute.key));
                    }
                }
                Some(metric::Data::Histogram(histogram)) => {
                    for point in histogram.data_points {
                        metric.sum += point.sum.unwrap_or_default();
                        metric.count += point.count;
                        metric.bounds = point.explicit_bounds;
                        metric.attributes.extend(point.attributes.into_iter().map(|attribute| attribute.key));
                    }
                }
                other => panic!("{} is neither a counter nor a histogram: {other:?}", found.name),
            }
            (found.name, metric)
        });
        metrics.collect()
    }
}

fn number(point: &NumberDataPoint) -> f64 {
    match point.value {
        Some(number_data_point::Value::AsDouble(value)) => value,
        Some(number_data_point::Value::AsInt(value)) => value as f64,
        None => 0.0,
    }
}

fn value(attribute: &KeyValue) -> Value {
    match attribute.value.clone().unwrap_or_default().value {
        Some(any_value::Value::StringValue(text)) => json!(text),
        Some(any_value::Value::IntValue(number)) => json!(number),
        Some(any_value::Value::DoubleValue(number)) => json!(number),
        Some(any_value::Value::BoolValue(is)) => json!(is),
        other => panic!("{}: {other:?}", attribute.key),
    }
}
