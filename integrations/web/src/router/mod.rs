//! The HTTP interface: routes, checks of requests, and limits.

mod app;
mod guard;
mod hosts;
mod owner;
mod post_chat;
mod refusal;
mod routes;
mod serve;
mod settings;
mod web_app;
mod web_chat;

pub use self::owner::{ChatInfo, Owner};
pub use self::web_app::WebApp;
pub use self::web_chat::WebChat;
