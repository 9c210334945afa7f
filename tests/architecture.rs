//! Imports run downward only, as the first comment of `src/lib.rs` says. Crates
//! enforce the lower half when they compile; this enforces the upper half. And
//! every dependency has its reason written down.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the top of the house to its bottom. Those of one line may use
/// each other, and everything below them.
const HOUSE: &[&[&str]] = &[
    &["main", "commands", "copy", "demo", "server"],
    &["connection"],
    &["router", "workers"],
    &["admin"],
    &["notifications"],
    &["tickets"],
    &["kosts"],
    &["accounts"],
    &["activity"],
    &["web", "error", "app", "config", "migrations", "photo_store", "secret", "words"],
];

/// What looks upward and why it may.
const EXCEPTIONS: &[(&str, &str)] = &[
    // `App` holds every part that outlives a request, the password hasher among them.
    ("app", "accounts::Passwords"),
];

/// One `crate::…` in a file: the module it is in, and the path that it names.
struct Import {
    file: PathBuf,
    from: String,
    to: String,
}

#[test]
fn imports_run_downward_only() {
    let upward: Vec<_> = imports()
        .filter(|import| floor(first(&import.to)) < lowest_floor(import))
        .filter(|import| !EXCEPTIONS.contains(&(import.from.as_str(), import.to.as_str())))
        .map(|import| format!("{} uses crate::{}", import.file.display(), import.to))
        .collect();
    assert!(upward.is_empty(), "imports that run upward:\n{}", upward.join("\n"));
}

#[test]
fn pages_are_leaves() {
    let used: Vec<_> = imports()
        .filter(|import| import.to.contains("::pages"))
        .filter(|import| import.from != "router" && import.from != first(&import.to))
        .map(|import| format!("{} uses crate::{}", import.file.display(), import.to))
        .collect();
    assert!(used.is_empty(), "only the router knows other features' pages:\n{}", used.join("\n"));
}

/// Inside a feature: pages and jobs → verbs → store. Verbs do enqueue jobs, so
/// that these are known there; nothing else looks up.
#[test]
fn inside_a_feature_imports_run_downward_too() {
    let is_store =
        |file: &Path| file.with_extension("").components().any(|part| part.as_os_str() == "store");
    let upward: Vec<_> = imports()
        .filter(|import| import.from == first(&import.to))
        .filter(|import| {
            let is_page = import.file.components().any(|part| part.as_os_str() == "pages");
            let names = |part: &str| import.to.split("::").any(|name| name == part);
            !is_page && names("pages") || is_store(&import.file) && names("jobs")
        })
        .map(|import| format!("{} uses crate::{}", import.file.display(), import.to))
        .collect();
    assert!(upward.is_empty(), "imports that run upward:\n{}", upward.join("\n"));
}

#[test]
fn every_module_has_its_place_in_the_house() {
    for import in imports() {
        floor(&import.from);
        floor(first(&import.to));
    }
}

/// The highest floor that a file may use. Nothing but the router knows pages, so
/// that the pages of a lower feature may use a higher one without a circle.
fn lowest_floor(import: &Import) -> usize {
    let is_page = import.file.components().any(|part| part.as_os_str() == "pages");
    if is_page { floor("notifications").min(floor(&import.from)) } else { floor(&import.from) }
}

/// How far from the top; more is lower.
fn floor(module: &str) -> usize {
    HOUSE
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or_else(|| panic!("{module} has no place in the house yet: put it into HOUSE"))
}

fn first(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

fn imports() -> impl Iterator<Item = Import> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.into_iter().flat_map(move |file| {
        let inside = file.strip_prefix(&root).unwrap();
        let from = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let code = without_comments(&fs::read_to_string(&file).unwrap());
        let paths = paths(&code).into_iter();
        let (from, file) = (from.to_owned(), inside.to_owned());
        paths
            .map(move |to| Import { file: file.clone(), from: from.clone(), to })
            .collect::<Vec<_>>()
    })
}

pub fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
}

pub fn without_comments(code: &str) -> String {
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands behind every `crate::`; a group in braces is as many paths. Types
/// of the crate's root (`App`, `Error`) are below everything.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, marker) in code.match_indices("crate::") {
        let rest = &code[at + marker.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(members(group)),
            None => found.extend(path_at(rest)),
        }
    }
    found.retain(|path| path.starts_with(|letter: char| letter.is_ascii_lowercase()));
    found
}

/// The first path of each member of `{a, b::c, d::{e, f}}`, behind its brace.
fn members(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut members = Vec::new();
    let mut is_start = true;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => is_start = true,
            letter if letter.is_whitespace() => {}
            _ if is_start => {
                members.extend(path_at(&group[at..]));
                is_start = false;
            }
            _ => {}
        }
    }
    members
}

fn path_at(text: &str) -> Option<String> {
    let is_path = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let end = text.find(|letter| !is_path(letter)).unwrap_or(text.len());
    let path = text[..end].trim_end_matches(':');
    (!path.is_empty()).then(|| path.to_owned())
}

#[test]
fn paths_are_read_from_single_and_grouped_imports() {
    let code = "use crate::{admin, kosts::{Kost, Role},\n  web::Form};\nuse crate::words::Words;\nuse crate::App;";
    assert_eq!(paths(code), ["admin", "kosts", "web::Form", "words::Words"]);
}

#[test]
fn every_dependency_has_its_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reasons = fs::read_to_string(root.join("docs/decisions/dependencies.md")).unwrap();
    let crates = reasons.split("From npm").next().unwrap();
    let lines = crates.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let explained: BTreeSet<_> =
        lines.skip(1).flat_map(|names| names.split(", ")).map(str::to_owned).collect();
    let used: BTreeSet<_> = manifests(root).iter().flat_map(dependencies).collect();
    assert_eq!(used.difference(&explained).collect::<Vec<_>>(), [""; 0], "without a reason");
    assert_eq!(explained.difference(&used).collect::<Vec<_>>(), [""; 0], "not used any more");
}

fn manifests(root: &Path) -> Vec<toml::Table> {
    let folders = ["crates", "bench"].map(|parent| fs::read_dir(root.join(parent)).unwrap());
    let folders = folders.into_iter().flatten().map(|folder| folder.unwrap().path());
    [root.to_owned(), root.join("torture"), root.join("xtask")]
        .into_iter()
        .chain(folders)
        .filter_map(|folder| fs::read_to_string(folder.join("Cargo.toml")).ok())
        .map(|manifest| manifest.parse().unwrap())
        .collect()
}

/// What a manifest names, our own crates apart.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let ours = ["db", "live", "mail", "photo", "queue", "xtask"];
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .into_iter()
        .filter_map(|kind| manifest.get(kind)?.as_table())
        .flat_map(|table| table.keys().cloned())
        .filter(|name| !ours.contains(&name.as_str()))
        .collect()
}
