//! [`HandlerContext`]: the contexts of Restate handlers that a journal can use.

use std::pin::Pin;
use std::time::Duration;

use claudette::BoxFuture;
use restate_sdk::context::DurableFuture;
use restate_sdk::errors::HandlerResult;
use restate_sdk::prelude::*;

use crate::approvals::{ApprovalsClient, Waiting};
use crate::text::Text;

/// A context of a Restate handler: of a service, a virtual object or a workflow.
///
/// [`Journal::new`](crate::Journal::new) takes a reference to it.
pub trait HandlerContext: Operations {}

/// The work of a step.
pub(crate) type Work<'a> = Box<dyn FnOnce() -> BoxFuture<'a, HandlerResult<Text>> + Send + 'a>;

/// A future of the SDK, which can be raced against others.
pub(crate) type Durable<'a, T> = Pin<Box<dyn DurableFuture<Output = Result<T, TerminalError>> + Send + 'a>>;

/// The operations that a journal needs. The traits of the SDK are not object-safe, and their futures are only `Send` for
/// a known context type, so there is an implementation for each type.
#[doc(hidden)]
#[allow(private_interfaces)]
pub trait Operations: Send + Sync {
    fn invocation(&self) -> &str;

    /// Runs a step, or returns its stored result.
    fn run<'a>(&'a self, name: String, work: Work<'a>) -> BoxFuture<'a, Result<Text, TerminalError>>;

    fn signal<'a>(&'a self, name: &str) -> Durable<'a, Text>;

    fn sleep(&self, duration: Duration) -> Durable<'_, ()>;

    /// Tells the [`Approvals`](crate::Approvals) of a run that a call waits.
    fn ask(&self, run: &str, waiting: Waiting);

    /// Ends the wait for a decision. Returns `false` if the call has already been decided on.
    fn close(&self, run: &str, call: &str) -> Durable<'_, bool>;
}

macro_rules! operations {
    ($($context:ident),*) => {$(
        impl HandlerContext for $context<'_> {}

        #[allow(private_interfaces)]
        impl Operations for $context<'_> {
            fn invocation(&self) -> &str {
                self.invocation_id()
            }

            fn run<'a>(&'a self, name: String, work: Work<'a>) -> BoxFuture<'a, Result<Text, TerminalError>> {
                // With a shorter lifetime, so that the work may borrow from the loop.
                let this: &'a $context<'a> = self;
                Box::pin(ContextSideEffects::run(this, work).name(name))
            }

            fn signal<'a>(&'a self, name: &str) -> Durable<'a, Text> {
                let this: &'a $context<'a> = self;
                Box::pin(ContextSignals::signal(this, name))
            }

            fn sleep(&self, duration: Duration) -> Durable<'_, ()> {
                Box::pin(ContextTimers::sleep(self, duration))
            }

            fn ask(&self, run: &str, waiting: Waiting) {
                // Without waiting for the id of the invocation.
                drop(self.object_client::<ApprovalsClient>(run).ask(Json(waiting)).send());
            }

            fn close(&self, run: &str, call: &str) -> Durable<'_, bool> {
                Box::pin(self.object_client::<ApprovalsClient>(run).close(call.to_owned()).call())
            }
        }
    )*};
}

operations!(Context, ObjectContext, SharedObjectContext, WorkflowContext, SharedWorkflowContext);
