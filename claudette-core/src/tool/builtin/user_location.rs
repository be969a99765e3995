//! [`UserLocation`]: where a web search searches from.

use serde_json::{Map, Value};

/// Roughly where a user is, for [`BuiltinTool::user_location`](super::BuiltinTool::user_location). Say as much or as
/// little as is known.
///
/// ```
/// use claudette::tooling::UserLocation;
/// use claudette::BuiltinTool;
///
/// let oslo = UserLocation::default().city("Oslo").country("NO").timezone("Europe/Oslo");
/// let search = BuiltinTool::web_search().user_location(oslo);
/// assert_eq!(
///     serde_json::to_value(&search)?["user_location"],
///     serde_json::json!({"type": "approximate", "city": "Oslo", "country": "NO", "timezone": "Europe/Oslo"}),
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct UserLocation(Map<String, Value>);

impl UserLocation {
    /// The city, as `Oslo`.
    pub fn city(self, city: impl Into<String>) -> Self {
        self.with("city", city.into())
    }

    /// The region or state, as `California`.
    pub fn region(self, region: impl Into<String>) -> Self {
        self.with("region", region.into())
    }

    /// The country, as its two letters: `NO`.
    pub fn country(self, country: impl Into<String>) -> Self {
        self.with("country", country.into())
    }

    /// The time zone by its IANA name: `Europe/Oslo`.
    pub fn timezone(self, timezone: impl Into<String>) -> Self {
        self.with("timezone", timezone.into())
    }

    fn with(mut self, field: &str, value: String) -> Self {
        self.0.insert(field.into(), value.into());
        self
    }
}

/// Somewhere.
impl Default for UserLocation {
    fn default() -> Self {
        Self(Map::from_iter([("type".to_owned(), Value::from("approximate"))]))
    }
}

impl From<UserLocation> for Value {
    fn from(location: UserLocation) -> Self {
        location.0.into()
    }
}
