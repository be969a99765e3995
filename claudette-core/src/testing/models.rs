//! [`Model`]: the models that the server knows, with their rules.

use serde_json::{Value, json};

/// A model: its limits, and the rules that differ between models.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a column of a table")]
pub(super) struct Model {
    pub(super) id: &'static str,
    /// The dated id, if `id` is an alias of it. Requests can contain either; responses contain the dated id.
    pub(super) snapshot: Option<&'static str>,
    name: &'static str,
    line: &'static str,
    released: &'static str,
    lifecycle: Lifecycle,
    pub(super) context: u64,
    pub(super) max_output: u64,
    /// `true` if a conversation may end with an assistant message that the model continues.
    pub(super) prefill: bool,
    /// `true` if `temperature`, `top_p` and `top_k` may differ from their neutral values.
    pub(super) sampling: bool,
    /// `true` if `messages` may contain the role `system`.
    pub(super) system_role: bool,
    pub(super) forced_choice: ForcedChoice,
    pub(super) thinking: Thinking,
    pub(super) effort: &'static [&'static str],
    /// The size in tokens below which a prefix is not cached.
    pub(super) cache_minimum: u64,
    pub(super) compaction: bool,
    pub(super) task_budget: bool,
    /// `true` if a thinking block is valid only after the conversation that it was made for.
    pub(super) binds_thinking: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lifecycle {
    Active,
    Deprecated,
    Retired,
}

/// The conditions under which `tool_choice` may require a tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForcedChoice {
    Always,
    /// Not together with `thinking.type: "enabled"`.
    UnlessManualThinking,
    Never,
}

/// The values of `thinking.type` that a model accepts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thinking {
    /// `true` if the model thinks when the request does not contain `thinking`.
    pub(super) by_default: bool,
    pub(super) adaptive: bool,
    pub(super) enabled: bool,
    pub(super) off: Off,
}

/// The value of `thinking.type` that turns thinking off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Off {
    Disabled,
    /// `disabled`, but not together with an effort above `high`.
    DisabledUpToHigh,
    /// Only `between_tools`, and not together with an effort above `high`.
    BetweenTools,
    Never,
}

impl Model {
    /// Finds a model by its id or its dated id.
    pub(super) fn find(id: &str) -> Option<&'static Model> {
        MODELS.iter().find(|model| model.id == id || model.snapshot == Some(id))
    }

    /// The rules of an unknown model, if any model is accepted: everything is allowed.
    pub(super) const ANY: &'static Model = &Model {
        id: "",
        name: "",
        line: "",
        released: "",
        context: u64::MAX,
        max_output: u64::MAX,
        effort: ALL_EFFORTS,
        thinking: Thinking { by_default: false, adaptive: true, enabled: true, off: Off::Disabled },
        system_role: true,
        forced_choice: ForcedChoice::Always,
        snapshot: None,
        compaction: true,
        task_budget: true,
        ..OPUS_4_5
    };

    /// Returns `true` if thinking blocks have an empty text unless the request asks for a summary.
    pub(super) fn hides_thinking(&self) -> bool {
        !self.thinking.enabled
    }

    /// Returns the models that `GET /v1/models` lists: all except the retired ones, newest first.
    pub(super) fn listed() -> impl Iterator<Item = &'static Model> {
        MODELS.iter().filter(|model| model.lifecycle != Lifecycle::Retired)
    }

    /// Returns the id of this model in `GET /v1/models`.
    pub(super) fn exact_id(&self) -> &'static str {
        self.snapshot.unwrap_or(self.id)
    }

    /// Returns this model as `GET /v1/models` shows it.
    pub(super) fn info(&self) -> Value {
        let supported = |yes: bool| json!({ "supported": yes });
        let effort = |level| supported(self.effort.contains(&level));
        let disabled = matches!(self.thinking.off, Off::Disabled | Off::DisabledUpToHigh);
        json!({
            "type": "model",
            "id": self.exact_id(),
            "display_name": self.name,
            "created_at": format!("{}T00:00:00Z", self.released),
            "lifecycle": match self.lifecycle {
                Lifecycle::Active => "active",
                Lifecycle::Deprecated => "deprecated",
                Lifecycle::Retired => "retired",
            },
            "line": self.line,
            "max_input_tokens": self.context,
            "max_tokens": self.max_output,
            "capabilities": {
                "batch": supported(true),
                "citations": supported(true),
                "compaction": supported(self.compaction),
                "image_input": supported(true),
                "pdf_input": supported(true),
                "structured_outputs": supported(true),
                "effort": {
                    "supported": !self.effort.is_empty(),
                    "low": effort("low"),
                    "medium": effort("medium"),
                    "high": effort("high"),
                    "xhigh": effort("xhigh"),
                    "max": effort("max"),
                },
                "thinking": {
                    "supported": true,
                    "types": {
                        "adaptive": supported(self.thinking.adaptive),
                        "between_tools": supported(self.thinking.off == Off::BetweenTools),
                        "disabled": supported(disabled),
                        "enabled": supported(self.thinking.enabled),
                    },
                },
            },
        })
    }
}

const MODELS: &[Model] = &[
    Model { id: "claude-fable-5-2", name: "Claude Fable 5.2", released: "2026-11-09", ..FABLE_5_1 },
    Model { id: "claude-mythos-5-2", name: "Claude Mythos 5.2", line: "mythos", released: "2026-11-09", ..FABLE_5_1 },
    Model {
        id: "claude-haiku-5-5",
        name: "Claude Haiku 5.5",
        line: "haiku",
        released: "2026-10-07",
        binds_thinking: true,
        ..OPUS_5
    },
    Model {
        id: "claude-sonnet-5-5",
        name: "Claude Sonnet 5.5",
        line: "sonnet",
        released: "2026-09-28",
        thinking: Thinking { off: Off::BetweenTools, ..OPUS_5.thinking },
        ..FABLE_5_1
    },
    Model { id: "claude-opus-5-5", name: "Claude Opus 5.5", line: "opus", released: "2026-09-22", ..FABLE_5_1 },
    FABLE_5_1,
    Model { id: "claude-mythos-5-1", name: "Claude Mythos 5.1", line: "mythos", ..FABLE_5_1 },
    OPUS_5,
    // Sources disagree on whether this model accepts the role `system`. If in doubt, requests are not refused.
    Model {
        id: "claude-sonnet-5",
        name: "Claude Sonnet 5",
        line: "sonnet",
        released: "2026-06-30",
        thinking: Thinking { off: Off::Disabled, ..OPUS_5.thinking },
        cache_minimum: 1_024,
        task_budget: false,
        ..OPUS_5
    },
    // Sources disagree on forced tool choice, too.
    Model {
        id: "claude-fable-5",
        name: "Claude Fable 5",
        released: "2026-06-09",
        forced_choice: ForcedChoice::Always,
        binds_thinking: false,
        ..FABLE_5_1
    },
    Model {
        id: "claude-mythos-5",
        name: "Claude Mythos 5",
        line: "mythos",
        released: "2026-06-09",
        forced_choice: ForcedChoice::Always,
        binds_thinking: false,
        ..FABLE_5_1
    },
    Model {
        id: "claude-opus-4-8",
        name: "Claude Opus 4.8",
        released: "2026-05-28",
        system_role: true,
        cache_minimum: 1_024,
        ..OPUS_4_7
    },
    OPUS_4_7,
    OPUS_4_6,
    Model {
        id: "claude-sonnet-4-6",
        name: "Claude Sonnet 4.6",
        line: "sonnet",
        released: "2026-02-17",
        cache_minimum: 1_024,
        ..OPUS_4_6
    },
    OPUS_4_5,
    Model {
        id: "claude-haiku-4-5",
        snapshot: Some("claude-haiku-4-5-20251001"),
        name: "Claude Haiku 4.5",
        line: "haiku",
        released: "2025-10-15",
        effort: &[],
        ..OPUS_4_5
    },
    Model {
        id: "claude-sonnet-4-5",
        snapshot: Some("claude-sonnet-4-5-20250929"),
        name: "Claude Sonnet 4.5",
        line: "sonnet",
        released: "2025-09-29",
        lifecycle: Lifecycle::Deprecated,
        effort: &[],
        cache_minimum: 1_024,
        ..OPUS_4_5
    },
    Model {
        id: "claude-mythos-preview",
        name: "Claude Mythos Preview",
        line: "mythos",
        released: "2026-04-07",
        lifecycle: Lifecycle::Retired,
        forced_choice: ForcedChoice::Never,
        thinking: Thinking { by_default: true, off: Off::Never, ..OPUS_4_6.thinking },
        sampling: false,
        ..OPUS_4_6
    },
];

const OPUS_4_5: Model = Model {
    id: "claude-opus-4-5",
    snapshot: Some("claude-opus-4-5-20251101"),
    name: "Claude Opus 4.5",
    line: "opus",
    released: "2025-11-24",
    lifecycle: Lifecycle::Active,
    context: 200_000,
    max_output: 64_000,
    prefill: true,
    sampling: true,
    system_role: false,
    forced_choice: ForcedChoice::UnlessManualThinking,
    thinking: Thinking { by_default: false, adaptive: false, enabled: true, off: Off::Disabled },
    effort: &["low", "medium", "high"],
    cache_minimum: 4_096,
    compaction: false,
    task_budget: false,
    binds_thinking: false,
};

const OPUS_4_6: Model = Model {
    id: "claude-opus-4-6",
    snapshot: None,
    name: "Claude Opus 4.6",
    released: "2026-02-05",
    context: 1_000_000,
    max_output: 128_000,
    prefill: false,
    thinking: Thinking { adaptive: true, ..OPUS_4_5.thinking },
    effort: &["low", "medium", "high", "max"],
    compaction: true,
    ..OPUS_4_5
};

const OPUS_4_7: Model = Model {
    id: "claude-opus-4-7",
    name: "Claude Opus 4.7",
    released: "2026-04-16",
    sampling: false,
    forced_choice: ForcedChoice::Always,
    thinking: Thinking { enabled: false, ..OPUS_4_6.thinking },
    effort: ALL_EFFORTS,
    cache_minimum: 2_048,
    task_budget: true,
    ..OPUS_4_6
};

const OPUS_5: Model = Model {
    id: "claude-opus-5",
    name: "Claude Opus 5",
    released: "2026-07-24",
    system_role: true,
    thinking: Thinking { by_default: true, off: Off::DisabledUpToHigh, ..OPUS_4_7.thinking },
    cache_minimum: 512,
    ..OPUS_4_7
};

const FABLE_5_1: Model = Model {
    id: "claude-fable-5-1",
    name: "Claude Fable 5.1",
    line: "fable",
    released: "2026-09-01",
    forced_choice: ForcedChoice::Never,
    thinking: Thinking { off: Off::Never, ..OPUS_5.thinking },
    binds_thinking: true,
    ..OPUS_5
};

const ALL_EFFORTS: &[&str] = &["low", "medium", "high", "xhigh", "max"];
