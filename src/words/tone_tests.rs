//! The tone of the design, section 7, as far as a machine can hear it.

use std::fs;
use std::path::Path;

/// Words that we never say, by language, in lower case.
const NEVER: [(&str, &[&str]); 2] = [
    ("id", &["error", "invalid", "submit", "kamu", "tiket", "klik", "login", "password", "user"]),
    ("en", &["error", "invalid", "submit", "ticket", "click", "oops", "login"]),
];

#[test]
fn the_texts_keep_the_tone() {
    for (language, never) in NEVER {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(language);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            for line in fs::read_to_string(&path).unwrap().lines() {
                let Some((key, text)) = line.split_once("\" = ") else { continue };
                let text = text.to_lowercase();
                let said =
                    text.split(|c: char| !c.is_alphabetic()).find(|word| never.contains(word));
                assert_eq!(said, None, "{}: {key}\" says {text}", path.display());
            }
        }
    }
}
