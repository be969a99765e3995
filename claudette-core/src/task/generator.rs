//! [`Generator`]: asynchronous work that yields values; [`Yielder`]: the handle with which the work yields them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::task::BoxFuture;

/// A queue for values from the work to the generator. Clones share the queue.
#[derive(Debug)]
pub(crate) struct Yielder<T>(Arc<Mutex<VecDeque<T>>>);

impl<T> Yielder<T> {
    /// Yields a value, and waits until the consumer has taken it.
    pub(crate) async fn put(&self, value: T) {
        self.values().push_back(value);
        self.taken().await;
    }

    /// Yields all values, and waits until the consumer has taken them. `values` is empty afterwards.
    pub(crate) async fn put_all(&self, values: &mut VecDeque<T>) {
        if !values.is_empty() {
            self.add_all(values);
            self.taken().await;
        }
    }

    fn add_all(&self, values: &mut VecDeque<T>) {
        let mut queue = self.values();
        if queue.is_empty() {
            // Swapping reuses the memory of the queue without moving values.
            std::mem::swap(&mut *queue, values);
        } else {
            // Work that runs at the same time has yielded a value as well.
            queue.append(values);
        }
    }

    /// Waits until all values are taken: the generator does not poll the work before.
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

/// Asynchronous work that yields values, and an end when it is over.
///
/// The work runs only if all yielded values are taken.
pub(crate) struct Generator<'a, T, E> {
    /// `None` after the work is over.
    work: Option<BoxFuture<'a, E>>,
    place: Yielder<T>,
    /// The values that were fetched from the queue and not taken yet.
    values: VecDeque<T>,
    end: Option<E>,
}

/// An item of a [`Generator`].
pub(crate) enum Yielded<T, E> {
    Value(T),
    /// The end of the work, which is returned once.
    End(E),
}

impl<'a, T, E> Generator<'a, T, E> {
    pub(crate) fn new(work: impl FnOnce(Yielder<T>) -> BoxFuture<'a, E>) -> Self {
        let place = Yielder::default();
        Self { work: Some(work(place.clone())), place, values: VecDeque::new(), end: None }
    }

    /// Returns `true` if no items follow.
    pub(crate) fn is_over(&self) -> bool {
        self.work.is_none() && self.values.is_empty() && self.end.is_none()
    }

    /// Returns the next value, then the end, and then `None`.
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
