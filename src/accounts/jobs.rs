//! Mails about an account itself, and the nightly clean-up.

use std::time::Duration;

use jiff::SignedDuration;
use mail::Folder;
use queue::{Job, JobResult, Outcome, Run};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::accounts::link::{self, LinkKind};
use crate::accounts::{Account, AccountId, Login, mails, session, store};
use crate::web::{post, rate};

db::text_enum! {
    /// The mails about an account itself.
    pub enum AccountMail {
        VerifyEmail = "verify_email",
        /// Somebody registered with an address that has an account already.
        EmailAlreadyKnown = "email_already_known",
        ResetPassword = "reset_password",
        PasswordChanged = "password_changed",
        /// To the address that counted before.
        EmailChanged = "email_changed",
    }
}

/// What a mail without a link tells is worth telling for so long.
const NOTICE_LIVES: SignedDuration = SignedDuration::from_hours(24 * 3);

impl AccountMail {
    /// The kind of link in it.
    fn link(self) -> Option<LinkKind> {
        match self {
            AccountMail::VerifyEmail => Some(LinkKind::VerifyEmail),
            AccountMail::ResetPassword => Some(LinkKind::ResetPassword),
            AccountMail::EmailAlreadyKnown
            | AccountMail::PasswordChanged
            | AccountMail::EmailChanged => None,
        }
    }
}

/// Sends a mail about an account. The link's token is made when the job runs,
/// so that it never lies in the queue.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendAccountMail {
    pub account: AccountId,
    pub mail: AccountMail,
    /// Where to.
    pub email: String,
}

impl Job for SendAccountMail {
    type App = App;
    const NAME: &'static str = "SendAccountMail";
    const QUEUE: &'static str = "mail";
    const PRIORITY: i32 = -10;
    const MAX_ATTEMPTS: i32 = 8;
    const TIMEOUT: Duration = post::TIMEOUT;

    fn limit(&self) -> Option<(String, i32)> {
        post::limit()
    }

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let Some(account) = store::get(&app.db, self.account).await? else {
            return Ok(Outcome::Cancel("the account is gone".to_owned()));
        };
        if !self.still_concerns(&account) {
            return Ok(Outcome::Cancel("the address has changed since".to_owned()));
        }
        let kind = self.mail.link();
        let mut token = None;
        if let Some(kind) = kind {
            let mut tx = app.db.begin().await?;
            let since = run.created_at;
            token = Some(link::create(&mut tx, kind, account.id, &self.email, since).await?);
            tx.commit().await?;
        }
        let message = mails::compose(app, &account, self, token.as_deref(), run)?;
        let Err(error) = app.mailer.send(&message).await else { return Ok(Outcome::Done) };
        let age = app.clock.now().duration_since(run.created_at);
        Err(post::failure(error, age, kind.map_or(NOTICE_LIVES, LinkKind::lifetime)))
    }
}

impl SendAccountMail {
    /// A link must not reach an address that the account has given up since.
    fn still_concerns(&self, account: &Account) -> bool {
        let address = Some(self.email.as_str());
        match self.mail {
            AccountMail::VerifyEmail => account.pending_email.as_deref() == address,
            AccountMail::ResetPassword => account.email.as_deref() == address,
            AccountMail::EmailAlreadyKnown
            | AccountMail::PasswordChanged
            | AccountMail::EmailChanged => true,
        }
    }
}

/// Sends a link to choose a new password to whoever is meant by a username, an
/// e-mail address or a telephone number. Looked up here and not in the request,
/// so that its answer takes as long for a name that nobody has.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendResetLinks {
    /// In the form in which it is stored.
    pub login: String,
}

impl Job for SendResetLinks {
    type App = App;
    const NAME: &'static str = "SendResetLinks";
    const QUEUE: &'static str = "mail";
    const PRIORITY: i32 = -10;

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let mut tx = app.db.begin().await?;
        for (id, _) in store::log_in_candidates(&mut tx, &Login::parse(&self.login)).await? {
            if let Some(email) = store::get(&mut tx, id).await?.and_then(|account| account.email) {
                SendAccountMail { account: id, mail: AccountMail::ResetPassword, email }
                    .enqueue(&mut tx)
                    .await?;
            }
        }
        run.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// Forgets what has expired: sessions, links, drafts.
#[derive(Debug, Serialize, Deserialize)]
pub struct CleanUp {}

impl Job for CleanUp {
    type App = App;
    const NAME: &'static str = "CleanUp";
    const QUEUE: &'static str = "maintenance";

    async fn run(&self, app: &App, run: &mut Run) -> JobResult {
        let mut tx = app.db.begin().await?;
        while !session::delete_expired(&mut tx).await? {
            tx.commit().await?;
            tx = app.db.begin().await?;
        }
        link::delete_expired(&mut tx).await?;
        store::delete_old_drafts(&mut tx).await?;
        rate::forget_unused(&mut tx).await?;
        run.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// How long a mail stays in the folder that stands in for a mail server.
const MAIL_KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Removes old mails from the folder, also when a mail server has taken its place since.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveOldMails {}

impl Job for RemoveOldMails {
    type App = App;
    const NAME: &'static str = "RemoveOldMails";
    const QUEUE: &'static str = "maintenance";

    async fn run(&self, app: &App, _: &mut Run) -> JobResult {
        Folder::new(app.config.mail_folder()).remove_before(app.clock.now() - MAIL_KEPT).await?;
        Ok(Outcome::Done)
    }
}
