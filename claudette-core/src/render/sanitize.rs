//! [`sanitize`]: text that somebody wrote, as Markdown that ends where it ends.

use serde_json::Value;

/// Texts that a model or a user wrote, as a part of a Markdown document: paragraphs of it, one text behind the other.
///
/// They stay the Markdown that they are, but nothing in one reaches beyond it: HTML outside of code is shown, not
/// interpreted, and a code block that is still open at the end is closed. Where it depends on what surrounds a line
/// whether it is code, it is written so that it does not
/// ([CommonMark](https://spec.commonmark.org/0.31.2/#fenced-code-blocks)).
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

/// Text that stands there letter by letter.
pub(crate) fn fence(text: &str, language: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest.max(2) + 1);
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{marks}{language}\n{text}{end}{marks}")
}

/// A name within a line, letter by letter; as JSON, if it could be anything but a name.
pub(crate) fn code(name: &str) -> String {
    let ends_it = |char: char| matches!(char, '`' | '<') || char.is_control();
    if name.is_empty() || name.contains(ends_it) {
        json_code(&Value::from(name).to_string())
    } else {
        format!("`{name}`")
    }
}

/// A JSON value within a line.
pub(crate) fn json_code(json: &str) -> String {
    // Both can stand in strings only, and line ends nowhere there.
    format!("`{}`", json.replace('`', r"\u0060").replace('<', r"\u003c").replace(['\n', '\r'], " "))
}

#[derive(Default)]
struct Sanitizer {
    out: String,
    fence: Option<Fence>,
    /// Whether it is unsure since the last blank line which back-ticks belong together.
    is_odd: bool,
    /// Whether there was something that may hold indented lines.
    is_listed: bool,
    /// Whether there were marks within a line, of which an indented one may be the end.
    is_torn: bool,
}

/// A code block that is open.
struct Fence {
    /// The column of its marks; 0 if nothing can be around it.
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
                // Left of a code block in a list is the end of both; left of any other it is now the end as well.
                self.close();
                self.line(line);
            } else if self.is_torn && fence.indent > 0 {
                self.words(line);
            } else {
                self.push(line);
            }
        } else if let Some(marks) = marks(words).filter(|_| indent < 4 || self.is_listed) {
            // So far to the right it could go on with a paragraph, too.
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

    /// Closes the code block where it began, and so wherever that is.
    fn close(&mut self) {
        if let Some(Fence { indent, marks }) = self.fence.take() {
            self.out.extend(std::iter::repeat_n(' ', indent));
            self.push(&marks);
        }
    }

    /// A line without beginnings of HTML, but for those in back-ticks.
    fn words(&mut self, line: &str) {
        let (mut rest, mut is_address) = (line, false);
        loop {
            let (before, found) = rest.split_at(rest.find(['`', '<']).unwrap_or(rest.len()));
            self.out.push_str(before);
            // Back-ticks in the address of a link are part of it; readers make links of bare addresses, too.
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

    /// Writes a `<`; gives back what follows it.
    fn angle<'a>(&mut self, found: &'a str) -> &'a str {
        let rest = &found[1..];
        let is_tag = rest.starts_with(|char: char| char.is_ascii_alphabetic() || "/!?".contains(char));
        self.out.push_str(if is_tag { "&lt;" } else { "<" });
        rest
    }

    /// Writes back-ticks, with all that stands between them and their other half, where it is sure that they have one: in
    /// a table it is not, across its cells. Gives back what follows.
    fn ticks<'a>(&mut self, found: &'a str) -> &'a str {
        let run = found.len() - found.trim_start_matches('`').len();
        let span = if self.is_odd { None } else { span(found, run).filter(|end| !found[..*end].contains('|')) };
        let Some(end) = span else {
            self.is_odd = true;
            self.out.push_str(&found[..run]);
            return &found[run..];
        };
        let (code, rest) = found.split_at(end);
        // The tags that our own sections are made of stand nowhere else, for readers that know less of Markdown.
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

/// The marks with which a code block begins, if one begins here.
fn marks(words: &str) -> Option<&str> {
    let mark = words.chars().next().filter(|char| matches!(char, '`' | '~'))?;
    let (marks, info) = words.split_at(words.len() - words.trim_start_matches(mark).len());
    (marks.len() >= 3 && !(mark == '`' && info.contains('`'))).then_some(marks)
}

/// How long the code is that begins with this many back-ticks, if they have another half in the line.
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
