//! Layers that keep spans and events for the tests.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// One span or event: its name or target, the name of its parent, and its fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) name: &'static str,
    pub(crate) parent: Option<&'static str>,
    /// The agents and tools of the spans around this one and of this one: `lead > researcher`.
    pub(crate) path: String,
    pub(crate) fields: BTreeMap<&'static str, String>,
    pub(crate) is_closed: bool,
}

impl Seen {
    /// Returns a field, or an empty text if it was not recorded.
    pub(crate) fn get(&self, field: &str) -> &str {
        self.fields.get(field).map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn number(&self, field: &str) -> f64 {
        self.get(field).parse().unwrap_or_else(|_| panic!("{field} is not a number in {self:?}"))
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        // `tracing-opentelemetry` exports unsigned numbers of spans as text.
        assert!(!NAMES.contains(&self.name), "{} is unsigned", field.name());
        self.record_str(field, &value.to_string());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // An exporter keeps both values of a field that is recorded twice.
        let before = self.fields.insert(field.name(), value.to_owned());
        assert_eq!(before, None, "{} was recorded twice", field.name());
    }
}

/// Keeps the spans of the library and the events with metrics.
#[derive(Clone, Default)]
pub(crate) struct Spans {
    spans: Arc<Mutex<Vec<(Id, Seen)>>>,
    metrics: Arc<Mutex<Vec<Seen>>>,
}

const NAMES: [&str; 4] = ["invoke_agent", "chat", "execute_tool", "count_tokens"];

impl Layer<Registry> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, Registry>) {
        let name = attributes.metadata().name();
        let mut seen = Seen { name, parent: cx.lookup_current().map(|span| span.name()), ..Seen::default() };
        attributes.record(&mut seen);
        if NAMES.contains(&name) {
            let mut spans = self.spans.lock().unwrap();
            let around = cx.lookup_current().and_then(|span| {
                let around = spans.iter().rev().find(|(known, _)| *known == span.id())?;
                Some(around.1.path.clone())
            });
            let own =
                ["gen_ai.agent.name", "gen_ai.tool.name"].into_iter().map(|field| seen.get(field)).collect::<String>();
            seen.path = around.map_or_else(|| own.clone(), |around| format!("{around} > {own}"));
            spans.push((id.clone(), seen));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, Registry>) {
        let mut spans = self.spans.lock().unwrap();
        if let Some((_, seen)) = spans.iter_mut().rev().find(|(known, _)| known == id) {
            values.record(seen);
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, Registry>) {
        let mut spans = self.spans.lock().unwrap();
        if let Some((_, seen)) = spans.iter_mut().rev().find(|(known, _)| *known == id) {
            seen.is_closed = true;
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, Registry>) {
        if event.metadata().target() == "claudette::metrics" {
            assert_eq!(*event.metadata().level(), tracing::Level::TRACE);
            let mut seen = Seen::default();
            event.record(&mut seen);
            self.metrics.lock().unwrap().push(seen);
        }
    }
}

impl Spans {
    pub(crate) fn watch() -> (Self, DefaultGuard) {
        let spans = Self::default();
        let guard = tracing::subscriber::set_default(Registry::default().with(spans.clone()));
        (spans, guard)
    }

    pub(crate) fn named(&self, name: &str) -> Vec<Seen> {
        let spans = self.spans.lock().unwrap();
        spans.iter().map(|(_, seen)| seen.clone()).filter(|seen| seen.name == name).collect()
    }

    /// Returns the only span with this name.
    pub(crate) fn one(&self, name: &str) -> Seen {
        let [one] = <[Seen; 1]>::try_from(self.named(name)).unwrap_or_else(|all| panic!("{name}: {all:?}"));
        one
    }

    /// Returns the events with this metric.
    pub(crate) fn metric(&self, name: &str) -> Vec<Seen> {
        self.metrics.lock().unwrap().iter().filter(|seen| seen.has(name)).cloned().collect()
    }

    /// Returns everything that was recorded, as text.
    pub(crate) fn all(&self) -> String {
        format!("{:?} {:?}", self.spans.lock().unwrap(), self.metrics.lock().unwrap())
    }
}

/// A layer that keeps all fields of all spans and events as text.
#[derive(Clone, Default)]
pub(crate) struct Everything(pub(crate) Arc<Mutex<Vec<String>>>);

impl Everything {
    fn add(&self, fields: &dyn Fn(&mut Seen)) {
        let mut seen = Seen::default();
        fields(&mut seen);
        self.0.lock().unwrap().push(format!("{:?}", seen.fields));
    }
}

impl Layer<Registry> for Everything {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, Registry>) {
        self.add(&|seen| attributes.record(seen));
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, Registry>) {
        self.add(&|seen| values.record(seen));
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, Registry>) {
        self.add(&|seen| event.record(seen));
    }
}
