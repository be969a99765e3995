//! [`UserLocation`]: the location for a web search.

use serde_json::{Map, Value};

/// The approximate location of a user, for [`BuiltinTool::user_location`](super::BuiltinTool::user_location). All parts
/// are optional.
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
    /// Sets the city, such as `Oslo`.
    pub fn city(self, city: impl Into<String>) -> Self {
        self.with("city", city.into())
    }

    /// Sets the region or state, such as `California`.
    pub fn region(self, region: impl Into<String>) -> Self {
        self.with("region", region.into())
    }

    /// Sets the country by its two-letter code, such as `NO`.
    pub fn country(self, country: impl Into<String>) -> Self {
        self.with("country", country.into())
    }

    /// Sets the time zone by its IANA name, such as `Europe/Oslo`.
    pub fn timezone(self, timezone: impl Into<String>) -> Self {
        self.with("timezone", timezone.into())
    }

    fn with(mut self, field: &str, value: String) -> Self {
        self.0.insert(field.into(), value.into());
        self
    }
}

/// An unspecified approximate location.
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
