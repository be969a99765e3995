//! `loop_setters!`: the setters that the builders of chats and loops have in common.

/// Writes setters into an `impl` of a builder that has a function `loop_options()`.
///
/// `calls` are those of each call, `run` those of a whole loop.
macro_rules! loop_setters {
    (calls) => {
        /// Sets how many calls of one response run at the same time: 8 by default, and at least one.
        ///
        /// They run on the caller's task; results go back in the order of the calls. A tool that is
        /// [exclusive](crate::Tool::is_exclusive) runs alone.
        pub fn max_parallel(mut self, most: usize) -> Self {
            self.loop_options().max_parallel = most.max(1);
            self
        }

        /// Sets how long one call may take, unless its tool has a [timeout](crate::Tool::timeout) of its own. A call that
        /// takes longer is dropped, and the model reads an error.
        pub fn tool_timeout(mut self, timeout: std::time::Duration) -> Self {
            self.loop_options().tool_timeout = Some(timeout);
            self
        }

        /// Sets how many bytes of text the model reads of one result: 200,000 by default. The middle of a longer result is
        /// left out, and the model is told; the program has all of it
        /// ([`ToolOutcome::value`](crate::ToolOutcome::value)).
        pub fn max_tool_output(mut self, bytes: usize) -> Self {
            self.loop_options().max_tool_output = bytes;
            self
        }
    };
    (run) => {
        /// Sets the maximum number of responses in one loop: 10 by default, and at least one.
        ///
        /// The last one is requested with the [final prompt](Self::final_prompt) and without tools, so that a run always
        /// ends with an answer. A turn that the API pauses and takes up again counts as one response.
        pub fn max_steps(mut self, most: u32) -> Self {
            self.loop_options().max_steps = most.max(1);
            self
        }

        /// Sets the maximum cost of one loop, in US dollars.
        ///
        /// Before each request, the loop estimates its maximum cost: the input, estimated from the usage of the last
        /// response and what was added since, at the dearest rate that can apply (writing to the cache, if the request has
        /// cache marks), and as much output as `max_tokens` allows. If a final answer would not fit after the request, the
        /// request becomes the final one, as with [`max_steps`](Self::max_steps); a small `max_tokens` leaves more room. If
        /// not even that fits, because a tool returned more than could be foreseen, the loop stops without an answer.
        ///
        /// A response whose usage or price is unknown ends the loop, because its cost cannot be told.
        ///
        /// Misuse, before anything is sent: a model without a price, a maximum that is not a positive number or that leaves
        /// no room for a single response, and tools that the API itself runs (web search, code execution), because nothing
        /// bounds the input that they bring into a request.
        pub fn max_cost(mut self, dollars: f64) -> Self {
            self.loop_options().max_cost = Some(dollars);
            self
        }

        /// Sets the maximum number of tokens in all requests of one loop together, input and output. The loop keeps to it
        /// as to [`max_cost`](Self::max_cost).
        pub fn max_tokens_total(mut self, most: u64) -> Self {
            self.loop_options().max_tokens_total = Some(most);
            self
        }

        /// Sets how long a loop may take before it asks for its final answer.
        ///
        /// It bounds all that comes before that answer: requests and their retries, approvals, hooks and tools. What is
        /// still under way is dropped then, calls that have not started are not started, and the model is told. Only the
        /// final answer takes its own time.
        pub fn deadline(mut self, after: std::time::Duration) -> Self {
            self.loop_options().deadline = Some(after);
            self
        }

        /// Sets the id of the run, from which the idempotency key of each call is made. It
        /// must be unique, and the same when the run is replayed.
        pub fn run_id(mut self, id: impl Into<String>) -> Self {
            self.loop_options().run_id = Some(id.into());
            self
        }

        /// Sets what the model is told when it is asked for the last response of a loop; empty text adds nothing.
        pub fn final_prompt(mut self, prompt: impl Into<String>) -> Self {
            self.loop_options().final_prompt = prompt.into().into();
            self
        }
    };
}

pub(super) use loop_setters;
