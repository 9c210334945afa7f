//! From the two locales to the methods of `Words`; everything in which they
//! disagree becomes a sentence.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::text::{Piece, Text, is_name};

/// A file of a locale.
#[derive(Debug)]
pub struct File {
    /// Where it is, for the sentences; its last part pairs the languages.
    pub path: String,
    pub text: String,
}

/// The text of a key in one language.
#[derive(Debug)]
struct Entry {
    path: String,
    /// For exactly one, where the language tells one from many.
    one: Option<Text>,
    text: Text,
}

type Entries = BTreeMap<String, Entry>;

/// The Rust code of an `impl Words`, or a sentence for each mistake.
pub fn generate(indonesian: &[File], english: &[File]) -> Result<String, Vec<String>> {
    let mut mistakes = Vec::new();
    let indonesian = entries(indonesian, &mut mistakes);
    let english = entries(english, &mut mistakes);
    compare(&indonesian, &english, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let mut code = String::from("impl Words {\n");
    for (key, id) in &indonesian {
        if let Some(en) = english.get(key) {
            code.push_str(&method(key, id, en));
        }
    }
    code.push_str("}\n");
    Ok(code)
}

fn entries(files: &[File], mistakes: &mut Vec<String>) -> Entries {
    let mut entries = Entries::new();
    let mut methods = BTreeMap::new();
    for file in files {
        let path = &file.path;
        let table: toml::Table = match file.text.parse() {
            Ok(table) => table,
            Err(error) => {
                let line =
                    error.span().map_or(1, |at| file.text[..at.start].matches('\n').count() + 1);
                mistakes.push(format!("{path}, line {line}: {}", error.message()));
                continue;
            }
        };
        for (key, value) in &table {
            let entry = match entry(path, key, value) {
                Ok(entry) => entry,
                Err(mistake) => {
                    mistakes.push(format!("{path}: “{key}” {mistake}"));
                    continue;
                }
            };
            if let Some((other, first)) = methods.insert(method_name(key), (key.clone(), path)) {
                let sentence = format!("{path}: “{key}” is there already, as “{other}” in {first}");
                mistakes.push(sentence);
            }
            entries.insert(key.clone(), entry);
        }
    }
    entries
}

fn entry(path: &str, key: &str, value: &toml::Value) -> Result<Entry, String> {
    if !key.contains('.') || key.contains("..") || !is_name(&method_name(key)) {
        return Err("is no key; a key is quoted and looks like \"login.title\"".to_owned());
    }
    let (one, text) = match value {
        toml::Value::String(text) => (None, Text::parse(text)?),
        toml::Value::Table(table) => match (table.get("one"), table.get("other"), table.len()) {
            (Some(toml::Value::String(one)), Some(toml::Value::String(other)), 2) => {
                (Some(Text::parse(one)?), Text::parse(other)?)
            }
            _ => return Err("is neither a text nor { one = \"…\", other = \"…\" }".to_owned()),
        },
        _ => return Err("is not a text".to_owned()),
    };
    Ok(Entry { path: path.to_owned(), one, text })
}

fn compare(indonesian: &Entries, english: &Entries, mistakes: &mut Vec<String>) {
    for (key, id) in indonesian {
        match english.get(key) {
            Some(en) => mistakes.extend(compare_key(key, id, en)),
            None => mistakes.push(format!("{}: “{key}” has no English text", id.path)),
        }
    }
    for (key, en) in english {
        if !indonesian.contains_key(key) {
            mistakes.push(format!("{}: “{key}” has no Indonesian text", en.path));
        }
    }
}

fn compare_key(key: &str, id: &Entry, en: &Entry) -> Option<String> {
    let arguments = id.text.arguments();
    if file_name(&id.path) != file_name(&en.path) {
        return Some(format!("“{key}” is in {} and in {}", id.path, en.path));
    }
    if id.one.is_some() {
        return Some(format!("{}: “{key}”: Indonesian has no plural", id.path));
    }
    if en.one.is_some() && !arguments.contains(&"n") {
        return Some(format!("{}: “{key}” has a plural, but no {{n}}", en.path));
    }
    if !same(&arguments, &en.text.arguments()) {
        return Some(format!(
            "“{key}” takes {arguments:?} in {} and {:?} in {}",
            id.path,
            en.text.arguments(),
            en.path
        ));
    }
    // “One room” may do without its number.
    let mut one = en.one.as_ref()?.arguments();
    if !one.contains(&"n") {
        one.push("n");
    }
    (!same(&arguments, &one))
        .then(|| format!("{}: “{key}”: one and other take different arguments", en.path))
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn same(some: &[&str], others: &[&str]) -> bool {
    some.len() == others.len() && some.iter().all(|name| others.contains(name))
}

fn method_name(key: &str) -> String {
    key.replace('.', "_")
}

fn method(key: &str, id: &Entry, en: &Entry) -> String {
    let arguments = id.text.arguments();
    let mut code = String::new();
    let mut line = |text: String| {
        // Writing into a String cannot fail.
        let _ = writeln!(code, "{text}");
    };
    line(format!("    /// `{key}`"));
    line("    ///".to_owned());
    line(format!("    /// - id: `{}`", id.text.source()));
    if let Some(one) = &en.one {
        line(format!("    /// - en, one: `{}`", one.source()));
    }
    line(format!("    /// - en: `{}`", en.text.source()));
    let parameters: String = arguments.iter().map(|name| parameter(name)).collect();
    let result = if arguments.is_empty() { "&'static str" } else { "String" };
    line(format!("    pub fn {}(self{parameters}) -> {result} {{", method_name(key)));
    if en.one.is_some() {
        line("        let is_one = n == 1;".to_owned());
    }
    if arguments.contains(&"n") {
        line("        let n = self.number(n);".to_owned());
    }
    line("        match self.language {".to_owned());
    line(format!("            Language::Id => {},", expression(&id.text, &arguments)));
    if let Some(one) = &en.one {
        line(format!("            Language::En if is_one => {},", expression(one, &arguments)));
    }
    line(format!("            Language::En => {},", expression(&en.text, &arguments)));
    line("        }".to_owned());
    line("    }".to_owned());
    code
}

fn parameter(name: &str) -> String {
    match name {
        "n" => ", n: i64".to_owned(),
        name => format!(", {name}: impl Display"),
    }
}

fn expression(text: &Text, arguments: &[&str]) -> String {
    let literal = format!("{:?}", text.source());
    if arguments.is_empty() {
        return literal;
    }
    let has_arguments = text.pieces.iter().any(|piece| matches!(piece, Piece::Argument(_)));
    let wrap = if has_arguments { "format!" } else { "String::from" };
    format!("{wrap}({literal})")
}
