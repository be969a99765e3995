//! Names of foreign tools and servers: from any text to names that the API accepts, each once.

use std::collections::HashSet;

/// The maximum length of a tool name. `claudette` shortens it to the 64 characters of the API in requests.
const LONGEST_TOOL: usize = 128;
/// The maximum length of a server's name in the names of its tools.
const LONGEST_SERVER: usize = 64;

/// Returns the name of each tool of a server for the model, in the order of `tools`.
///
/// The default prefix is `mcp__<server>__`. Characters that the API does not accept become `_`. A tool whose own name is
/// valid keeps it, even if an earlier one becomes equal to it. Of the others, the first keeps the name, and the rest
/// end with a hash of their full name. Names do not depend on the run or the machine.
pub(crate) fn assign(server: &str, prefix: Option<&str>, tools: &[&str]) -> Vec<String> {
    let prefix = prefix.map_or_else(|| format!("mcp__{}__", server_name(server)), str::to_owned);
    let full: Vec<String> =
        tools.iter().map(|tool| format!("{prefix}{}", if tool.is_empty() { "unnamed" } else { tool })).collect();
    unique(&full, LONGEST_TOOL)
}

/// Returns the name of each server for the names of its tools, in the order of `servers`.
pub(crate) fn unique_servers(servers: &[&str]) -> Vec<String> {
    let full: Vec<String> = servers.iter().map(|server| server_name(server)).collect();
    let mut taken = HashSet::new();
    // The hash is that of the original name, because names that became equal have equal full names.
    servers.iter().zip(full).map(|(server, name)| take(&mut taken, &name, server, LONGEST_SERVER)).collect()
}

/// Replaces characters that are not allowed, shortens the names, and makes them unique.
fn unique(full: &[String], longest: usize) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut names: Vec<Option<String>> = full
        .iter()
        .map(|name| (fit(name, longest) == *name && taken.insert(name.clone())).then(|| name.clone()))
        .collect();
    for (full, name) in full.iter().zip(&mut names) {
        name.get_or_insert_with(|| take(&mut taken, &fit(full, longest), full, longest));
    }
    names.into_iter().flatten().collect()
}

/// Returns a name that is not taken: the given one, or one with the hash of the original.
fn take(taken: &mut HashSet<String>, name: &str, original: &str, longest: usize) -> String {
    let mut free = name.to_owned();
    let mut tries = 0_usize;
    while !taken.insert(free.clone()) {
        let salt = if tries == 0 { String::new() } else { format!("\0{tries}") };
        free = with_hash(name, &format!("{original}{salt}"), longest);
        tries += 1;
    }
    free
}

/// Returns a server's name with the characters that tool names allow.
fn server_name(server: &str) -> String {
    fit(if server.is_empty() { "server" } else { server }, LONGEST_SERVER)
}

/// Replaces characters that are not allowed in the name of a tool, and shortens the name.
fn fit(name: &str, longest: usize) -> String {
    fit_with(name, longest, "_-")
}

/// Replaces characters other than ASCII letters, digits and `marks` by `_`. A name that is too long ends with its hash.
pub(crate) fn fit_with(name: &str, longest: usize, marks: &str) -> String {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || marks.contains(letter);
    let fitting: String = name.chars().map(|letter| if is_allowed(letter) { letter } else { '_' }).collect();
    if fitting.len() <= longest { fitting } else { with_hash(&fitting, name, longest) }
}

/// Returns a name of ASCII characters, shortened so that `_` and the hash of the original fit after it.
pub(crate) fn with_hash(name: &str, original: &str, longest: usize) -> String {
    let hash = fnv(original.as_bytes());
    format!("{:.*}_{:08x}", longest - 9, name, (hash ^ (hash >> 32)) & 0xffff_ffff)
}

/// The hash function FNV-1a ([draft-eastlake-fnv](https://datatracker.ietf.org/doc/draft-eastlake-fnv/)). It names
/// things; fingerprints of approved tools need SHA-256.
fn fnv(bytes: &[u8]) -> u64 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    bytes.iter().fold(START, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_follow_the_convention() {
        assert_eq!(
            assign("my files", None, &["read_file", "fs.list"]),
            ["mcp__my_files__read_file", "mcp__my_files__fs_list"]
        );
        assert_eq!(assign("x", Some(""), &["a", ""]), ["a", "unnamed"]);
        assert_eq!(assign("x", Some("gh."), &["a"]), ["gh_a"]);
        assert_eq!(assign("", None, &["a"]), ["mcp__server__a"]);
    }

    #[test]
    fn equal_names_get_a_hash() {
        let names = assign("s", Some(""), &["a.b", "a b", "a_b"]);
        assert_eq!(names[2], "a_b", "a valid name is kept");
        assert!(names[..2].iter().all(|name| name.starts_with("a_b_") && name.len() == 12), "{names:?}");
        let names = assign("s", Some(""), &["a.b", "a b"]);
        assert_eq!(names[0], "a_b");
        assert!(names[1].starts_with("a_b_") && names[1].len() == 12, "{names:?}");
        // The same name twice is refused by the listing. It would still be unique here.
        assert_eq!(HashSet::<String>::from_iter(assign("s", None, &["a"; 5])).len(), 5);
    }

    #[test]
    fn long_names_are_shortened() {
        let long = ["x".repeat(200), "x".repeat(201)];
        let names = assign("s", None, &[&long[0], &long[1]]);
        assert!(names.iter().all(|name| name.len() == 128 && name.starts_with("mcp__s__xxx")), "{names:?}");
        assert_ne!(names[0], names[1]);
        let names = assign(&long[0], None, &["tool"]);
        assert!(names[0].ends_with("__tool") && names[0].len() == 64 + 11, "{names:?}");
    }

    #[test]
    fn servers_get_different_names() {
        let names = unique_servers(&["git hub", "git.hub", "github", ""]);
        assert_eq!((names[0].as_str(), names[2].as_str(), names[3].as_str()), ("git_hub", "github", "server"));
        assert!(names[1].starts_with("git_hub_"), "{names:?}");
    }

    proptest! {
        #[test]
        fn names_are_valid_unique_and_stable(
            server in ".{0,10}", prefix in prop::option::of(".{0,10}"), tools in prop::collection::vec("[a._ ä]{0,3}|.{0,200}", 0..12),
        ) {
            let tools: Vec<&str> = tools.iter().map(String::as_str).collect();
            let names = assign(&server, prefix.as_deref(), &tools);
            prop_assert_eq!(names.len(), tools.len());
            prop_assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
            for name in &names {
                prop_assert!((1..=128).contains(&name.len()));
                prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
            }
            // A name that ends up valid is not changed by a second pass.
            let again: Vec<&str> = names.iter().map(String::as_str).collect();
            prop_assert_eq!(&assign(&server, Some(""), &again), &names);
            let servers = unique_servers(&tools);
            prop_assert_eq!(servers.iter().collect::<HashSet<_>>().len(), tools.len());
            prop_assert!(servers.iter().all(|name| (1..=64).contains(&name.len())));
        }
    }
}
