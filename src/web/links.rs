//! Addresses in what people write, as links. A text is cut into pieces, which
//! templates write as they write everything: escaped.

/// One piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// An address that begins with http:// or https://.
    Link(&'a str),
}

/// Cuts a text at its addresses; together the pieces are the text.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((start, end)) = next_address(rest) {
        if start > 0 {
            pieces.push(Piece::Text(&rest[..start]));
        }
        pieces.push(Piece::Link(&rest[start..end]));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Where the next address begins and ends.
fn next_address(text: &str) -> Option<(usize, usize)> {
    text.match_indices("://").find_map(|(at, _)| {
        let start = scheme_before(text, at)?;
        let after = at + "://".len();
        if !text[after..].starts_with(char::is_alphanumeric) {
            return None;
        }
        let is_part = |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | '"' | '`');
        let length = text[after..].find(|c| !is_part(c)).unwrap_or(text.len() - after);
        let address = without_punctuation(&text[start..after + length]);
        Some((start, start + address.len()))
    })
}

fn scheme_before(text: &str, at: usize) -> Option<usize> {
    ["https", "http"].into_iter().find_map(|scheme| {
        let start = at.checked_sub(scheme.len())?;
        let is_it = text.get(start..at)?.eq_ignore_ascii_case(scheme);
        (is_it && !text[..start].ends_with(char::is_alphanumeric)).then_some(start)
    })
}

/// What ends a sentence or a bracket around an address is no part of it.
fn without_punctuation(mut address: &str) -> &str {
    let opened = address.matches('(').count();
    let mut closed = address.matches(')').count();
    while let Some(last) = address.chars().next_back() {
        match last {
            ')' if opened >= closed => break,
            ')' => closed -= 1,
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ']' | '}' | '*' | '_' => {}
            _ => break,
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<&str> {
        let pieces = pieces(text);
        let whole = pieces.iter().map(|piece| match piece {
            Piece::Text(part) | Piece::Link(part) => *part,
        });
        assert_eq!(whole.collect::<String>(), text);
        pieces
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Link(link) => Some(link),
                Piece::Text(_) => None,
            })
            .collect()
    }

    #[test]
    fn addresses_are_found_without_what_stands_around_them() {
        assert_eq!(
            links("lihat https://kost.example/a?b=1&c=2."),
            ["https://kost.example/a?b=1&c=2"]
        );
        assert_eq!(
            links("(http://a.example), HTTPS://B.example!"),
            ["http://a.example", "HTTPS://B.example"]
        );
        assert_eq!(links("https://id.example/Air_(minum)"), ["https://id.example/Air_(minum)"]);
        assert_eq!(links("satu\nhttps://a.example\ndua"), ["https://a.example"]);
        assert_eq!(
            links("https://a.examplehttps://b.example é"),
            ["https://a.examplehttps://b.example"]
        );
    }

    #[test]
    fn brackets_without_end_are_counted_once() {
        let text = format!("http://a{}", ")".repeat(1_000_000));
        assert_eq!(links(&text), ["http://a"]);
        assert_eq!(links(&"_http://".repeat(100_000)), [""; 0]);
    }

    #[test]
    fn nothing_else_is_a_link() {
        for text in [
            "",
            "javascript://x",
            "ftp://a.example",
            "xhttps://a.example",
            "https://",
            "https://.",
            "://",
            "éhttp://a",
        ] {
            assert_eq!(links(text), [""; 0], "{text}");
        }
    }
}
