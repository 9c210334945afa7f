//! Parts of a sentence that stand out: a name is marked before it goes into its
//! sentence, and templates write the sentence part by part.

/// The marks are Unicode's isolates, which nobody sees should they ever be shown.
const BEGIN: char = '\u{2068}';
const END: char = '\u{2069}';

/// Marks a text as one that stands out.
pub fn strong(text: &str) -> String {
    format!("{BEGIN}{}{END}", text.replace([BEGIN, END], ""))
}

/// The parts of a sentence in their order, and whether each stands out.
pub fn parts(sentence: &str) -> impl Iterator<Item = (bool, &str)> {
    let parts = sentence.split([BEGIN, END]).enumerate();
    parts.map(|(at, part)| (at % 2 == 1, part)).filter(|(_, part)| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_stands_out_and_the_rest_does_not() {
        let sentence = format!("{} menugaskan {}", strong("Budi"), strong("Jo\u{2069}ko"));
        let parts = parts(&sentence).collect::<Vec<_>>();
        assert_eq!(parts, [(true, "Budi"), (false, " menugaskan "), (true, "Joko")]);
    }
}
