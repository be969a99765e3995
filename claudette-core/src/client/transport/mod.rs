//! Addresses, bodies, and [`Transport`] with its default implementation [`HttpTransport`].

mod address;
mod body;
#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
mod certificates;
mod http_seam;
mod http_transport;
mod joined;
mod tls;
mod upload;

pub(super) use self::address::{Address, without_secrets};
pub use self::body::Body;
pub use self::http_seam::Transport;
pub use self::http_transport::{HttpTransport, HttpTransportBuilder};
pub(super) use self::joined::Joined;
