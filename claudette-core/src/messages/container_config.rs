//! [`ContainerConfig`]: the container and the skills for code execution on the server.

use serde::{Serialize, Serializer};

use super::container::Container;

/// The container for code execution on the server: an existing container, skills for it, or both.
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
    /// Creates a configuration with skills, at most 20. The API creates a new container unless [`id`](Self::id) is set.
    pub fn with_skills(skills: impl IntoIterator<Item = Skill>) -> Self {
        Self { id: None, skills: skills.into_iter().collect() }
    }

    /// Sets the container of an earlier response, which is reused with its files.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

impl ContainerConfig {
    /// Returns the configuration with this container, or `None` if it names one.
    pub(crate) fn or_id(&self, id: &str) -> Option<Self> {
        self.id.is_none().then(|| self.clone().id(id))
    }

    pub(crate) fn has_skills(&self) -> bool {
        !self.skills.is_empty()
    }
}

/// Reuses the container with this id.
impl From<&str> for ContainerConfig {
    fn from(id: &str) -> Self {
        Self::default().id(id)
    }
}

/// Reuses the container of an earlier response.
impl From<&Container> for ContainerConfig {
    fn from(container: &Container) -> Self {
        Self::from(container.id())
    }
}

/// Reuses the container with this id.
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

/// A skill for a [`ContainerConfig`]: instructions and files that the model reads when it needs them
/// ([Agent skills](https://platform.claude.com/docs/en/agents-and-tools/agent-skills/overview)).
///
/// ```
/// use claudette::wire::Skill;
///
/// let skill = Skill::custom("skill_01").version("1759178010641129");
/// assert_eq!(
///     serde_json::to_string(&skill)?,
///     r#"{"type":"custom","skill_id":"skill_01","version":"1759178010641129"}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skill {
    r#type: &'static str,
    skill_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl Skill {
    /// Creates a skill that Anthropic provides: `pptx`, `xlsx`, `docx` or `pdf`.
    pub fn anthropic(id: impl Into<String>) -> Self {
        Self::new("anthropic", id.into())
    }

    /// Creates a skill that your organization uploaded.
    pub fn custom(id: impl Into<String>) -> Self {
        Self::new("custom", id.into())
    }

    fn new(kind: &'static str, id: String) -> Self {
        Self { r#type: kind, skill_id: id, version: None }
    }

    /// Sets the version of the skill. The default is the latest.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }
}
