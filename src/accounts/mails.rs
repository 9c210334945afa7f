//! What the mails about an account say.

use mail::{Mailbox, Message};

use crate::App;
use crate::accounts::Account;
use crate::accounts::jobs::{AccountMail, SendAccountMail};
use crate::error::Result;
use crate::web::Letter;
use crate::words::Words;

/// The mail that `job` asks for; `token` is the secret of its link, `id` makes
/// its Message-ID, the same for every attempt.
pub fn compose(
    app: &App,
    account: &Account,
    job: &SendAccountMail,
    token: Option<&str>,
    id: i64,
) -> Result<Message> {
    let t = Words::new(account.language);
    let token = token.unwrap_or_default();
    let (subject, heading, body, button, path, is_unasked) = match job.mail {
        AccountMail::VerifyEmail => (
            t.letter_verify_subject(),
            t.letter_verify_heading(),
            t.letter_verify_body(),
            t.letter_verify_button(),
            format!("/verify/{token}"),
            true,
        ),
        AccountMail::EmailAlreadyKnown => (
            t.letter_known_subject(),
            t.letter_known_heading(),
            t.letter_known_body(),
            t.letter_known_button(),
            "/login".to_owned(),
            true,
        ),
        AccountMail::ResetPassword => (
            t.mail_reset(),
            t.letter_reset_heading(),
            t.letter_reset_body(),
            t.letter_reset_button(),
            format!("/reset/{token}"),
            true,
        ),
        AccountMail::PasswordChanged => (
            t.letter_changed_subject(),
            t.letter_changed_heading(),
            t.letter_changed_body(),
            t.letter_changed_button(),
            "/forgot".to_owned(),
            false,
        ),
    };
    let letter = Letter {
        t,
        lang: account.language.as_str(),
        subject: subject.to_owned(),
        sender: "KostTicket".to_owned(),
        plate: None,
        pill: None,
        heading: heading.to_owned(),
        lines: vec![t.letter_greeting(&account.name), body.to_owned()],
        quote: None,
        facts: Vec::new(),
        button: (button, app.url(&path)),
        why: if is_unasked { t.letter_ignore().to_owned() } else { String::new() },
        stop: None,
    };
    let (text, html) = letter.bodies()?;
    Ok(Message {
        to: Mailbox::new(&account.name, &job.email),
        from: app.mail_from(),
        reply_to: None,
        subject: letter.subject,
        text,
        html: Some(html),
        message_id: app.message_id(&format!("account-{id}")),
        in_reply_to: None,
        references: Vec::new(),
        list_unsubscribe: None,
        auto_submitted: true,
        date: app.clock.now(),
    })
}
