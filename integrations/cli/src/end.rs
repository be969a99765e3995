//! Texts about the end of a turn.

use claudette::{ContentBlock, EndReason, Error};

/// Returns a sentence about a turn that ended early, and `None` if the answer is complete.
pub(crate) fn early(reason: &EndReason) -> Option<String> {
    let text = match reason {
        EndReason::Finished | EndReason::Tool | EndReason::Until => return None,
        EndReason::MaxSteps => "the turn reached the limit of --max-steps",
        EndReason::MaxCost => "the turn reached the limit of --max-cost",
        EndReason::MaxTokens => "the answer was cut at the maximum number of tokens; --max-tokens sets it",
        EndReason::Refusal => "the safety system stopped the answer",
        EndReason::ContextExceeded => {
            "the conversation fills the context of the model; /compact makes it smaller, and /clear begins a new one"
        }
        EndReason::Cancelled => "interrupted",
        EndReason::Paused => "the API paused the turn too often",
        other => return Some(format!("the turn ended early ({other:?})")),
    };
    Some(text.to_owned())
}

/// Returns a remedy for an error of a request.
pub(crate) fn remedy(error: &Error) -> Option<&'static str> {
    if error.is_authentication() {
        Some("check ANTHROPIC_API_KEY")
    } else if error.is_context_exceeded() {
        Some("/clear begins a new conversation")
    } else if error.is_misuse() {
        None
    } else {
        Some("/retry sends it again")
    }
}

/// A turn that the user has interrupted.
#[derive(Clone, Debug)]
pub(crate) struct Interrupted {
    /// The prompt, if it is not in the history because there was no complete response.
    pub(crate) prompt: Option<Vec<ContentBlock>>,
    /// The beginning of the response that was interrupted.
    pub(crate) begun: String,
}

/// The longest beginning of an interrupted answer that the next prompt repeats, in characters.
const MAX_BEGUN: usize = 4_000;

impl Interrupted {
    /// Returns the next prompt. It contains the text that the user saw, because the history does not contain an incomplete
    /// response.
    pub(crate) fn then(self, next: Vec<ContentBlock>) -> Vec<ContentBlock> {
        let mut blocks = self.prompt.unwrap_or_default();
        let begun = self.begun.trim();
        if !blocks.is_empty() || !begun.is_empty() {
            let note = if begun.is_empty() {
                "[The user interrupted this turn before there was an answer.]".to_owned()
            } else {
                let short: String = begun.chars().take(MAX_BEGUN).collect();
                format!("[The user interrupted this turn. The answer began:]\n{short}")
            };
            blocks.push(ContentBlock::text(note));
        }
        blocks.extend(next);
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(blocks: &[ContentBlock]) -> Vec<String> {
        let json = serde_json::to_value(blocks).unwrap_or_default();
        json.as_array()
            .into_iter()
            .flatten()
            .map(|block| block["text"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn the_next_prompt_says_what_was_interrupted() {
        let next = || vec![ContentBlock::text("Shorter, please.")];
        let prompt = Some(vec![ContentBlock::text("Explain TCP.")]);
        let blocks = Interrupted { prompt, begun: "TCP is\n".into() }.then(next());
        let expected =
            ["Explain TCP.", "[The user interrupted this turn. The answer began:]\nTCP is", "Shorter, please."];
        assert_eq!(texts(&blocks), expected);
        let blocks = Interrupted { prompt: None, begun: String::new() }.then(next());
        assert_eq!(texts(&blocks), ["Shorter, please."]);
    }

    #[test]
    fn only_an_early_end_is_mentioned() {
        assert_eq!(early(&EndReason::Finished), None);
        assert!(early(&EndReason::MaxSteps).is_some_and(|text| text.contains("--max-steps")));
    }
}
