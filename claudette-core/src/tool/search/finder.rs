//! [`Finder`]: finds the hidden tools of a set, and [`Finders`]: the finders of the sets in which a search is.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::index::Index;
use crate::tool::definition::{SearchId, ToolDefinition};
use crate::tool::set::{Toolset, WeakToolset};

/// The tools that a search finds.
pub(super) struct Finder {
    search: SearchId,
    hidden: Vec<ToolDefinition>,
    /// Made by the first search.
    index: OnceLock<Index>,
}

impl Finder {
    pub(super) fn new(tools: &Toolset, search: SearchId) -> Self {
        let hidden = tools.found_by(&search).cloned().collect();
        Self { search, hidden, index: OnceLock::new() }
    }

    pub(super) fn hidden(&self) -> &[ToolDefinition] {
        &self.hidden
    }

    /// Returns the names of the best tools, the best one first.
    pub(super) fn find(&self, query: &str, most: usize) -> Vec<&str> {
        let index = self.index.get_or_init(|| Index::new(&self.hidden));
        index.find(query, most).into_iter().map(|tool| self.hidden[tool].name()).collect()
    }

    /// Returns `true` if a search of this set finds the same tools.
    fn is_for(&self, tools: &Toolset) -> bool {
        let mut hidden = self.hidden.iter();
        tools.found_by(&self.search).all(|tool| hidden.next().is_some_and(|known| known.has_words_of(tool)))
            && hidden.next().is_none()
    }
}

/// The finders of the sets in which a search is. An index is made only if tools were added or removed.
pub(super) struct Finders {
    first: Arc<Finder>,
    /// The finders of other sets, until the sets no longer exist.
    others: Mutex<Vec<(WeakToolset, Arc<Finder>)>>,
}

impl Finders {
    pub(super) fn new(first: Arc<Finder>) -> Self {
        Self { first, others: Mutex::default() }
    }

    /// Returns the finder for the tools of this set. Outside a set, it is the first one.
    pub(super) fn of(&self, tools: Option<&Toolset>) -> Arc<Finder> {
        let Some(tools) = tools.filter(|tools| !self.first.is_for(tools)) else { return self.first.clone() };
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, finder)) = others.iter().find(|(set, _)| set.is_to(tools)) {
            return finder.clone();
        }
        others.retain(|(set, _)| set.exists());
        let finder = Arc::new(Finder::new(tools, self.first.search.clone()));
        others.push((tools.weak(), finder.clone()));
        finder
    }
}
