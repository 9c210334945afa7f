//! The routes, read from the text of the router.

use std::collections::BTreeSet;

/// Every (method, path) of `src/router.rs`.
pub fn routes() -> BTreeSet<(String, String)> {
    let code = include_str!("../../src/router.rs");
    let mut found = BTreeSet::new();
    for call in code.split(".route(").skip(1) {
        let path = call.split('"').nth(1).unwrap();
        // Up to what is chained to the router next.
        let end = call.find("\n        .").unwrap_or(call.len());
        for (word, method) in [
            ("get(", "GET"),
            ("post(", "POST"),
            ("put(", "PUT"),
            ("delete(", "DELETE"),
            ("patch(", "PATCH"),
        ] {
            let is_there = call[..end].match_indices(word).any(|(at, _)| {
                !call[..at].ends_with(|before: char| {
                    before.is_alphanumeric() || before == '_' || before == ':'
                })
            });
            if is_there {
                found.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    assert!(!code.contains(".nest(") && !code.contains("any("), "routes that this cannot read");
    found
}
