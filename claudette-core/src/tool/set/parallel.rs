//! [`Parallel`]: decides when the next call may start.

/// The default for the maximum number of calls of one response that run at the same time.
pub(crate) const MAX_PARALLEL: usize = 8;

/// Decides whether another call may start. The number of running calls is limited, and an exclusive call runs alone.
#[derive(Debug)]
pub(crate) struct Parallel {
    most: usize,
    /// `true` if the call that started last is exclusive.
    alone: bool,
}

impl Parallel {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, alone: false }
    }

    /// Returns `true` if the next call may start while `running` calls run. It then counts as started.
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
