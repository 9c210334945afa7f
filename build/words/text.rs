//! One text of a locale: what it consists of, and what it may not contain.

/// What the subset of the typeface can show besides printable ASCII. Another
/// character would come from some other typeface of the phone.
const TYPEFACE: &str = "·–—‘’“”•…›°×↑↓→−éÉ\u{a0}";

/// A text, cut at its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub pieces: Vec<Piece>,
}

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Words(String),
    Argument(String),
}

impl Text {
    /// Cuts a text at its `{arguments}`. The error ends the sentence that
    /// begins with the key.
    pub fn parse(source: &str) -> Result<Text, String> {
        check_characters(source)?;
        let mut pieces = Vec::new();
        let mut rest = source;
        while let Some(start) = rest.find(['{', '}']) {
            if rest[start..].starts_with('}') {
                return Err("has a } without its {".to_owned());
            }
            let Some(length) = rest[start..].find('}') else {
                return Err("has a { without its }".to_owned());
            };
            let name = &rest[start + 1..start + length];
            if !is_name(name) {
                return Err(format!("has {{{name}}}, but an argument is called like {{name}}"));
            }
            if start > 0 {
                pieces.push(Piece::Words(rest[..start].to_owned()));
            }
            pieces.push(Piece::Argument(name.to_owned()));
            rest = &rest[start + length + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Words(rest.to_owned()));
        }
        Ok(Text { pieces })
    }

    /// Its arguments, each once, in order of first appearance.
    pub fn arguments(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for piece in &self.pieces {
            if let Piece::Argument(name) = piece
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        }
        names
    }

    /// As it stands in the locale.
    pub fn source(&self) -> String {
        let mut source = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => source.push_str(words),
                Piece::Argument(name) => source.push_str(&format!("{{{name}}}")),
            }
        }
        source
    }
}

/// Texts are plain: a template may put markup into an argument and mark the
/// whole as safe only because no text holds a character of HTML.
fn check_characters(source: &str) -> Result<(), String> {
    if source.trim() != source || source.is_empty() {
        return Err("is empty, or begins or ends with a space".to_owned());
    }
    for character in source.chars() {
        match character {
            '<' | '>' | '&' => return Err(format!("holds {character}, but texts hold no HTML")),
            '\'' | '"' => return Err(format!("holds {character}; write ‘ ’ “ ” instead")),
            '!' => return Err("holds an exclamation mark; we do not raise our voice".to_owned()),
            ' '..='~' => {}
            other if TYPEFACE.contains(other) => {}
            other => return Err(format!("holds {other:?}, which our typeface does not have")),
        }
    }
    Ok(())
}

/// Lower-case letters, digits and `_`, beginning with a letter.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
