//! [`decide`]: the approval of a call by a function over typed calls.

use std::future::{Ready, ready};

use futures_util::future::Either;

use super::approval::Approval;
use super::machine::texts::no_rule;
use crate::messages::ToolUse;
use crate::tool::{TypedCall, is_call_of};

/// Asks the function for its decision. A call that is not of the type is denied, because the function has no rule for it.
pub(super) fn decide<C, Fut>(call: &ToolUse, approve: impl FnOnce(C) -> Fut) -> Either<Fut, Ready<Approval>>
where
    C: TypedCall,
    Fut: Future<Output = Approval>,
{
    match C::read(call) {
        Ok(call) => Either::Left(approve(call)),
        Err(error) => {
            let reason = if is_call_of::<C>(call) { error.to_string() } else { no_rule(call.name()) };
            Either::Right(ready(Approval::Deny(reason)))
        }
    }
}
