//! Finds texts that nobody says any more.

use std::fs;
use std::path::Path;

#[test]
fn every_text_is_said_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut said = String::new();
    for folder in ["src", "templates", "tests"] {
        read(&root.join(folder), &mut said);
    }
    let mut texts = String::new();
    read(&root.join("locales/id"), &mut texts);
    let keys = texts.lines().filter_map(|line| line.strip_prefix('"')?.split_once("\" = "));
    let unsaid = keys.map(|(key, _)| key).filter(|key| {
        let method = format!(".{}(", key.replace('.', "_"));
        !said.contains(&method)
    });
    let unsaid: Vec<&str> = unsaid.collect();
    assert!(unsaid.is_empty(), "{} texts: {unsaid:#?}", unsaid.len());
}

/// Adds the texts of a folder and of those in it.
pub fn read(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, into);
        } else if let Ok(text) = fs::read_to_string(&path) {
            into.push_str(&text);
        }
    }
}
