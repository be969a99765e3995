//! [`StopDelta`]: the fields of a response that a stream sends at its end.

use serde::{Deserialize, Serialize};

use crate::json::{Extra, Lenient};
use crate::messages::container::Container;
use crate::messages::stop_details::StopDetails;
use crate::messages::stop_reason::StopReason;

/// The `delta` of a `message_delta` event.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::messages) struct StopDelta {
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(in crate::messages) stop_reason: Lenient<StopReason>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(in crate::messages) stop_sequence: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(in crate::messages) stop_details: Lenient<Box<StopDetails>>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(in crate::messages) container: Lenient<Box<Container>>,
    #[serde(flatten)]
    pub(in crate::messages) extra: Extra,
}
