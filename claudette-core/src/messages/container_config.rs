//! [`ContainerConfig`]: where the server is to run code, and with which skills.

use serde::{Serialize, Serializer};

use super::container::Container;

/// The container in which the server's code execution runs: one that exists, skills for it, or both.
///
/// ```
/// use claudette::wire::{ContainerConfig, Skill};
///
/// let again = ContainerConfig::from("container_01Ab");
/// assert_eq!(serde_json::to_string(&again)?, r#""container_01Ab""#);
///
/// let skilled = ContainerConfig::with_skills([Skill::anthropic("pptx")]);
/// assert_eq!(serde_json::to_string(&skilled)?, r#"{"skills":[{"type":"anthropic","skill_id":"pptx"}]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerConfig {
    id: Option<String>,
    skills: Vec<Skill>,
}

impl ContainerConfig {
    /// A new container in which the model has these skills; at most 20.
    pub fn with_skills(skills: impl IntoIterator<Item = Skill>) -> Self {
        Self { id: None, skills: skills.into_iter().collect() }
    }

    /// The container of an earlier response, with its files.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// The container of this id.
impl From<&str> for ContainerConfig {
    fn from(id: &str) -> Self {
        Self::default().id(id)
    }
}

/// The container of an earlier response.
impl From<&Container> for ContainerConfig {
    fn from(container: &Container) -> Self {
        Self::from(container.id())
    }
}

/// The container of this id.
impl From<String> for ContainerConfig {
    fn from(id: String) -> Self {
        Self::default().id(id)
    }
}

impl Serialize for ContainerConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Object<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'a str>,
            skills: &'a [Skill],
        }
        match (&self.id, self.skills.as_slice()) {
            (Some(id), []) => serializer.serialize_str(id),
            (id, skills) => Object { id: id.as_deref(), skills }.serialize(serializer),
        }
    }
}

/// A skill for a [`ContainerConfig`]: instructions and files that the model reads when it needs them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skill {
    r#type: &'static str,
    skill_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl Skill {
    /// A skill of Anthropic's: `pptx`, `xlsx`, `docx`, `pdf`.
    pub fn anthropic(id: impl Into<String>) -> Self {
        Self::new("anthropic", id.into())
    }

    /// A skill that your organisation has uploaded.
    pub fn custom(id: impl Into<String>) -> Self {
        Self::new("custom", id.into())
    }

    fn new(kind: &'static str, id: String) -> Self {
        Self { r#type: kind, skill_id: id, version: None }
    }

    /// This version of the skill; the latest if none is named.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }
}
