//! Changing one's password: every other device has to log in again.

use askama::Template;
use axum::response::Response;
use db::Tx;
use http::request::Parts;

use crate::accounts::link::{self, LinkKind};
use crate::accounts::pages::reset::new_password;
use crate::accounts::{Account, AccountId, SessionId, email, session, store};
use crate::error::{Error, Result};
use crate::kosts::SignedIn;
use crate::web::{FieldErrors, Flash, Page, Problem, TextForm, client_network};

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct PasswordPage<'a> {
    page: &'a Page,
    errors: FieldErrors,
    username: &'a str,
}

pub async fn show(page: Page, SignedIn(visitor): SignedIn) -> Result<Response> {
    page.html(&PasswordPage {
        page: &page,
        errors: FieldErrors::default(),
        username: &visitor.account.username,
    })
}

/// Form: [current_password, password, password_again].
pub async fn change(
    page: Page,
    SignedIn(visitor): SignedIn,
    parts: Parts,
    TextForm(form): TextForm,
) -> Result<Response> {
    let account = &visitor.account;
    let mut errors = FieldErrors::default();
    let proof = errors.take(
        "current_password",
        Proof::of(&page, &parts, account, form.value("current_password")).await?,
    );
    let (proof, password) = match (proof, new_password(&form, &account.username)) {
        (Some(proof), Ok(password)) => (proof, password),
        (_, parsed) => {
            errors.extend(parsed.err());
            return page.invalid(&PasswordPage {
                page: &page,
                errors,
                username: &account.username,
            });
        }
    };
    let hash = page.app.passwords.hash(password).await?;
    let mut tx = page.app.db.begin().await?;
    proof.must_hold(&mut tx, visitor.session).await?;
    store::set_password(&mut tx, account.id, &hash).await?;
    session::end_others(&mut tx, account.id, Some(visitor.session)).await?;
    link::withdraw(&mut tx, LinkKind::ResetPassword, account.id).await?;
    email::give_up_pending(&mut tx, account.id).await?;
    email::tell_password_changed(&mut tx, account.id, account.email.as_deref()).await?;
    tx.commit().await?;
    Ok(page.done("/account", Flash::PasswordChanged))
}

/// Somebody has shown that they know the password of the account.
pub(super) struct Proof {
    account: AccountId,
    hash: String,
}

impl Proof {
    /// Compares the password; guesses count as log-ins.
    pub(super) async fn of(
        page: &Page,
        parts: &Parts,
        account: &Account,
        password: &str,
    ) -> Result<Result<Proof, Problem>> {
        if password.is_empty() {
            return Ok(Err(Problem::Required));
        }
        let network = client_network(&page.app.config, parts);
        page.app.limits.log_in.check(format!("{network} {}", account.username)).await?;
        let hash = store::password_hash(&page.app.db, account.id).await?;
        let matches = page.app.passwords.verify(password.to_owned(), Some(hash.clone())).await?;
        let proof = Proof { account: account.id, hash };
        Ok(if matches { Ok(proof) } else { Err(Problem::PasswordWrong) })
    }

    /// Comparing takes a while: the owner may have shut somebody out meanwhile.
    ///
    /// # Errors
    /// [`Error::LogIn`] when the password is another one, or the session has ended.
    pub(super) async fn must_hold(&self, tx: &mut Tx, session: SessionId) -> Result<()> {
        let holds = store::lock_password(tx, self.account).await? == self.hash
            && session::expires_at(&mut *tx, session).await?.is_some();
        if holds { Ok(()) } else { Err(Error::LogIn) }
    }
}
