//! Getting an account, as a resident of a kost that is open to all or whose
//! code one has. Whether an e-mail address has an account already is never told.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::accounts::pages::notice::Notice;
use crate::accounts::pages::{join, limited, seconds_to_wait, with_cookie};
use crate::accounts::{AccountId, NewAccount, email, session, store};
use crate::error::{Error, Result};
use crate::kosts::{self, Kost, Location, Registration, Role, Visitor};
use crate::web::{FieldErrors, Flash, Form, Page, Problem, TextForm, client_network, redirect_to};
use db::Tx;

#[derive(Template)]
#[template(path = "accounts/register.html")]
pub(super) struct RegisterPage<'a> {
    page: &'a Page,
    form: Form,
    errors: FieldErrors,
    notice: Option<String>,
    /// Whose code it is.
    invited_to: Option<Kost>,
    open: Vec<Kost>,
    /// Of the kost that is meant, where that is known already.
    rooms: Vec<Location>,
}

impl<'a> RegisterPage<'a> {
    pub async fn new(
        page: &'a Page,
        form: Form,
        invited_to: Option<Kost>,
    ) -> Result<RegisterPage<'a>> {
        let db = &page.app.db;
        let open = match form.text("invite") {
            "" => kosts::store::open_to_all(db).await?,
            _ => Vec::new(),
        };
        let only = open.first().filter(|_| open.len() == 1);
        let rooms = match invited_to.as_ref().or(only) {
            Some(kost) => kosts::store::rooms(db, kost.id).await?,
            None => Vec::new(),
        };
        Ok(RegisterPage {
            page,
            form,
            errors: FieldErrors::default(),
            notice: None,
            invited_to,
            open,
            rooms,
        })
    }

    pub fn show(&self, status: StatusCode) -> Result<Response> {
        self.page.html_with(status, self)
    }

    /// The kost that is meant: by its code, or one that is open to all.
    async fn kost(&self, errors: &mut FieldErrors) -> Result<Option<Kost>> {
        let chosen = self.form.text("kost");
        Ok(match (self.form.text("invite"), self.open.as_slice()) {
            ("", []) => errors.take("invite", Err(Problem::Required)),
            ("", [only]) => Some(only.clone()),
            ("", _) if chosen.is_empty() => errors.take("kost", Err(Problem::Required)),
            ("", _) => {
                let kost = kosts::store::with_slug(&self.page.app.db, chosen).await?;
                let open = kost.filter(|kost| kost.registration == Registration::Open);
                errors.take("kost", open.ok_or(Problem::UnknownChoice))
            }
            (_, _) => errors.take("invite", self.invited_to.clone().ok_or(Problem::InviteUnknown)),
        })
    }
}

pub async fn show(page: Page, parts: Parts) -> Result<Response> {
    if Visitor::of(&parts.extensions).is_some() {
        return Ok(redirect_to("/"));
    }
    if store::is_empty(&page.app.db).await? {
        return Ok(redirect_to("/"));
    }
    if kosts::store::is_closed_to_all(&page.app.db).await? {
        let t = page.t;
        let notice = Notice::new(&page, t.register_closed_title(), t.register_closed_body());
        return notice.leading_to(t.forgot_back(), "/login").show(StatusCode::OK);
    }
    let query = Form::from_query(parts.uri.query().unwrap_or(""));
    let form = Form::of([("invite", query.text("invite"))]);
    let invited_to = inviting(&page, &parts, &form).await?;
    RegisterPage::new(&page, form, invited_to).await?.show(StatusCode::OK)
}

/// Form: [username, name, email, phone, password, password_again, invite,
/// location], and `kost` (a slug) where several kosts are open to all.
pub async fn register(page: Page, parts: Parts, TextForm(form): TextForm) -> Result<Response> {
    if Visitor::of(&parts.extensions).is_some() {
        return Ok(redirect_to("/"));
    }
    let network = client_network(&page.app.config, &parts);
    let invited_to = match page.app.limits.register.check(network).await {
        Ok(()) => inviting(&page, &parts, &form).await,
        Err(error) => Err(error),
    };
    let invited_to = match invited_to {
        Ok(invited_to) => invited_to,
        Err(Error::TooMany { seconds }) => {
            // It does not say whose code it has.
            let template = RegisterPage::new(&page, form, None).await?;
            return limited(&page, seconds, |notice| RegisterPage { notice, ..template });
        }
        Err(error) => return Err(error),
    };
    let template = RegisterPage::new(&page, form, invited_to).await?;
    let mut errors = FieldErrors::default();
    let kost = template.kost(&mut errors).await?;
    let room = match &kost {
        Some(kost) => {
            kosts::store::room_of(&page.app.db, kost.id, template.form.text("location")).await?
        }
        None => Ok(None),
    };
    let room = errors.take("location", room);
    let new = NewAccount::parse(&template.form, page.t.language());
    let (Some(kost), Some(room), Ok(new)) = (kost, room, &new) else {
        errors.extend(new.err());
        // Everything that is wrong is said at once.
        let username = template.form.text("username").to_lowercase();
        if errors.of("username").is_none() && store::is_taken(&page.app.db, &username).await? {
            errors.add("username", Problem::UsernameTaken);
        }
        return RegisterPage { errors, ..template }.show(StatusCode::UNPROCESSABLE_ENTITY);
    };
    if let Some(seconds) = seconds_to_wait(page.app.limits.register_kost.check(kost.id).await)? {
        return limited(&page, seconds, |notice| RegisterPage { notice, ..template });
    }
    let hash = page.app.passwords.hash(new.password.clone()).await?;
    if store::is_taken(&page.app.db, &new.username).await? {
        let errors = FieldErrors::one("username", Problem::UsernameTaken);
        return RegisterPage { errors, ..template }.show(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let may_be_mailed = may_be_mailed(&page, new.email.as_deref()).await?;
    let mut tx = page.app.db.begin().await?;
    let Some(account) = insert(&mut tx, new, &hash).await? else {
        let errors = FieldErrors::one("username", Problem::UsernameTaken);
        return RegisterPage { errors, ..template }.show(StatusCode::UNPROCESSABLE_ENTITY);
    };
    kosts::join(&mut tx, account, kost.id, Role::Resident, room).await?;
    if let Some(email) = new.email.as_deref().filter(|_| may_be_mailed) {
        email::send_link(&mut tx, account, email).await?;
    }
    let cookie = session::start(&mut tx, &page.app, &parts, account, true).await?;
    tx.commit().await?;
    // Whether the address has an account already is never told.
    let flash = if new.email.is_some() { Flash::WelcomeMail } else { Flash::Welcome };
    Ok(with_cookie(page.done("/", flash), cookie))
}

/// The kost whose code was given.
async fn inviting(page: &Page, parts: &Parts, form: &Form) -> Result<Option<Kost>> {
    match form.text("invite") {
        "" => Ok(None),
        code => join::kost_of(page, parts, code).await,
    }
}

/// Inserts the account; `None` when the username is taken.
pub(super) async fn insert(tx: &mut Tx, new: &NewAccount, hash: &str) -> Result<Option<AccountId>> {
    match store::insert(tx, new, hash, false).await {
        Ok(account) => Ok(Some(account)),
        Err(error) if error.constraint() == Some("account_username_key") => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Nobody's mailbox is filled through us: beyond the limit the account is made
/// all the same, and its owner can ask for the link later.
async fn may_be_mailed(page: &Page, email: Option<&str>) -> Result<bool> {
    let Some(email) = email else { return Ok(false) };
    Ok(seconds_to_wait(page.app.limits.verify_receiver.check(email).await)?.is_none())
}
