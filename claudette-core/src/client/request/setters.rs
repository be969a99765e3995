//! `request_setters!`: the setters that builders of requests, chats and loops share.

/// Defines setters in an `impl` of a builder.
///
/// `prefix` sets the fields `system` and `tools` of the builder. The others set the
/// [`RequestOptions`](super::RequestOptions) that a method `options()` of the builder returns. `input` can change the
/// number of input tokens, so requests that count tokens have it as well. `output` affects only the response.
/// `delivery` sets headers and time limits.
macro_rules! request_setters {
    (prefix) => {
        /// Sets the system prompt.
        pub fn system(mut self, system: impl Into<$crate::wire::System>) -> Self {
            self.system = Some(system.into());
            self
        }

        /// Adds tools that the model may call. Repeated calls add up.
        #[doc(alias = "function calling")]
        pub fn tools(mut self, tools: impl $crate::tooling::IntoTools) -> Self {
            self.tools = self.tools.with(tools);
            self
        }
    };
    (input) => {
        /// Sets how the model thinks. The kinds of thinking that a model supports, and its default, are in its
        /// [`Profile`]($crate::catalog::Profile).
        #[doc(alias = "reasoning")]
        #[doc(alias = "extended thinking")]
        pub fn thinking(mut self, thinking: $crate::wire::ThinkingConfig) -> Self {
            self.options().thinking = Some(thinking);
            self
        }

        /// Sets the effort of the model: how many tokens it spends on the response. The levels that a model supports
        /// are in its [`Profile`]($crate::catalog::Profile).
        #[doc(alias = "reasoning effort")]
        pub fn effort(mut self, effort: impl Into<$crate::wire::Effort>) -> Self {
            self.options().effort = Some(effort.into());
            self
        }

        /// Sets the number of tokens that the model plans the whole task with: at least 20,000. It is not a limit. The
        /// beta header is added automatically. See [`TaskBudget`]($crate::wire::TaskBudget).
        pub fn task_budget(mut self, tokens: impl Into<$crate::wire::TaskBudget>) -> Self {
            self.options().task_budget = Some(tokens.into());
            self
        }

        /// Adds a rule by which the API shortens a long conversation before the model reads it. Repeated calls add up.
        /// The beta header is added automatically.
        #[doc(alias = "context_management")]
        pub fn context_edit(mut self, edit: impl Into<$crate::wire::ContextEdit>) -> Self {
            self.options().context_edits.push(edit.into());
            self
        }

        /// Sets the models that continue if the first one declines: up to three, in the order in which they are tried.
        /// The beta header is added automatically.
        ///
        /// The response then contains a [`Fallback`]($crate::wire::Fallback).
        #[doc(alias = "refusal")]
        pub fn fallbacks(mut self, fallbacks: impl Into<$crate::wire::Fallbacks>) -> Self {
            self.options().fallbacks = Some(fallbacks.into());
            self
        }

        /// Sets a JSON schema that the text of the response must match
        /// ([structured outputs](https://platform.claude.com/docs/en/build-with-claude/structured-outputs)).
        ///
        /// A refusal, or a response that is cut off at `max_tokens`, may not match it.
        #[doc(alias = "structured outputs")]
        #[doc(alias = "json mode")]
        pub fn output_schema(mut self, schema: impl Into<serde_json::Value>) -> Self {
            self.options().output_schema = Some(schema.into());
            self
        }

        /// Sets which parts of the request the API caches, so that a later request with the same beginning is cheaper
        /// and faster. `true` caches all of it. If it is not set, the setting of the client applies.
        #[doc(alias = "prompt caching")]
        pub fn cache(mut self, cache: impl Into<$crate::wire::CachePolicy>) -> Self {
            self.options().cache = Some(cache.into());
            self
        }

        /// Sets the API's field of this name, which puts one cache breakpoint at the end of the request. It is
        /// equivalent to [`cache`](Self::cache).
        pub fn cache_control(self, control: $crate::CacheControl) -> Self {
            self.cache(control)
        }

        /// Adds an MCP server that the API connects to. Repeated calls add up. The tools of the server need
        /// [`BuiltinTool::mcp_toolset`]($crate::BuiltinTool::mcp_toolset). The beta header is added automatically.
        ///
        /// Use this connector for public servers whose tools the API may run without the program. For local servers,
        /// and if the program must approve, limit or observe each call, use the package `claudette-mcp`, which connects
        /// the program itself. [`RemoteMcpServer`]($crate::wire::RemoteMcpServer) compares the two.
        ///
        /// ```
        /// # use claudette::testing::{MockResponse, MockServer};
        /// # #[tokio::main(flavor = "current_thread")]
        /// # async fn main() -> claudette::Result<()> {
        /// # let claude = MockServer::start().await?;
        /// # claude.respond(MockResponse::text("Monday."));
        /// # let client = claude.client("claude-sonnet-5-5");
        /// use claudette::BuiltinTool;
        /// use claudette::wire::RemoteMcpServer;
        ///
        /// let calendar = RemoteMcpServer::new("calendar", "https://mcp.example.com/mcp");
        /// let request = client.send("When is the sync?").mcp_server(calendar);
        /// let response = request.tools(BuiltinTool::mcp_toolset("calendar")).await?;
        /// assert_eq!(response.text(), "Monday.");
        /// # assert_eq!(claude.requests()[0].header("anthropic-beta"), Some("mcp-client-2025-11-20"));
        /// # Ok(())
        /// # }
        /// ```
        #[doc(alias = "mcp_servers")]
        #[doc(alias = "mcp connector")]
        #[doc(alias = "model context protocol")]
        pub fn mcp_server(mut self, server: $crate::wire::RemoteMcpServer) -> Self {
            self.options().mcp_servers.push(server);
            self
        }

        /// Replaces the MCP servers that the API connects to, for example if their tokens have changed. See
        /// [`mcp_server`](Self::mcp_server).
        pub fn mcp_servers(mut self, servers: impl IntoIterator<Item = $crate::wire::RemoteMcpServer>) -> Self {
            self.options().mcp_servers = servers.into_iter().collect();
            self
        }

        /// Sets the speed at which the response is generated, which also determines the price.
        #[doc(alias = "fast mode")]
        pub fn speed(mut self, speed: impl Into<$crate::wire::Speed>) -> Self {
            self.options().speed = Some(speed.into());
            self
        }

        /// Sets a field of the request by its name, for fields without a setter here. The value is not checked, and it
        /// replaces the value of the setter for that field, if there is one.
        ///
        /// `messages` and `stream` are not allowed.
        pub fn extra(mut self, field: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
            self.options().set_extra(field.into(), value.into());
            self
        }
    };
    (compaction) => {
        /// Makes this a request for a summary of the conversation, and for nothing else. The instructions replace those
        /// of the API; `None` keeps them. The beta header is added automatically.
        ///
        /// The response contains one [`Compaction`]($crate::wire::Compaction), or nothing if the model did not write a
        /// summary. Its message replaces the messages of this request in later requests.
        #[doc(alias = "compaction")]
        #[doc(alias = "summarize")]
        pub fn compact(mut self, instructions: impl Into<$crate::wire::CompactionConfig>) -> Self {
            self.options().compaction = Some(instructions.into());
            self
        }
    };
    (output) => {
        /// Sets the maximum number of output tokens, thinking included; 16,384 by default, or the model's own limit if
        /// that is lower.
        ///
        /// Above 21,333 tokens, a response may take longer than a request without streaming can last. It is then
        /// streamed internally, unless a `timeout` is set. Awaiting the request returns the same
        /// [`Response`]($crate::Response).
        ///
        /// With 0, the model does not generate a response. The request only writes the prompt to the cache.
        pub fn max_tokens(mut self, most: u32) -> Self {
            self.options().max_tokens = Some(most);
            self
        }

        /// Sets the randomness of the response, 0 to 1. Models after Claude 4.6 accept only 1, the default.
        pub fn temperature(mut self, temperature: f64) -> Self {
            self.options().temperature = Some(temperature);
            self
        }

        /// Limits sampling to the most likely tokens that together have this probability, 0 to 1. It cannot be combined
        /// with a temperature. Models after Claude 4.6 accept only values from 0.99.
        #[doc(alias = "nucleus sampling")]
        pub fn top_p(mut self, probability: f64) -> Self {
            self.options().top_p = Some(probability);
            self
        }

        /// Limits sampling to this number of the most likely tokens. Models after Claude 4.6 do not support it.
        pub fn top_k(mut self, most: u32) -> Self {
            self.options().top_k = Some(most);
            self
        }

        /// Adds a stop sequence: the response ends before this text if the model generates it. Repeated calls add up.
        #[doc(alias = "stop_sequences")]
        pub fn stop(mut self, sequence: impl Into<String>) -> Self {
            self.options().stop_sequences.push(sequence.into());
            self
        }

        /// Sets an opaque id of the end user (`metadata.user_id`), which helps Anthropic to detect abuse. Do not use a
        /// name or an email address.
        #[doc(alias = "metadata")]
        pub fn user_id(mut self, id: impl Into<String>) -> Self {
            self.options().user_id = Some(id.into());
            self
        }

        /// Sets whether the request may use priority capacity, which is bought in advance.
        #[doc(alias = "priority tier")]
        pub fn service_tier(mut self, tier: impl Into<$crate::wire::ServiceTier>) -> Self {
            self.options().service_tier = Some(tier.into());
            self
        }

        /// Sets where the model runs: `us`, which costs 10 % more, or `global`. Models since Claude 4.6 support it.
        #[doc(alias = "data residency")]
        pub fn inference_geo(mut self, place: impl Into<String>) -> Self {
            self.options().inference_geo = Some(place.into());
            self
        }

        /// Sets the container for code execution on the server: the id of an existing container, or skills for a new
        /// one.
        #[doc(alias = "skills")]
        pub fn container(mut self, container: impl Into<$crate::wire::ContainerConfig>) -> Self {
            self.options().container = Some(container.into());
            self
        }
    };
    (model) => {
        /// Sets the model.
        pub fn model(mut self, model: impl Into<$crate::catalog::Model>) -> Self {
            self.options().model = model.into();
            self
        }
    };
    (choice) => {
        /// Sets which tools the model may, must or must not call.
        ///
        /// In a [loop]($crate::chat::ToolLoop), a call is forced only for the first response. Otherwise the model could
        /// not answer.
        pub fn tool_choice(mut self, choice: impl Into<$crate::wire::ToolChoice>) -> Self {
            self.options().tool_choice = Some(choice.into());
            self
        }
    };
    (delivery) => {
        /// Sets an HTTP header, in addition to those of the client.
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.options().set_header(&name.into(), &value.into());
            self
        }

        /// Enables a beta feature by its name in the header `anthropic-beta`, in addition to those of the client.
        #[doc(alias = "anthropic-beta")]
        pub fn beta(mut self, name: impl Into<String>) -> Self {
            self.options().add_beta(&name.into());
            self
        }

        /// Sets the time limit of one attempt at a request, in place of the client's.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.options().timeout = Some(timeout);
            self
        }
    };
}

pub(crate) use request_setters;
