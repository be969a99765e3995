//! [`ProgressTable`]: which call a progress notification belongs to.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use claudette::ToolContext;
use rmcp::model::ProgressToken;
use tokio::time::Instant;

use crate::text::clean_line;

/// The maximum number of characters of one progress message.
const MAX_MESSAGE: usize = 500;

/// The calls of one connection that wait for a result, by their progress token.
#[derive(Debug, Default)]
pub(crate) struct ProgressTable {
    calls: Mutex<HashMap<ProgressToken, Watched>>,
    questions: Mutex<Questions>,
}

/// The questions of the server that are being answered. A call does not time out while its user thinks.
#[derive(Debug, Default)]
struct Questions {
    open: usize,
    answered: Option<Instant>,
}

/// One question that is being answered.
#[derive(Debug)]
pub(crate) struct Asking(Arc<ProgressTable>);

impl Drop for Asking {
    fn drop(&mut self) {
        let mut questions = self.0.questions.lock().unwrap_or_else(PoisonError::into_inner);
        questions.open -= 1;
        questions.answered = Some(Instant::now());
    }
}

#[derive(Debug)]
struct Watched {
    cx: Option<ToolContext>,
    last: f64,
    at: Instant,
}

/// One call in the table. It leaves the table when it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    table: Arc<ProgressTable>,
    token: ProgressToken,
}

impl ProgressTable {
    /// Adds a call. Progress is reported to `cx`, if there is one.
    pub(crate) fn watch(self: &Arc<Self>, token: ProgressToken, cx: Option<ToolContext>) -> Watch {
        let watched = Watched { cx, last: f64::NEG_INFINITY, at: Instant::now() };
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), watched);
        Watch { table: self.clone(), token }
    }

    /// Records that a question of the server is being answered, until the value is dropped.
    pub(crate) fn asking(self: &Arc<Self>) -> Asking {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner).open += 1;
        Asking(self.clone())
    }

    /// Reports progress to its call. Unknown tokens are ignored, and so is progress that does not grow: notifications
    /// can be handled out of order, and after the result.
    pub(crate) fn report(&self, token: &ProgressToken, progress: f64, total: Option<f64>, message: Option<&str>) {
        let cx = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(watched) = calls.get_mut(token) else { return };
            if progress.is_nan() || progress <= watched.last {
                return;
            }
            (watched.last, watched.at) = (progress, Instant::now());
            watched.cx.clone()
        };
        // The sink of the context belongs to the program, so it is called without the lock.
        if let Some(cx) = cx {
            cx.progress(text(progress, total, message));
        }
    }
}

impl Watch {
    /// Returns the time of the last progress, of the last answer to a question of the server, or of the start of the
    /// call.
    pub(crate) fn last(&self) -> Instant {
        let questions = self.table.questions.lock().unwrap_or_else(PoisonError::into_inner);
        if questions.open > 0 {
            return Instant::now();
        }
        let calls = self.table.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let last = calls.get(&self.token).map_or_else(Instant::now, |watched| watched.at);
        questions.answered.map_or(last, |answered| last.max(answered))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.table.calls.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.token);
    }
}

/// Returns the text of one report: `3/10 reading`, or `3 reading` without a total.
fn text(progress: f64, total: Option<f64>, message: Option<&str>) -> String {
    let mut text = progress.to_string();
    if let Some(total) = total.filter(|total| total.is_finite() && *total > 0.0) {
        let _ = write!(text, "/{total}");
    }
    if let Some(message) = message {
        let message = clean_line(message, MAX_MESSAGE);
        if !message.is_empty() {
            let _ = write!(text, " {message}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use rmcp::model::NumberOrString;

    use super::*;

    #[test]
    fn texts() {
        assert_eq!(text(3.0, Some(10.0), Some("reading")), "3/10 reading");
        assert_eq!(text(0.5, None, None), "0.5");
        assert_eq!(text(3.0, Some(0.0), Some("a\nb\u{1b}[31m")), "3 a b");
    }

    #[tokio::test]
    async fn progress_only_grows_and_ends_with_the_call() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = heard.clone();
        let cx = ToolContext::builder().progress(move |text| sink.lock().unwrap().push(text.to_owned())).build();
        let table = Arc::new(ProgressTable::default());
        let token = ProgressToken(NumberOrString::Number(7));
        let watch = table.watch(token.clone(), Some(cx));
        for progress in [1.0, 3.0, 2.0, 3.0, f64::NAN, 4.0] {
            table.report(&token, progress, None, None);
        }
        table.report(&ProgressToken(NumberOrString::Number(8)), 9.0, None, None);
        drop(watch);
        table.report(&token, 5.0, None, None);
        assert_eq!(*heard.lock().unwrap(), ["1", "3", "4"]);
        assert!(table.calls.lock().unwrap().is_empty());
    }
}
