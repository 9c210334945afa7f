//! How an address comes to count: its owner opens the link sent to it. Whether
//! an address has an account already is told to its owner only, by e-mail, so
//! that no answer of ours tells anybody else, nor how long it takes.

use db::Tx;
use queue::Job;

use crate::accounts::jobs::{AccountMail, SendAccountMail};
use crate::accounts::link::{self, LinkKind};
use crate::accounts::{AccountId, store};
use crate::error::Result;

/// Notes the address of an account as given and sends its link.
pub async fn give(tx: &mut Tx, account: AccountId, email: &str) -> Result<()> {
    store::set_pending_email(tx, account, Some(email)).await?;
    send_link(tx, account, email).await
}

/// Sends the link that makes an address count; to an address that counts for
/// another account goes a word to its owner instead.
pub async fn send_link(tx: &mut Tx, account: AccountId, email: &str) -> Result<()> {
    let owner = store::with_email(&mut *tx, email).await?;
    let (account, mail) = match owner {
        Some(owner) if owner.id != account => (owner.id, AccountMail::EmailAlreadyKnown),
        _ => (account, AccountMail::VerifyEmail),
    };
    SendAccountMail { account, mail, email: email.to_owned() }.enqueue(tx).await?;
    Ok(())
}

/// Forgets the address that waits for its link: who chose a new password may do
/// so because somebody else knew the old one, and gave an address of their own.
pub async fn give_up_pending(tx: &mut Tx, account: AccountId) -> Result<()> {
    link::withdraw(tx, LinkKind::VerifyEmail, account).await?;
    store::set_pending_email(tx, account, None).await
}

/// Tells the owner of a verified address that the password was changed.
pub async fn tell_password_changed(
    tx: &mut Tx,
    account: AccountId,
    email: Option<&str>,
) -> Result<()> {
    tell(tx, account, AccountMail::PasswordChanged, email).await
}

/// Tells the address that counted until now that it does no more: whoever took
/// the account over can take its address away, but not unseen.
pub async fn tell_email_changed(
    tx: &mut Tx,
    account: AccountId,
    before: Option<&str>,
) -> Result<()> {
    tell(tx, account, AccountMail::EmailChanged, before).await
}

async fn tell(
    tx: &mut Tx,
    account: AccountId,
    mail: AccountMail,
    email: Option<&str>,
) -> Result<()> {
    if let Some(email) = email {
        SendAccountMail { account, mail, email: email.to_owned() }.enqueue(tx).await?;
    }
    Ok(())
}
