//! What the mails about an account say.

use mail::{Mailbox, Message};
use queue::Run;

use crate::App;
use crate::accounts::Account;
use crate::accounts::jobs::{AccountMail, SendAccountMail};
use crate::error::Result;
use crate::secret;
use crate::web::Letter;
use crate::words::Words;

/// What differs between the mails.
struct Wording {
    subject: &'static str,
    heading: &'static str,
    body: &'static str,
    /// Label, and the path that it leads to.
    button: (&'static str, String),
    /// Whoever did not ask for it may ignore it.
    is_unasked: bool,
}

fn wording(t: Words, mail: AccountMail, token: &str) -> Wording {
    match mail {
        AccountMail::VerifyEmail => Wording {
            subject: t.letter_verify_subject(),
            heading: t.letter_verify_heading(),
            body: t.letter_verify_body(),
            button: (t.letter_verify_button(), format!("/verify/{token}")),
            is_unasked: true,
        },
        AccountMail::EmailAlreadyKnown => Wording {
            subject: t.letter_known_subject(),
            heading: t.letter_known_heading(),
            body: t.letter_known_body(),
            button: (t.letter_known_button(), "/login".to_owned()),
            is_unasked: true,
        },
        AccountMail::ResetPassword => Wording {
            subject: t.mail_reset(),
            heading: t.letter_reset_heading(),
            body: t.letter_reset_body(),
            button: (t.letter_reset_button(), format!("/reset/{token}")),
            is_unasked: true,
        },
        AccountMail::PasswordChanged => Wording {
            subject: t.letter_changed_subject(),
            heading: t.letter_changed_heading(),
            body: t.letter_changed_body(),
            button: (t.letter_changed_button(), "/forgot".to_owned()),
            is_unasked: false,
        },
        AccountMail::EmailChanged => Wording {
            subject: t.letter_moved_subject(),
            heading: t.letter_moved_heading(),
            body: t.letter_moved_body(),
            button: (t.letter_moved_button(), "/account".to_owned()),
            is_unasked: false,
        },
    }
}

/// The mail that `job` asks for; `token` is the secret of its link. Its
/// Message-ID is the same for every attempt, unless each has a link of its own:
/// what reads as the mail before would be thrown away, and the new link with it.
pub fn compose(
    app: &App,
    account: &Account,
    job: &SendAccountMail,
    token: Option<&str>,
    run: &Run,
) -> Result<Message> {
    let t = Words::new(account.language);
    let wording = wording(t, job.mail, token.unwrap_or_default());
    // An address that nobody has verified may be a stranger's: they get no words of
    // whoever typed it.
    let name = (job.mail != AccountMail::VerifyEmail).then_some(account.name.as_str());
    let letter = Letter {
        t,
        lang: account.language.as_str(),
        subject: wording.subject.to_owned(),
        sender: "KostTicket".to_owned(),
        plate: None,
        pill: None,
        heading: wording.heading.to_owned(),
        lines: name
            .map(|name| t.letter_greeting(name))
            .into_iter()
            .chain([wording.body.to_owned()])
            .collect(),
        quote: None,
        facts: Vec::new(),
        button: (wording.button.0, app.url(&wording.button.1)),
        why: if wording.is_unasked { t.letter_ignore().to_owned() } else { String::new() },
        stop: None,
    };
    let (text, html) = letter.bodies()?;
    Ok(Message {
        to: Mailbox::new(name.unwrap_or_default(), &job.email),
        from: app.mail_from(),
        reply_to: None,
        subject: letter.subject,
        text,
        html: Some(html),
        message_id: app.message_id(&match token {
            Some(token) => format!("account-{}-{}", run.id, &secret::hash(token)[..16]),
            None => format!("account-{}", run.id),
        }),
        in_reply_to: None,
        references: Vec::new(),
        list_unsubscribe: None,
        auto_submitted: true,
        date: run.created_at,
    })
}
