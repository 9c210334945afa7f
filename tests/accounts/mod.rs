//! People: getting an account, proving who one is, and one's own settings.

mod drafts;
mod email;
mod joining;
mod landing;
mod log_in;
mod own_account;
mod passwords;
mod registration;
mod set_up;

use crate::support::{Answer, TestApp};

/// The value of a hidden field, as a browser would send it.
fn hidden(answer: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let value = answer.text.split(&start).nth(1).and_then(|rest| rest.split('"').next());
    let value = value.unwrap_or_else(|| panic!("no field {name} in {}", answer.text));
    value
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}

/// The cookie of the session that this answer starts.
fn session_cookie(answer: &Answer) -> String {
    let cookies = answer.cookies();
    let cookie = cookies.split("; ").find(|cookie| cookie.starts_with("kt_session="));
    cookie.unwrap().to_owned()
}

/// The path of the link in the one mail that went to this address.
async fn mailed_path(app: &TestApp, to: &str, part: &str) -> String {
    app.run_tasks().await;
    let mails = app.mail.sent();
    let mail = mails.iter().rev().find(|mail| mail.to.address == to && mail.text.contains(part));
    let text = &mail.unwrap_or_else(|| panic!("no mail with {part} to {to}")).text;
    let rest = text.split("http://kost.test").find(|rest| rest.starts_with(part)).unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Every stored row of a table that has secrets, as text.
async fn stored(app: &TestApp, table: &str, column: &str) -> Vec<String> {
    let rows: Vec<(String,)> = db::query("SELECT ")
        .push(column)
        .push(" FROM ")
        .push(table)
        .all(&app.app.db)
        .await
        .unwrap();
    rows.into_iter().map(|(text,)| text).collect()
}
