//! Models: their names, the settings that each supports, and their prices. The tables are dated.

mod cost;
mod cost_report;
mod feature;
mod model;
mod platform;
mod price;
mod price_list;
mod prices;
mod profile;
mod profile_table;
mod spent;
mod usage_totals;

pub use cost::Cost;
pub use cost_report::CostReport;
pub use feature::Feature;
pub(crate) use feature::Features;
pub use model::Model;
pub(crate) use model::plain_name;
pub use platform::Platform;
pub use price::Price;
pub(crate) use prices::Prices;
pub use profile::{Profile, ThinkingDefault};
pub use spent::Spent;
pub(crate) use usage_totals::UsageTotals;
