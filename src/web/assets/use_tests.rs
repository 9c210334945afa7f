//! Finds styles and icons that no page shows any more: every first view would
//! carry them.

use std::collections::BTreeSet;
use std::path::Path;

use super::{APP_CSS, FILES, ICONS_SVG};
use crate::words::use_tests::read;

#[test]
fn every_class_of_the_stylesheet_is_on_a_page() {
    let css = text_of(APP_CSS);
    let classes: BTreeSet<&str> = css.split('.').skip(1).map(leading_name).collect();
    let ours = classes.into_iter().filter(|name| name.starts_with("kt-"));
    let written = written();
    let unused: Vec<&str> = ours
        .filter(|class| !is_said(class, &written) && !is_put_together(class, &written))
        .collect();
    assert!(unused.is_empty(), "{} classes: {unused:#?}", unused.len());
}

#[test]
fn every_icon_is_on_a_page() {
    let icons = text_of(ICONS_SVG);
    let names = icons.split("<symbol id=\"").skip(1).map(leading_name);
    let written = written();
    let unused: Vec<&str> = names
        .filter(|name| !written.contains(&format!("\"{name}\"")))
        .filter(|name| !is_said(&format!("#{name}"), &written))
        .collect();
    assert!(unused.is_empty(), "{} icons: {unused:#?}", unused.len());
}

fn text_of(path: &str) -> &'static str {
    let asset = FILES.iter().find(|asset| asset.path == path).unwrap();
    std::str::from_utf8(asset.plain).unwrap()
}

/// Whether the word stands there, and not only as a part of a longer one.
fn is_said(word: &str, written: &str) -> bool {
    written.match_indices(word).any(|(at, _)| {
        let before = written[..at].chars().next_back();
        let after = written[at + word.len()..].chars().next();
        !before.is_some_and(is_of_a_name) && !after.is_some_and(is_of_a_name)
    })
}

/// Whether it is made of a beginning and a word or number, as in
/// `kt-pill--{{ kind }}` of a template and `${…}` of a script.
fn is_put_together(class: &str, written: &str) -> bool {
    let Some((beginning, variant)) = class.rsplit_once("--") else { return false };
    let is_begun = ["{", "${"].iter().any(|open| written.contains(&format!("{beginning}--{open}")));
    let is_number = variant.bytes().all(|byte| byte.is_ascii_digit());
    is_begun && (is_number || written.contains(&format!("\"{variant}\"")))
}

/// The name with which this begins.
fn leading_name(text: &str) -> &str {
    text.split(|letter| !is_of_a_name(letter)).next().unwrap_or_default()
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'
}

/// All that writes pages: templates, scripts and the program itself.
fn written() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut written = String::new();
    for folder in ["templates", "frontend/src/ts", "src"] {
        read(&root.join(folder), &mut written);
    }
    written
}
