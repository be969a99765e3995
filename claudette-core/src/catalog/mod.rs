//! Models: their names, what each accepts and what it costs. The tables are dated.

mod cost;
mod model;
mod price;
mod profile;
mod spent;

pub use cost::{Cost, CostReport};
pub use model::Model;
pub use price::Price;
pub(crate) use price::Prices;
pub use profile::{Profile, ThinkingDefault};
pub use spent::Spent;
