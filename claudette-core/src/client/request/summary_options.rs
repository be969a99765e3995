//! The options of requests for a summary, and of requests whose conversation begins with a summary on demand
//! ([Compaction](https://platform.claude.com/docs/en/build-with-claude/compaction)).

use serde_json::{Map, Value};

use super::options::RequestOptions;
use crate::messages::{Fallbacks, TaskBudget};

impl RequestOptions {
    /// Returns the options of a request for a summary: these, without the ones that the API does not accept together
    /// with it.
    pub(crate) fn for_summary(&self, instructions: Option<&str>) -> Self {
        let mut options = self.clone().compact(instructions);
        options.stop_sequences.clear();
        options.context_edits.clear();
        options.tool_choice = options.tool_choice.filter(|choice| !choice.is_forced());
        options.output_schema = None;
        let extra = &mut options.extra;
        for field in ["compaction", "context_management", "stop_sequences"] {
            extra.shift_remove(field);
        }
        if extra.get("tool_choice").is_some_and(is_forced) {
            extra.shift_remove("tool_choice");
        }
        remove_from(extra, "output_config", "format");
        options.change_fallbacks(|fields| remove_from(fields, "output_config", "format"));
        options.drop_remaining_budget();
        options
    }

    /// Returns the options without the edits by which the API summarizes the conversation.
    pub(crate) fn without_summaries(&self) -> Self {
        let mut options = self.clone();
        options.context_edits.retain(|edit| !edit.is_compaction());
        options
    }

    /// Removes the remaining tokens of the task budget, which the API does not accept together with a summary on demand.
    /// The total stays.
    pub(crate) fn drop_remaining_budget(&mut self) {
        self.task_budget = self.task_budget.map(|budget| TaskBudget::from(budget.total()));
        self.change_fallbacks(remove_remaining);
        remove_remaining(&mut self.extra);
    }

    /// Returns `true` if the options have the remaining tokens of a task budget.
    pub(crate) fn has_remaining_budget(&self) -> bool {
        let fallbacks = self.fallbacks.as_ref().map_or(&[][..], Fallbacks::models);
        self.task_budget.is_some_and(TaskBudget::has_remaining)
            || has_remaining(&self.extra)
            || fallbacks.iter().any(|fallback| has_remaining(fallback.fields()))
    }
}

fn is_forced(choice: &Value) -> bool {
    matches!(choice["type"].as_str(), Some("any" | "tool"))
}

/// Removes a field of an object. If the object is then empty, it is removed as well.
fn remove_from(all: &mut Map<String, Value>, object: &str, field: &str) {
    let Some(Value::Object(fields)) = all.get_mut(object) else { return };
    if fields.shift_remove(field).is_some() && fields.is_empty() {
        all.shift_remove(object);
    }
}

fn has_remaining(fields: &Map<String, Value>) -> bool {
    fields.get("output_config").is_some_and(|config| config["task_budget"].get("remaining").is_some())
}

fn remove_remaining(fields: &mut Map<String, Value>) {
    let budget = fields.get_mut("output_config").and_then(|config| config.get_mut("task_budget"));
    if let Some(Value::Object(budget)) = budget {
        budget.shift_remove("remaining");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::messages::FallbackModel;

    #[test]
    fn a_request_for_a_summary_has_only_what_the_api_accepts() {
        let options = RequestOptions::new("claude-opus-5-5")
            .task_budget(TaskBudget::from(20_000).remaining(1_000))
            .extra("context_management", json!({"edits": []}))
            .extra("stop_sequences", json!(["STOP"]))
            .extra("tool_choice", json!({"type": "tool", "name": "a"}))
            .extra("output_config", json!({"effort": "low", "format": {}, "task_budget": {"total": 1, "remaining": 1}}))
            .extra("compaction", json!({"type": "other"}))
            .extra("metadata", json!({"user_id": "u"}));
        assert!(options.has_remaining_budget());
        let summary = options.for_summary(Some("Be short."));
        assert!(!summary.has_remaining_budget());
        assert_eq!(summary.task_budget, Some(TaskBudget::from(20_000)));
        assert_eq!(summary.compaction.unwrap().instructions(), Some("Be short."));
        assert_eq!(
            serde_json::to_value(&summary.extra).unwrap(),
            json!({"output_config": {"effort": "low", "task_budget": {"total": 1}}, "metadata": {"user_id": "u"}})
        );
        let entries = json!([{"model": "a", "output_config": {"effort": "low", "format": {"schema": {}}}},
                             {"model": "b", "output_config": {"format": null}},
                             {"model": "c", "output_config": {"task_budget": {"total": 1, "remaining": 1}}}]);
        let stripped = json!([{"model": "a", "output_config": {"effort": "low"}}, {"model": "b"},
                              {"model": "c", "output_config": {"task_budget": {"total": 1}}}]);
        let models: Vec<FallbackModel> = serde_json::from_value(entries.clone()).unwrap();
        for fallbacks in [Fallbacks::from(models.clone()), Fallbacks::in_client(models)] {
            let options = RequestOptions::new("claude-opus-5-5").fallbacks(fallbacks);
            assert!(options.has_remaining_budget());
            assert_eq!(serde_json::to_value(options.for_summary(None).fallbacks).unwrap(), stripped);
        }
        let named = RequestOptions::new("claude-opus-5-5").extra("fallbacks", entries);
        assert_eq!(named.for_summary(None).extra["fallbacks"], stripped);
        let format = RequestOptions::new("claude-opus-5-5").extra("output_config", json!({"format": {}}));
        assert!(format.for_summary(None).extra.is_empty());
        let auto = RequestOptions::new("claude-opus-5-5").extra("tool_choice", json!({"type": "auto"}));
        assert!(!auto.for_summary(None).extra.is_empty());
    }
}
