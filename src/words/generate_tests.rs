//! The generator is held to its promises: it finds every way in which the two
//! locales can disagree, and says which key it is.

use super::generate::{File, generate};

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

/// The code for one key, or the sentences about it.
fn with(id: &str, en: &str) -> Result<String, Vec<String>> {
    generate(&[file("id/a.toml", id)], &[file("en/a.toml", en)])
}

#[test]
fn texts_become_methods() {
    let code = with(
        "\"x.hello\" = \"Halo\"\n\"x.rooms\" = \"{name}: {n} kamar\"",
        "\"x.hello\" = \"Hello\"\n\"x.rooms\" = { one = \"One room of {name}\", other = \"{n} rooms of {name}\" }",
    )
    .unwrap();
    assert!(code.contains("pub fn x_hello(self) -> &'static str {"));
    assert!(code.contains("pub fn x_rooms(self, name: impl Display, n: i64) -> String {"));
    assert!(code.contains("Language::En if is_one => format!(\"One room of {name}\"),"));
    assert!(code.contains("/// - id: `{name}: {n} kamar`"));
}

#[test]
fn every_mistake_is_a_sentence() {
    let cases = [
        ("\"x.a\" = \"A\"", "", "id/a.toml: “x.a” has no English text"),
        ("", "\"x.a\" = \"A\"", "en/a.toml: “x.a” has no Indonesian text"),
        (
            "\"x.a\" = \"{name}\"",
            "\"x.a\" = \"{who}\"",
            "“x.a” takes [\"name\"] in id/a.toml and [\"who\"] in en/a.toml",
        ),
        ("\"x.a\" = \"a { b\"", "\"x.a\" = \"a\"", "id/a.toml: “x.a” has a { without its }"),
        ("\"x.a\" = \"a } b\"", "\"x.a\" = \"a\"", "id/a.toml: “x.a” has a } without its {"),
        (
            "\"x.a\" = \"{}\"",
            "\"x.a\" = \"a\"",
            "id/a.toml: “x.a” has {}, but an argument is called like {name}",
        ),
        (
            "\"x.a\" = \"A <b>\"",
            "\"x.a\" = \"A\"",
            "id/a.toml: “x.a” holds <, but texts hold no HTML",
        ),
        (
            "\"x.a\" = \"A ☃\"",
            "\"x.a\" = \"A\"",
            "id/a.toml: “x.a” holds '☃', which our typeface does not have",
        ),
        (
            "\"x.a\" = { one = \"a\", other = \"b {n}\" }",
            "\"x.a\" = \"{n}\"",
            "id/a.toml: “x.a”: Indonesian has no plural",
        ),
        (
            "\"x.a\" = \"a\"",
            "\"x.a\" = { one = \"a\", other = \"b\" }",
            "en/a.toml: “x.a” has a plural, but no {n}",
        ),
        (
            "\"x.a_b\" = \"a\"\n\"x.a.b\" = \"a\"",
            "\"x.a_b\" = \"a\"\n",
            "id/a.toml: “x.a_b” is there already, as “x.a.b” in id/a.toml",
        ),
        (
            "x.a = \"a\"",
            "",
            "id/a.toml: “x” is no key; a key is quoted and looks like \"login.title\"",
        ),
    ];
    for (id, en, expected) in cases {
        let mistakes = with(id, en).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake == expected), "{mistakes:?}");
    }
}

#[test]
fn a_key_belongs_to_one_file() {
    let id = [file("id/a.toml", "\"x.a\" = \"a\""), file("id/b.toml", "\"x.a\" = \"a\"")];
    let en = [file("en/b.toml", "\"x.a\" = \"a\"")];
    let mistakes = generate(&id, &en).unwrap_err();
    assert_eq!(mistakes[0], "id/b.toml: “x.a” is there already, as “x.a” in id/a.toml");
    let mistakes = generate(&id[..1], &en).unwrap_err();
    assert_eq!(mistakes[0], "“x.a” is in id/a.toml and in en/b.toml");
}

#[test]
fn a_file_that_is_not_toml_says_where() {
    let mistakes = with("\"x.a\" = \"a\"\n\"x.a\" = \"b\"", "").unwrap_err();
    assert!(mistakes[0].starts_with("id/a.toml, line 2: duplicate key"), "{mistakes:?}");
}
