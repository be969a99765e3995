//! The partial response of an error.

use super::response::Response;
use crate::error::Error;

impl Error {
    /// Attaches the partial response, if any.
    pub(crate) fn after(self, partial: Option<Response>) -> Self {
        match partial {
            Some(partial) => self.with_partial(partial),
            None => self,
        }
    }

    /// Returns the response that belongs to the error: the part received before the stream failed, or the response that
    /// does not match the requested type.
    pub fn partial(&self) -> Option<&Response> {
        self.partial_as()
    }
}
