//! What had come of a response when it failed.

use super::response::Response;
use crate::error::Error;

impl Error {
    /// Keeps what had come of the response.
    pub(crate) fn after(self, partial: Option<Response>) -> Self {
        match partial {
            Some(partial) => self.with_partial(partial),
            None => self,
        }
    }

    /// The response as far as it had come before its stream failed; or the one that is not what was asked for.
    pub fn partial(&self) -> Option<&Response> {
        self.partial_as()
    }
}
