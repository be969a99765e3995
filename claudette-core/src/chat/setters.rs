//! `loop_setters!`: the setters that the builders of chats and loops have in common.

/// Defines setters in an `impl` of a builder that has a method `loop_options()`.
///
/// `calls` defines the settings of each tool call, `run` those of a whole loop.
macro_rules! loop_setters {
    (calls) => {
        /// Sets the maximum number of calls of one response that run at the same time: 8 by default, and at least 1.
        ///
        /// The calls run on the task that polls the loop. The model gets the results in the order of the calls. A tool
        /// that is [exclusive](crate::Tool::is_exclusive) runs alone, and calls with the same
        /// [key](crate::Tool::exclusive_key) run one after the other.
        #[doc(alias = "concurrency")]
        pub fn max_parallel(mut self, max: usize) -> Self {
            self.loop_options().max_parallel = max.max(1);
            self
        }

        /// Sets the timeout of each tool call whose tool does not have a [timeout](crate::Tool::timeout) of its own.
        /// After the timeout, the call is dropped, and its result is an error. There is no timeout by default.
        pub fn tool_timeout(mut self, timeout: std::time::Duration) -> Self {
            self.loop_options().tool_timeout = Some(timeout);
            self
        }

        /// Sets the maximum size of the text in one tool result, in bytes: 200,000 by default.
        ///
        /// In a longer result, a note replaces the middle of the text. The program still gets the complete value
        /// ([`ToolOutcome::value`](crate::ToolOutcome::value)).
        pub fn max_tool_output(mut self, bytes: usize) -> Self {
            self.loop_options().max_tool_output = bytes;
            self
        }
    };
    (run) => {
        /// Sets the maximum number of responses in one loop: 10 by default, and at least 1.
        ///
        /// The loop makes the last request with the [final prompt](Self::final_prompt) and without tools, so a run
        /// always ends with an answer. A turn that the API pauses and later continues counts as one response.
        #[doc(alias = "max_turns")]
        #[doc(alias = "max_iterations")]
        pub fn max_steps(mut self, max: u32) -> Self {
            self.loop_options().max_steps = max.max(1);
            self
        }

        /// Sets the maximum cost of one loop, in US dollars.
        ///
        /// Before each request, the loop estimates the maximum cost of the request:
        ///
        /// - The input is the usage of the last response plus the content that was added since, at the highest rate
        ///   that can apply. If the request has cache breakpoints, that is the rate for writing to the cache.
        /// - The output is `max_tokens`, so a small `max_tokens` leaves more room.
        ///
        /// If the remaining budget does not also cover a final answer after the request, the request becomes the final
        /// one, as with [`max_steps`](Self::max_steps). If it does not even cover the request, because a tool returned
        /// more than expected, the loop ends without an answer. A response whose usage or price is unknown ends the
        /// loop, because its cost is unknown.
        ///
        /// With [fallbacks](crate::wire::Fallbacks) of the API, the estimate assumes that each model writes up to its
        /// maximum and then declines. With fallbacks in the client, each request to a fallback is estimated on its own. If
        /// the remaining budget does not cover it, the fallback is skipped. If no model is left, the loop ends with
        /// [`EndReason::Refusal`](crate::EndReason::Refusal), and the refusal names the fallback as `recommended_model`.
        ///
        /// In these cases, nothing is sent, and the loop returns a misuse error:
        ///
        /// - The model does not have a known price.
        /// - The maximum is negative or NaN, or is too small for a single response.
        /// - The request has tools that the API runs (web search, code execution), because the input that they add to a
        ///   request is not bounded.
        /// - The API chooses the fallbacks ([`Fallbacks::Default`](crate::wire::Fallbacks::Default)).
        #[doc(alias = "budget")]
        pub fn max_cost(mut self, dollars: f64) -> Self {
            self.loop_options().max_cost = Some(dollars);
            self
        }

        /// Sets the maximum total number of input and output tokens in all requests of one loop. The loop applies it in
        /// the same way as [`max_cost`](Self::max_cost).
        pub fn max_tokens_total(mut self, max: u64) -> Self {
            self.loop_options().max_tokens_total = Some(max);
            self
        }

        /// Sets whether read-only calls start while their response still arrives; `false` by default.
        ///
        /// A call of a tool with `#[tool(read_only)]` starts as soon as the model writes something else after it: the
        /// next content block, or the end of the response. Its result is the same as without this option. If the
        /// response is discarded because of a refusal, an error, a retry or a limit, the call is dropped, and its
        /// result is not used.
        ///
        /// These calls do not start early:
        ///
        /// - calls that could not run, and calls of tools that are not marked as read-only
        /// - calls that have to wait for another call: at most [`max_parallel`](Self::max_parallel) calls run at the
        ///   same time, and [keys](crate::Tool::exclusive_key) apply
        /// - all calls of a loop that asks for approvals or has a [journal](crate::chat::ToolLoop::journal)
        /// - calls after a block in which the API falls back to another model
        ///
        /// [`Event::ToolCall`](crate::Event::ToolCall) and [`Event::Progress`](crate::Event::Progress) of such a call
        /// come before [`Event::Response`](crate::Event::Response), and
        /// [`Event::ToolResult`](crate::Event::ToolResult) comes after it. The requests are streamed, also if the events
        /// are not read.
        #[doc(alias = "speculative execution")]
        pub fn eager(mut self, eager: bool) -> Self {
            self.loop_options().eager = eager;
            self
        }

        /// Sets the time after which a loop requests its final answer.
        ///
        /// The deadline applies to requests and their retries, approvals, hooks and tools. When it is reached, the loop
        /// drops unfinished work and does not start further tool calls; their results contain the reason. The request
        /// for the final answer is not limited.
        #[doc(alias = "timeout")]
        pub fn deadline(mut self, after: std::time::Duration) -> Self {
            self.loop_options().deadline = Some(after);
            self
        }

        /// Sets how a loop keeps its conversation within the context window. By default, it does nothing.
        #[doc(alias = "compaction")]
        #[doc(alias = "context_management")]
        pub fn context(mut self, policy: crate::chat::ContextPolicy) -> Self {
            self.loop_options().context = policy;
            self
        }

        /// Sets the id of the run, which is part of the idempotency key of each tool call. It must be unique, and must
        /// be the same if the run is replayed.
        pub fn run_id(mut self, id: impl Into<String>) -> Self {
            self.loop_options().run_id = Some(id.into());
            self
        }

        /// Sets the prompt that is added to the final request of a loop. If it is blank, nothing is added.
        pub fn final_prompt(mut self, prompt: impl Into<String>) -> Self {
            self.loop_options().final_prompt = prompt.into().into();
            self
        }
    };
}

pub(super) use loop_setters;
