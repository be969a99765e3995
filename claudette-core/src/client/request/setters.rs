//! `request_setters!`: the setters that the builders of requests, chats and loops have in common.

/// Writes setters into an `impl` of a builder.
///
/// `prefix` sets the fields `system` and `tools` of the builder. The others set [`RequestOptions`](super::RequestOptions),
/// which a function `options()` of the builder lends. `input` belongs to the question and counts as input, so that a
/// request that counts tokens has it as well. `output` belongs to the response. `delivery` belongs to the way there.
macro_rules! request_setters {
    (prefix) => {
        /// The system prompt.
        pub fn system(mut self, system: impl Into<$crate::wire::System>) -> Self {
            self.system = Some(system.into());
            self
        }

        /// Tools that the model may call. May be given several times; the sets add up.
        pub fn tools(mut self, tools: impl $crate::tooling::IntoTools) -> Self {
            self.tools = self.tools.with(tools);
            self
        }
    };
    (input) => {
        /// How the model thinks. Which kinds it takes, and what it does by itself, is in its
        /// [`Profile`]($crate::catalog::Profile).
        pub fn thinking(mut self, thinking: $crate::wire::ThinkingConfig) -> Self {
            self.options().thinking = Some(thinking);
            self
        }

        /// How hard the model tries. Which levels it has is in its [`Profile`]($crate::catalog::Profile).
        pub fn effort(mut self, effort: impl Into<$crate::wire::Effort>) -> Self {
            self.options().effort = Some(effort.into());
            self
        }

        /// Binds the text of a response to a JSON schema
        /// ([structured outputs](https://docs.claude.com/en/docs/build-with-claude/structured-outputs)).
        ///
        /// A refusal, or a response cut at `max_tokens`, may be no such JSON all the same.
        pub fn output_schema(mut self, schema: impl Into<serde_json::Value>) -> Self {
            self.options().output_schema = Some(schema.into());
            self
        }

        /// What of the request the API keeps, so that the next one that begins alike is cheaper and faster: `true` for all
        /// of it. Without this, what the client says.
        pub fn cache(mut self, cache: impl Into<$crate::wire::CachePolicy>) -> Self {
            self.options().cache = Some(cache.into());
            self
        }

        /// The API's field of this name: one mark at the end of the request. The same as [`cache`](Self::cache).
        pub fn cache_control(self, control: $crate::CacheControl) -> Self {
            self.cache(control)
        }

        /// How fast a response is written, at which price.
        pub fn speed(mut self, speed: impl Into<$crate::wire::Speed>) -> Self {
            self.options().speed = Some(speed.into());
            self
        }

        /// A field by its name, for what has no setter here. Where there is one this takes its place, unchecked.
        pub fn extra(mut self, field: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
            self.options().set_extra(field.into(), value.into());
            self
        }
    };
    (output) => {
        /// The most tokens a response may have, thinking included; 16,384 by default, or the model's own limit where that is
        /// lower.
        ///
        /// A response of more than 21,333 may take longer than a plain answer lasts: it is streamed then, and awaiting it
        /// gives the same [`Response`]($crate::Response).
        ///
        /// With 0 there is no response: the prompt is written to the cache, for requests to come.
        pub fn max_tokens(mut self, most: u32) -> Self {
            self.options().max_tokens = Some(most);
            self
        }

        /// How freely the model chooses its words, 0 to 1. Models after Claude 4.6 refuse it.
        pub fn temperature(mut self, temperature: f64) -> Self {
            self.options().temperature = Some(temperature);
            self
        }

        /// Lets the model choose among the likeliest words that together have this probability, 0 to 1. Models after
        /// Claude 4.6 refuse it, and no model takes it together with a temperature.
        pub fn top_p(mut self, probability: f64) -> Self {
            self.options().top_p = Some(probability);
            self
        }

        /// Lets the model choose among this many of the likeliest words. Models after Claude 4.6 refuse it.
        pub fn top_k(mut self, most: u32) -> Self {
            self.options().top_k = Some(most);
            self
        }

        /// Ends a response where the model writes this text, which is then not part of it. May be given several times.
        pub fn stop(mut self, sequence: impl Into<String>) -> Self {
            self.options().stop_sequences.push(sequence.into());
            self
        }

        /// For whom this is, as an opaque id (`metadata.user_id`): it helps Anthropic to find abuse. No name, no address.
        pub fn user_id(mut self, id: impl Into<String>) -> Self {
            self.options().user_id = Some(id.into());
            self
        }

        /// Whether capacity that was bought beforehand may be used.
        pub fn service_tier(mut self, tier: impl Into<$crate::wire::ServiceTier>) -> Self {
            self.options().service_tier = Some(tier.into());
            self
        }

        /// Where the model runs: `us` or `global`, for models since Claude 4.6. `us` costs a tenth more.
        pub fn inference_geo(mut self, place: impl Into<String>) -> Self {
            self.options().inference_geo = Some(place.into());
            self
        }

        /// The container in which the server's code execution runs: the id of an earlier one, or skills for a new one.
        pub fn container(mut self, container: impl Into<$crate::wire::ContainerConfig>) -> Self {
            self.options().container = Some(container.into());
            self
        }
    };
    (model) => {
        /// Asks this model.
        pub fn model(mut self, model: impl Into<$crate::catalog::Model>) -> Self {
            self.options().model = model.into();
            self
        }
    };
    (choice) => {
        /// Which tools the model may, must or must not call.
        ///
        /// In a [loop]($crate::chat::ToolLoop) a call is demanded of the first response alone: there could be no answer otherwise.
        pub fn tool_choice(mut self, choice: impl Into<$crate::wire::ToolChoice>) -> Self {
            self.options().tool_choice = Some(choice.into());
            self
        }
    };
    (delivery) => {
        /// A header for what is asked here alone.
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.options().set_header(&name.into(), &value.into());
            self
        }

        /// A beta feature for what is asked here alone, as the `anthropic-beta` header names it.
        pub fn beta(mut self, name: impl Into<String>) -> Self {
            self.options().add_beta(&name.into());
            self
        }

        /// How long one attempt at a request may take.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.options().timeout = Some(timeout);
            self
        }
    };
}

pub(crate) use request_setters;
