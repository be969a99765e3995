//! Addresses, bodies, and [`Transport`] with its default implementation [`HttpTransport`].

#[cfg(feature = "evcxr")]
mod across_cells;
mod address;
mod body;
#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
mod certificates;
mod client_certificate;
mod http_seam;
mod http_transport;
mod joined;
mod tls;
mod upload;

#[cfg(feature = "evcxr")]
pub(super) use self::across_cells::AcrossCells;
pub(super) use self::address::{Address, without_secrets};
pub use self::body::Body;
pub use self::http_seam::Transport;
pub use self::http_transport::{HttpTransport, HttpTransportBuilder};
pub(super) use self::joined::Joined;
