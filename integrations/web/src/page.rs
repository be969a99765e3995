//! [`PAGE`]: the built-in page, one document without external parts.

/// The built-in page. Each `{nonce}` is to be replaced by the nonce of the response, see [`page`].
pub(crate) const PAGE: &str = concat!(
    include_str!("page/head.html"),
    "<script nonce=\"{nonce}\">\n",
    include_str!("page/theme.js"),
    "</script>\n<style nonce=\"{nonce}\">\n",
    include_str!("page/layout.css"),
    include_str!("page/messages.css"),
    "</style>\n</head>\n<body>\n",
    include_str!("page/body.html"),
    // A module is strict and runs after the document has been read. Its files share one scope.
    "<script type=\"module\" nonce=\"{nonce}\">\n",
    include_str!("page/dom.js"),
    include_str!("page/markdown_blocks.js"),
    include_str!("page/markdown_inline.js"),
    include_str!("page/markdown_view.js"),
    include_str!("page/chunks.js"),
    include_str!("page/api.js"),
    include_str!("page/chats.js"),
    include_str!("page/tool_card.js"),
    include_str!("page/message_view.js"),
    include_str!("page/usage_chart.js"),
    include_str!("page/transcript.js"),
    include_str!("page/session.js"),
    include_str!("page/composer.js"),
    include_str!("page/app.js"),
    "</script>\n</body>\n</html>\n",
);

/// Returns the page and its `Content-Security-Policy`, for one response.
///
/// Only the style sheet and the script with the nonce apply, the page talks only to its own server, and pictures come
/// from data in the messages. Trusted types refuse any string that would become HTML.
pub(crate) fn page(nonce: &str) -> (String, String) {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    (PAGE.replace("{nonce}", nonce), policy)
}
