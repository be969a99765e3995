//! [`Model`]: the name of a model.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a model, as the API expects it.
///
/// The constants are exact versions. Any other string is accepted as well; if the API does not know the model, it
/// returns an error.
///
/// ```
/// use claudette::catalog::Model;
///
/// assert_eq!(Model::SONNET_5_5.as_str(), "claude-sonnet-5-5");
/// assert_eq!(Model::from("claude-sonnet-5-5"), Model::SONNET_5_5);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Model(std::borrow::Cow<'static, str>);

macro_rules! models {
    ($($name:ident = $id:literal;)+) => {
        impl Model {
            $(
                #[doc = concat!("The model `", $id, "`.")]
                pub const $name: Self = Self(std::borrow::Cow::Borrowed($id));
            )+

            const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

models! {
    FABLE_5_2 = "claude-fable-5-2";
    MYTHOS_5_2 = "claude-mythos-5-2";
    HAIKU_5_5 = "claude-haiku-5-5";
    SONNET_5_5 = "claude-sonnet-5-5";
    OPUS_5_5 = "claude-opus-5-5";
    FABLE_5_1 = "claude-fable-5-1";
    MYTHOS_5_1 = "claude-mythos-5-1";
    OPUS_5 = "claude-opus-5";
    SONNET_5 = "claude-sonnet-5";
    FABLE_5 = "claude-fable-5";
    MYTHOS_5 = "claude-mythos-5";
    OPUS_4_8 = "claude-opus-4-8";
    OPUS_4_7 = "claude-opus-4-7";
    OPUS_4_6 = "claude-opus-4-6";
    SONNET_4_6 = "claude-sonnet-4-6";
    OPUS_4_5 = "claude-opus-4-5";
    HAIKU_4_5 = "claude-haiku-4-5";
    SONNET_4_5 = "claude-sonnet-4-5";
}

impl Model {
    /// Returns the name of the model.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the name that the API of Anthropic gives to a model, without its date: `claude-haiku-4-5-20251001` and
/// `us.anthropic.claude-haiku-4-5-20251001-v1:0` → `claude-haiku-4-5`.
///
/// Other platforms add a region, a vendor or a version, or separate the date with `@`. The ARN of an inference profile
/// ends in such a name. A name of any other form is returned unchanged.
pub(crate) fn plain_name(model: &str) -> &str {
    // Each response has the name of its model, and most names are plain.
    if !model.bytes().any(|byte| matches!(byte, b'.' | b'@' | b':' | b'/')) {
        return undated(model);
    }
    let name = if model.starts_with("arn:") { model.rsplit('/').next().unwrap_or(model) } else { model };
    let name = match (name.split_once("anthropic."), name.split_once('@')) {
        (Some((region, name)), _) if region.is_empty() || region.ends_with('.') => {
            let name = name.split(':').next().unwrap_or(name);
            let version = name.rsplit_once("-v").filter(|(_, end)| end.bytes().all(|byte| byte.is_ascii_digit()));
            version.map_or(name, |(name, _)| name)
        }
        (_, Some((name, _))) if name.starts_with("claude-") => name,
        _ => name,
    };
    undated(name)
}

fn undated(model: &str) -> &str {
    // The date is looked for where it must be, because searching takes time.
    match model.len().checked_sub("-20251001".len()).and_then(|end| model.split_at_checked(end)) {
        Some((name, date)) if date.starts_with('-') && date[1..].bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => model,
    }
}

impl From<&str> for Model {
    fn from(id: &str) -> Self {
        // Each request has a model name. A known name does not allocate.
        let known = Self::ALL.iter().find(|known| known.as_str() == id);
        known.cloned().unwrap_or_else(|| Self(id.to_owned().into()))
    }
}

impl From<String> for Model {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<&Model> for Model {
    fn from(model: &Model) -> Self {
        model.clone()
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_platforms_are_the_same_model() {
        for (name, plain) in [
            ("claude-haiku-4-5", "claude-haiku-4-5"),
            ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
            ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
            ("claude-sonnet-5-5@default", "claude-sonnet-5-5"),
            ("anthropic.claude-opus-5", "claude-opus-5"),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
            ("global.anthropic.claude-sonnet-5-5-v1:0:200k", "claude-sonnet-5-5"),
            (
                "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-8",
                "claude-opus-4-8",
            ),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/jf2sje1c0jnb", "jf2sje1c0jnb"),
            ("qwen3:8b", "qwen3:8b"),
            ("team@host/claude", "team@host/claude"),
            ("notanthropic.claude", "notanthropic.claude"),
            ("claude-3.7-vision", "claude-3.7-vision"),
            ("", ""),
        ] {
            assert_eq!(plain_name(name), plain, "{name}");
        }
    }
}
