//! The order and the pace of attempts: [`Admission`] limits how many are under way, and delays them by the rate limits
//! that the API reports.

mod admission;
mod bucket;
mod lane;
mod pace;
mod rate_headers;
#[cfg(test)]
mod tests;

pub(super) use self::admission::{Admission, Permit, Rules};
