//! [`Parallel`]: which of several calls may start next.

/// How many calls of one response run at the same time, unless the program says otherwise.
pub(crate) const MAX_PARALLEL: usize = 8;

/// Decides whether one more call may start: so many run at once, and an exclusive one runs alone.
#[derive(Debug)]
pub(crate) struct Parallel {
    most: usize,
    /// The call that started last runs alone.
    alone: bool,
}

impl Parallel {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, alone: false }
    }

    /// Whether the next call may start while so many run. If it may, it is taken to have started.
    pub(crate) fn admits(&mut self, running: usize, is_exclusive: bool) -> bool {
        let admits = running < self.most && (running == 0 || !self.alone && !is_exclusive);
        if admits {
            self.alone = is_exclusive;
        }
        admits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exclusive_call_runs_alone() {
        let mut parallel = Parallel::new(2);
        assert!(parallel.admits(0, false));
        assert!(!parallel.admits(1, true));
        assert!(parallel.admits(1, false));
        assert!(!parallel.admits(2, false));
        assert!(parallel.admits(0, true));
        assert!(!parallel.admits(1, false));
        assert!(parallel.admits(0, false));
    }
}
