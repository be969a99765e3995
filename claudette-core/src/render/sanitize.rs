//! [`sanitize`]: text from users and models as self-contained Markdown.

use serde_json::Value;

/// Returns texts of a model or a user as paragraphs of a Markdown document, one after the other.
///
/// The texts remain Markdown, but a text cannot affect what follows it: HTML outside of code is escaped, and an open
/// code block is closed at the end. A line that could be code or not, depending on the lines around it, is rewritten so
/// that it is unambiguous ([CommonMark](https://spec.commonmark.org/0.31.2/#fenced-code-blocks)).
pub(crate) fn sanitize<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = Sanitizer::default();
    for text in texts.into_iter().filter(|text| !text.trim().is_empty()) {
        for line in text.trim_matches(['\n', '\r']).replace("\r\n", "\n").split(['\n', '\r']) {
            out.line(line);
        }
        out.close();
        out.line("");
    }
    let end = out.out.trim_end().len();
    out.out.truncate(end);
    out.out
}

/// Returns a code block with this text.
pub(crate) fn fence(text: &str, language: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest.max(2) + 1);
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{marks}{language}\n{text}{end}{marks}")
}

/// Returns a name as inline code; as JSON if it contains characters that would end the code.
pub(crate) fn code(name: &str) -> String {
    let ends_it = |char: char| matches!(char, '`' | '<') || char.is_control();
    if name.is_empty() || name.contains(ends_it) {
        json_code(&Value::from(name).to_string())
    } else {
        format!("`{name}`")
    }
}

/// Returns a JSON value as inline code.
pub(crate) fn json_code(json: &str) -> String {
    // In JSON, back-ticks and `<` occur only in strings, and line ends only outside of strings.
    format!("`{}`", json.replace('`', r"\u0060").replace('<', r"\u003c").replace(['\n', '\r'], " "))
}

#[derive(Default)]
struct Sanitizer {
    out: String,
    fence: Option<Fence>,
    /// `true` if, since the last blank line, it is uncertain which back-ticks belong together.
    is_odd: bool,
    /// `true` after a line that can contain indented lines, such as a list item.
    is_listed: bool,
    /// `true` after a line with fence marks inside it, for which an indented mark can be the end.
    is_torn: bool,
}

/// An open code block.
struct Fence {
    /// The column of its marks; 0 if it cannot be inside a list.
    indent: usize,
    marks: String,
}

impl Sanitizer {
    fn line(&mut self, line: &str) {
        let words = line.trim_start_matches([' ', '\t']);
        let indent = line[..line.len() - words.len()].chars().fold(0, |column, space| match space {
            '\t' => (column / 4 + 1) * 4,
            _ => column + 1,
        });
        if words.is_empty() {
            self.is_odd = false;
            self.push(line);
        } else if let Some(fence) = &self.fence {
            if fence.is_closed_by(words) && indent <= fence.indent + 3 {
                self.close();
            } else if indent < fence.indent {
                // A line to the left of a code block in a list ends both. Here it ends any other code block as well.
                self.close();
                self.line(line);
            } else if self.is_torn && fence.indent > 0 {
                self.words(line);
            } else {
                self.push(line);
            }
        } else if let Some(marks) = marks(words).filter(|_| indent < 4 || self.is_listed) {
            // With this indentation, the line could also continue a paragraph.
            if indent >= 4 && !self.out.ends_with("\n\n") {
                self.push("");
            }
            self.is_odd = false;
            self.fence = Some(Fence { indent: if self.is_listed { indent } else { 0 }, marks: marks.to_owned() });
            self.push(&line.replace('<', "&lt;"));
        } else {
            self.is_listed |= words.starts_with(|char: char| "-+*:[".contains(char) || char.is_ascii_digit());
            self.is_torn |= line.contains("```") || line.contains("~~~");
            self.words(line);
        }
    }

    fn push(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// Closes the code block at the column where it began, so that it ends in the same list.
    fn close(&mut self) {
        if let Some(Fence { indent, marks }) = self.fence.take() {
            self.out.extend(std::iter::repeat_n(' ', indent));
            self.push(&marks);
        }
    }

    /// Writes a line, with HTML tags outside of back-ticks escaped.
    fn words(&mut self, line: &str) {
        let (mut rest, mut is_address) = (line, false);
        loop {
            let (before, found) = rest.split_at(rest.find(['`', '<']).unwrap_or(rest.len()));
            self.out.push_str(before);
            // Back-ticks in the address of a link are part of it. Renderers also turn bare addresses into links.
            let word = before.rsplit([' ', '\t']).next().unwrap_or_default();
            is_address = is_address && word.len() == before.len() || word.contains("://") || word.contains("www.");
            self.is_odd |= before.contains("](");
            rest = match found.chars().next() {
                None => return self.push(""),
                Some('<') => self.angle(found),
                Some(_) => {
                    self.is_odd |= is_address || before.ends_with('\\');
                    self.ticks(found)
                }
            };
        }
    }

    /// Writes a `<`, and returns the text after it.
    fn angle<'a>(&mut self, found: &'a str) -> &'a str {
        let rest = &found[1..];
        let is_tag = rest.starts_with(|char: char| char.is_ascii_alphabetic() || "/!?".contains(char));
        self.out.push_str(if is_tag { "&lt;" } else { "<" });
        rest
    }

    /// Writes back-ticks, with the code up to the closing ones if it is certain that they match, and returns the text
    /// after it. It is not certain if there is a `|` between them, because they could be in different cells of a table.
    fn ticks<'a>(&mut self, found: &'a str) -> &'a str {
        let run = found.len() - found.trim_start_matches('`').len();
        let span = if self.is_odd { None } else { span(found, run).filter(|end| !found[..*end].contains('|')) };
        let Some(end) = span else {
            self.is_odd = true;
            self.out.push_str(&found[..run]);
            return &found[run..];
        };
        let (code, rest) = found.split_at(end);
        // The tags of our own sections must not occur in code, because simple renderers would interpret them.
        if code.to_ascii_lowercase().contains("details") {
            self.out.push_str(&code.replace('<', "&lt;"));
        } else {
            self.out.push_str(code);
        }
        rest
    }
}

impl Fence {
    fn is_closed_by(&self, words: &str) -> bool {
        let words = words.trim_end_matches([' ', '\t']);
        marks(words).is_some_and(|marks| marks.len() == words.len() && marks.starts_with(&self.marks))
    }
}

/// Returns the marks that begin a code block, if one begins here.
fn marks(words: &str) -> Option<&str> {
    let mark = words.chars().next().filter(|char| matches!(char, '`' | '~'))?;
    let (marks, info) = words.split_at(words.len() - words.trim_start_matches(mark).len());
    (marks.len() >= 3 && !(mark == '`' && info.contains('`'))).then_some(marks)
}

/// Returns the length of the code that begins with this number of back-ticks, if they are closed in this line.
fn span(found: &str, run: usize) -> Option<usize> {
    let mut at = run;
    loop {
        at += found[at..].find('`')?;
        let other = found[at..].len() - found[at..].trim_start_matches('`').len();
        at += other;
        if other == run {
            return Some(at);
        }
    }
}
