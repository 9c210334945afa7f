//! What somebody typed to comment on a report, checked.

use crate::web::{Form, Problem};

/// A comment or an internal note, checked.
#[derive(Debug, Clone)]
pub struct NewComment {
    pub body: String,
    pub is_internal: bool,
}

impl NewComment {
    /// Longest comment, in characters.
    pub const BODY: usize = 5000;

    /// Checks a comment form [body, internal]. Photos may stand without words.
    ///
    /// # Errors
    /// What is wrong with the field `body`.
    pub fn parse(form: &Form, has_photos: bool) -> Result<NewComment, Problem> {
        let is_internal = form.is_on("internal");
        let body = match form.lines("body", Self::BODY)? {
            Some(body) => body,
            None if has_photos => String::new(),
            None => return Err(Problem::Required),
        };
        Ok(NewComment { body, is_internal })
    }
}
