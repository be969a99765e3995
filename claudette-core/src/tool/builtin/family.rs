//! [`Family`]: the properties of a tool of the API that are common to all versions.

/// The properties of a tool that are common to all versions.
pub(crate) struct Family {
    /// The `type` without its date.
    pub(crate) tag: &'static str,
    /// The newest date; empty if the tool has no versions.
    pub(crate) date: &'static str,
    /// `None` for a toolset, whose members have names.
    pub(crate) name: Option<&'static str>,
    /// The options of the tool.
    pub(crate) options: &'static [&'static [&'static str]],
}

impl Family {
    /// Returns `true` if the tools of this family have the option.
    pub(crate) fn accepts(&self, option: &str) -> bool {
        self.options.iter().any(|some| some.contains(&option))
    }
}

pub(crate) const ALL: &[&str] = &["cache_control", "strict", "defer_loading", "allowed_callers"];
pub(crate) const CLIENT: &[&str] = &["input_examples"];
pub(crate) const WEB: &[&str] = &["max_uses", "allowed_domains", "blocked_domains", "response_inclusion"];
pub(crate) const TOOLSET: &[&str] = &["cache_control", "configs"];

pub(crate) static WEB_SEARCH: Family =
    family("web_search", "20260318", Some("web_search"), &[ALL, WEB, &["user_location"]]);
pub(crate) static WEB_FETCH: Family = family(
    "web_fetch",
    "20260318",
    Some("web_fetch"),
    &[ALL, WEB, &["citations", "max_content_tokens", "url_sources", "use_cache"]],
);
pub(crate) static CODE_EXECUTION: Family = family("code_execution", "20260521", Some("code_execution"), &[ALL]);
// Without `defer_loading`: the model must see the search to find anything.
pub(crate) static SEARCH_REGEX: Family =
    family("tool_search_tool_regex", "20251119", Some("tool_search_tool_regex"), &[&["cache_control"]]);
pub(crate) static SEARCH_BM25: Family =
    family("tool_search_tool_bm25", "20251119", Some("tool_search_tool_bm25"), &[&["cache_control"]]);
pub(crate) static BASH: Family = family("bash", "20250124", Some("bash"), &[ALL, CLIENT]);
pub(crate) static TEXT_EDITOR: Family =
    family("text_editor", "20250728", Some("str_replace_based_edit_tool"), &[ALL, CLIENT, &["max_characters"]]);
pub(crate) static MEMORY: Family = family("memory", "20250818", Some("memory"), &[ALL, CLIENT]);
pub(crate) static COMPUTER_TOOLSET: Family = family("computer_toolset", "20260801", None, &[TOOLSET]);
pub(crate) static BROWSER_TOOLSET: Family = family("browser_toolset", "20260801", None, &[TOOLSET]);
pub(crate) static MCP_TOOLSET: Family =
    family("mcp_toolset", "", None, &[&["cache_control", "default_config", "configs", "tools"]]);

const fn family(
    tag: &'static str,
    date: &'static str,
    name: Option<&'static str>,
    options: &'static [&'static [&'static str]],
) -> Family {
    Family { tag, date, name, options }
}
