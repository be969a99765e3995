//! The imports between files. Paths are resolved through re-exports to the file that defines the name.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{self, Module, Path};

/// An import: `from` uses a name that `to` defines.
#[derive(Debug, PartialEq)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) line: usize,
    /// The path as it is written, for example `crate::chat::Chat`.
    pub(super) path: String,
    pub(super) to: String,
}

/// A module and its position in the crate.
#[derive(Debug)]
struct Place<'a> {
    file: &'a str,
    parent: Option<usize>,
    children: BTreeMap<&'a str, usize>,
    module: Module<'a>,
}

/// The modules of a crate.
#[derive(Debug)]
struct Crate<'a> {
    places: Vec<Place<'a>>,
}

/// Returns each import between two files once, in the order of the files.
///
/// `files` contains the paths below `src` and the sources. Files that no `mod` declares are ignored.
pub(super) fn imports(files: &[(&str, &str)]) -> Vec<Import> {
    let sources: BTreeMap<&str, &str> = files.iter().copied().collect();
    let mut all = Crate { places: Vec::new() };
    all.add_file("lib.rs", "", None, &sources);
    let mut seen = BTreeSet::new();
    let mut imports = Vec::new();
    for at in 0..all.places.len() {
        let from = all.places[at].file;
        for path in all.named(at) {
            let Some(to) = all.resolve(at, &path.segments, 0) else { continue };
            if to != from && seen.insert((from, to)) {
                imports.push(Import {
                    from: from.to_owned(),
                    line: path.line,
                    path: path.segments.join("::"),
                    to: to.to_owned(),
                });
            }
        }
    }
    imports.sort_by(|a, b| (&a.from, a.line, &a.to).cmp(&(&b.from, b.line, &b.to)));
    imports
}

impl<'a> Crate<'a> {
    /// Adds a file and its modules. `folder` is the folder of its submodules, with a `/` at the end.
    fn add_file(
        &mut self,
        file: &'a str,
        folder: &str,
        parent: Option<usize>,
        sources: &BTreeMap<&'a str, &'a str>,
    ) -> usize {
        let source = sources.get(file).copied().unwrap_or_default();
        self.add(file, folder, parent, source::read(source), sources)
    }

    fn add(
        &mut self,
        file: &'a str,
        folder: &str,
        parent: Option<usize>,
        module: Module<'a>,
        sources: &BTreeMap<&'a str, &'a str>,
    ) -> usize {
        let at = self.places.len();
        let mut module = module;
        let files = std::mem::take(&mut module.files);
        let inline = std::mem::take(&mut module.inline);
        self.places.push(Place { file, parent, children: BTreeMap::new(), module });
        for (name, path) in files {
            let wanted = match path {
                Some(path) => vec![format!("{folder}{path}")],
                None => vec![format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")],
            };
            let found = wanted.iter().find_map(|wanted| sources.get_key_value(wanted.as_str()));
            if let Some((&file, _)) = found {
                let child = self.add_file(file, &format!("{folder}{name}/"), Some(at), sources);
                self.places[at].children.insert(name, child);
            }
        }
        for (name, inner) in inline {
            let child = self.add(file, &format!("{folder}{name}/"), Some(at), inner, sources);
            self.places[at].children.insert(name, child);
        }
        at
    }

    /// Returns the paths that count as imports. A re-export counts only if the file uses the name itself.
    fn named(&self, at: usize) -> Vec<Path<'a>> {
        let module = &self.places[at].module;
        let uses = module.uses.iter().filter(|item| !item.is_public || module.words.contains_key(item.name));
        uses.map(|item| item.path.clone()).chain(module.paths.iter().cloned()).collect()
    }

    /// Returns the file that defines the item of a path, or `None` if the item is not in this crate.
    fn resolve(&self, at: usize, segments: &[&str], depth: usize) -> Option<&'a str> {
        // Cyclic re-exports do not compile.
        if depth > 20 {
            return None;
        }
        let (&first, rest) = segments.split_first()?;
        match first {
            "crate" | "claudette" => return self.below(0, rest, depth),
            "self" => return self.below(at, rest, depth),
            "super" => return self.resolve_above(at, rest, depth),
            _ => {}
        }
        let place = &self.places[at];
        if place.children.contains_key(first) {
            return self.below(at, segments, depth);
        }
        if rest.is_empty() {
            return None;
        }
        // The path begins with an imported name. It is a new import only if that name is a module.
        let item =
            place.module.uses.iter().find(|item| item.name == first && item.path.segments.first() != Some(&first))?;
        let full: Vec<&str> = item.path.segments.iter().copied().chain(rest.iter().copied()).collect();
        self.resolve(at, &full, depth + 1)
    }

    fn resolve_above(&self, at: usize, rest: &[&str], depth: usize) -> Option<&'a str> {
        let parent = self.places[at].parent?;
        match rest.split_first() {
            Some((&"super", rest)) => self.resolve_above(parent, rest, depth),
            _ => self.below(parent, rest, depth),
        }
    }

    /// Returns the file that defines the item `segments` of a module.
    fn below(&self, at: usize, segments: &[&str], depth: usize) -> Option<&'a str> {
        let place = &self.places[at];
        let Some((&name, rest)) = segments.split_first() else { return Some(place.file) };
        if let Some(&child) = place.children.get(name).filter(|_| !rest.is_empty() || !self.has(at, name)) {
            return self.below(child, rest, depth);
        }
        if place.module.defines.contains(name) {
            return Some(place.file);
        }
        let mut uses = place.module.uses.iter();
        if let Some(item) = uses.find(|item| item.name == name && name != "*") {
            let full: Vec<&str> = item.path.segments.iter().copied().chain(rest.iter().copied()).collect();
            return self.resolve(at, &full, depth + 1);
        }
        for item in place.module.uses.iter().filter(|item| item.name == "*") {
            let (_, module) = item.path.segments.split_last()?;
            let full: Vec<&str> = module.iter().copied().chain(segments.iter().copied()).collect();
            if let Some(file) = self.resolve(at, &full, depth + 1) {
                return Some(file);
            }
        }
        // A macro with `#[macro_export]` belongs to the root. A name that is made by a macro belongs to this file.
        let exported = self.places.iter().find(|other| at == 0 && other.module.defines.contains(name));
        Some(exported.map_or(place.file, |other| other.file))
    }

    fn has(&self, at: usize, name: &str) -> bool {
        let module = &self.places[at].module;
        module.defines.contains(name) || module.uses.iter().any(|item| item.name == name)
    }
}
