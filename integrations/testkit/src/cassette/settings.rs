//! [`Settings`]: what a cassette compares, replaces and stores.

use claudette::{Error, Result};

use super::content::Content;
use super::difference::{Difference, differences};
use super::interaction::{Sent, header};
use super::match_on::MatchOn;
use super::pointer::Pointer;
use super::scrubs::Scrubs;

/// The settings of a cassette.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) match_on: MatchOn,
    pub(super) scrubs: Scrubs,
    pub(super) is_paced: bool,
    pub(super) records_failures: bool,
    pub(super) records_cut_streams: bool,
    ignored: Vec<Pointer>,
    /// The first setting that is not valid.
    problem: Option<String>,
}

impl Settings {
    pub(super) fn ignore(&mut self, pointer: &str) {
        match Pointer::parse(pointer) {
            Some(pointer) => self.ignored.push(pointer),
            None => {
                self.problem.get_or_insert(format!(
                    "`.ignore({pointer:?})` is not a JSON Pointer; write it as in \"/metadata/user_id\" or \"/messages/*/content\""
                ));
            }
        }
    }

    /// Returns the problem of a setting that is not valid.
    pub(super) fn check(&self) -> Result<()> {
        self.problem.as_ref().map_or(Ok(()), |problem| Err(Error::misuse(problem.clone())))
    }

    /// Returns `true` if the sent request is the recorded one.
    pub(super) fn matches(&self, recorded: &Sent, sent: &Sent) -> bool {
        self.differences(recorded, sent).is_empty()
    }

    /// Returns the parts of a request that differ and matter.
    pub(super) fn differences(&self, recorded: &Sent, sent: &Sent) -> Vec<Difference> {
        let of = |part: &str, recorded: &str, sent: &str| Difference::of_texts(part, Some(recorded), Some(sent));
        let mut found: Vec<_> = of("method", &recorded.method, &sent.method).into_iter().collect();
        if self.match_on == MatchOn::Order {
            found.extend(of("path", recorded.bare_path(), sent.bare_path()));
            return found;
        }
        let (ours, theirs) = (self.scrubs.apply(recorded.path()), self.scrubs.apply(sent.path()));
        found.extend(of("path", &ours, &theirs));
        for name in ["anthropic-version", "anthropic-beta"] {
            // Some tools do not record these headers.
            if let Some(value) = features(recorded, name) {
                let part = format!("header {name}");
                found.extend(Difference::of_texts(&part, Some(&value), features(sent, name).as_deref()));
            }
        }
        let content = |sent: &Sent| Content::read(&sent.body, &self.scrubs);
        match (content(recorded), content(sent)) {
            (recorded, sent) if recorded == sent => {}
            (Content::Json(mut recorded), Content::Json(mut sent)) => {
                for pointer in &self.ignored {
                    pointer.remove(&mut recorded);
                    pointer.remove(&mut sent);
                }
                found.extend(differences(&recorded, &sent));
            }
            (recorded, sent) => {
                let text = |content: Content| content.to_text().unwrap_or_else(|| "(no text)".to_owned());
                found.extend(of("body", &text(recorded), &text(sent)));
            }
        }
        found
    }
}

/// Returns the value of a header that is a list, without its order.
fn features(sent: &Sent, name: &str) -> Option<String> {
    header(&sent.headers, name)?;
    let values = sent.headers.iter().filter(|(own, _)| own == name).flat_map(|(_, value)| value.split(','));
    let mut features: Vec<&str> = values.map(str::trim).filter(|feature| !feature.is_empty()).collect();
    features.sort_unstable();
    features.dedup();
    Some(features.join(","))
}
