//! What was typed when the session had ended: it goes through the log-in in a
//! hidden field and waits as a draft for the page whose form it belongs to.

use db::Tx;

use crate::App;
use crate::accounts::{AccountId, store};
use crate::error::Result;
use crate::web::Form;

/// Bytes of typed text, as JSON, that go through a log-in.
pub const MAX_TYPED: usize = 64 * 1024;

/// The text fields of a form that was sent without a session; no secrets, no files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed(Vec<(String, String)>);

impl Typed {
    /// What a form holds that is worth keeping; `None` when that is nothing, or
    /// more than [`MAX_TYPED`].
    pub fn of(form: &Form) -> Option<Typed> {
        let fields =
            form.fields().iter().filter(|(name, _)| !name.contains("password")).cloned().collect();
        let typed = Typed(fields);
        (!typed.0.is_empty() && typed.json().len() <= MAX_TYPED).then_some(typed)
    }

    /// As a hidden field carries it.
    pub fn json(&self) -> String {
        // Pairs of strings always are JSON.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Out of the hidden field; `None` when that is empty or not ours.
    pub fn from_json(json: &str) -> Option<Typed> {
        (json.len() <= MAX_TYPED).then(|| serde_json::from_str(json).ok()).flatten().map(Typed)
    }

    /// Keeps it as a draft of `account` for the page at `next`, and gives the
    /// address that shows it there.
    pub async fn keep(&self, tx: &mut Tx, account: AccountId, next: &str) -> Result<String> {
        let (path, query) = next.split_once('?').unwrap_or((next, ""));
        let id = store::keep_draft(tx, account, path, &self.json()).await?;
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(
                form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "draft"),
            )
            .append_pair("draft", &id.to_string())
            .finish();
        Ok(format!("{path}?{query}"))
    }
}

/// What was typed into the form of the page that is asked for when the session
/// had ended: somebody logged in again and came back to `…?draft=ID`. `None` for
/// every other visit, for somebody else's draft, and for one of another page.
/// Pages get it from `Page::form_or`.
///
/// Photos are not in it: they have to be chosen again. Fields whose names
/// contain `password` are never kept.
pub async fn draft_of(
    app: &App,
    asked: &http::request::Parts,
    account: AccountId,
) -> Result<Option<Form>> {
    let draft = Form::from_query(asked.uri.query().unwrap_or_default());
    let Ok(id) = draft.text("draft").parse::<i64>() else { return Ok(None) };
    let kept = store::draft(&app.db, account, id, asked.uri.path()).await?;
    Ok(kept.as_deref().and_then(Typed::from_json).map(|Typed(fields)| Form::from_fields(fields)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_kept() {
        let form = Form::of([
            ("title", "keran"),
            ("password", "tiga kata acak"),
            ("current_password", "lama sekali"),
        ]);
        let typed = Typed::of(&form).unwrap();
        assert_eq!(typed.json(), r#"[["title","keran"]]"#);
        assert_eq!(Typed::from_json(&typed.json()), Some(typed));
    }

    #[test]
    fn too_much_and_nothing_are_not_kept() {
        assert_eq!(Typed::of(&Form::default()), None);
        assert_eq!(Typed::of(&Form::of([("body", "x".repeat(MAX_TYPED).as_str())])), None);
        assert_eq!(Typed::from_json("{}"), None);
        assert_eq!(Typed::from_json(""), None);
    }
}
