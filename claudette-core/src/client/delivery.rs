//! [`Delivery`]: how one request travels, whatever it says.

use std::time::Duration;

use reqwest::header::HeaderMap;

use super::builder::{append_beta, set_header};
use crate::error::{Error, Result};

/// How one request travels, whatever it says: headers and limits of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delivery {
    pub(super) headers: HeaderMap,
    /// How long one attempt may take.
    pub(crate) timeout: Option<Duration>,
    /// How long all attempts together may take.
    pub(super) deadline: Option<Duration>,
    /// What is wrong with the first header that HTTP does not allow; told when the request is to be sent.
    wrong: Option<String>,
}

impl Delivery {
    pub(crate) fn header(&mut self, name: &str, value: &str) {
        let set = set_header(&mut self.headers, name, value);
        self.note(set);
    }

    pub(crate) fn beta(&mut self, name: &str) {
        let set = append_beta(&mut self.headers, name);
        self.note(set);
    }

    pub(super) fn check(&self) -> Result<()> {
        self.wrong.as_ref().map_or(Ok(()), |wrong| Err(Error::misuse(wrong)))
    }

    fn note(&mut self, set: Result<()>) {
        if let Err(error) = set {
            self.wrong.get_or_insert(error.to_string());
        }
    }
}
