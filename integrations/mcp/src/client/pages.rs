//! The pages of a list of resources or prompts.

use std::collections::HashSet;

use rmcp::model::{ClientRequest, PaginatedRequestParams};
use serde_json::Value;

use super::request::Limits;
use super::supervisor::Supervisor;
use crate::error::Result;

/// The maximum number of pages and of items.
const MAX_PAGES: usize = 250;
const MAX_ITEMS: usize = 10_000;

impl Supervisor {
    /// Returns the items of a list, whatever cursors the server sends.
    pub(super) async fn pages(
        &self,
        method: &str,
        key: &str,
        request: impl Fn(PaginatedRequestParams) -> ClientRequest,
    ) -> Result<Vec<Value>> {
        let limits = Limits { idle: self.options().timeout, total: self.options().total_timeout };
        let mut items = Vec::new();
        let mut cursors = HashSet::new();
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            let params = PaginatedRequestParams::default().with_cursor(cursor);
            let connection = self.connection().await?;
            let mut page = match connection.request(request(params), limits, None).await {
                Ok(page) => page,
                Err(failure) => return Err(failure.error(&connection, self.name(), method).await),
            };
            if let Some(Value::Array(more)) = page.get_mut(key).map(Value::take) {
                items.extend(more);
            }
            match page.get("nextCursor").and_then(Value::as_str) {
                Some(next) if !next.is_empty() && items.len() < MAX_ITEMS && cursors.insert(next.to_owned()) => {
                    cursor = Some(next.to_owned());
                }
                _ => break,
            }
        }
        items.truncate(MAX_ITEMS);
        Ok(items)
    }
}
