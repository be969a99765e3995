//! [`Yielder`]: what work hands out while it runs, and [`Generator`]: the work, for whoever takes it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::task::BoxFuture;

/// A place for values between work and whoever polls it. Clones are the same place.
#[derive(Debug)]
pub(crate) struct Yielder<T>(Arc<Mutex<VecDeque<T>>>);

impl<T> Yielder<T> {
    /// Leaves a value, and waits until it was taken.
    pub(crate) async fn put(&self, value: T) {
        self.values().push_back(value);
        self.taken().await;
    }

    /// Leaves values, and waits until they were taken, if there are any. None stays.
    pub(crate) async fn put_all(&self, values: &mut VecDeque<T>) {
        if !values.is_empty() {
            // Nothing lies there: all that was left before was taken. What goes round is memory, and no value moves.
            std::mem::swap(&mut *self.values(), values);
            self.taken().await;
        }
    }

    /// The work is not polled again before all was taken.
    async fn taken(&self) {
        let mut waited = false;
        std::future::poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending })
            .await;
    }

    fn values(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Yielder<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Yielder<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Work that hands out values while it runs, and an end.
///
/// It runs only while nothing lies there to be taken.
pub(crate) struct Generator<'a, T, E> {
    /// `None` once it is over.
    work: Option<BoxFuture<'a, E>>,
    place: Yielder<T>,
    /// What was fetched from there.
    values: VecDeque<T>,
    end: Option<E>,
}

/// What [`Generator`] gives.
pub(crate) enum Yielded<T, E> {
    Value(T),
    /// It is over; this comes once.
    End(E),
}

impl<'a, T, E> Generator<'a, T, E> {
    pub(crate) fn new(work: impl FnOnce(Yielder<T>) -> BoxFuture<'a, E>) -> Self {
        let place = Yielder::default();
        Self { work: Some(work(place.clone())), place, values: VecDeque::new(), end: None }
    }

    /// Whether there is nothing to come.
    pub(crate) fn is_over(&self) -> bool {
        self.work.is_none() && self.values.is_empty() && self.end.is_none()
    }

    /// The next value, then the end, and then nothing.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Yielded<T, E>>> {
        if self.values.is_empty()
            && let Some(work) = &mut self.work
        {
            if let Poll::Ready(end) = work.as_mut().poll(cx) {
                (self.work, self.end) = (None, Some(end));
            }
            std::mem::swap(&mut self.values, &mut self.place.values());
        }
        match self.values.pop_front() {
            Some(value) => Poll::Ready(Some(Yielded::Value(value))),
            None if self.work.is_some() => Poll::Pending,
            None => Poll::Ready(self.end.take().map(Yielded::End)),
        }
    }
}
