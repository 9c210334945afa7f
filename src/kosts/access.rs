//! Permission by type: a handler that takes one of these has had it checked.
//! Who may not know of a kost gets 404, with the body of one that never was.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use db::{Db, Tx};
use http::request::Parts;

use crate::App;
use crate::accounts::{self, Account, AccountId, SessionId};
use crate::error::{Error, Result};
use crate::kosts::{Kost, Location, LocationId, LocationKind, Membership, Role, Visitor, store};

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Arc<Visitor>);

impl Deref for SignedIn {
    type Target = Visitor;
    fn deref(&self) -> &Visitor {
        &self.0
    }
}

/// Somebody who belongs to the kost of the address, in whatever role; an
/// installation admin belongs to every kost, as an owner.
#[derive(Debug, Clone)]
pub struct Member {
    pub account: Account,
    pub kost: Kost,
    pub role: Role,
    /// A resident's own room.
    pub location: Option<LocationId>,
    /// Not a member at all, but the installation's admin.
    pub is_visiting_admin: bool,
    /// The device that asks; none outside of any request.
    session: Option<SessionId>,
}

/// Caretaker, manager or owner of the kost of the address.
#[derive(Debug, Clone)]
pub struct Staff(Member);

impl Deref for Staff {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.0
    }
}

/// Manager or owner of the kost of the address.
#[derive(Debug, Clone)]
pub struct Manager(Staff);

impl Deref for Manager {
    type Target = Staff;
    fn deref(&self) -> &Staff {
        &self.0
    }
}

/// Somebody who runs the installation.
#[derive(Debug, Clone)]
pub struct InstallationAdmin(pub Arc<Visitor>);

impl Member {
    /// The proof that this member is staff, if so.
    pub fn staff(&self) -> Option<Staff> {
        self.role.is_staff().then(|| Staff(self.clone()))
    }

    /// Begins to write, as what this member was when the request came in.
    /// Photos take minutes on a bad line; what ended meanwhile writes nothing.
    ///
    /// # Errors
    /// [`Error::LogIn`] when the session has ended, [`Error::NotFound`] when the
    /// membership has, [`Error::Conflict`] when the role is another one.
    pub async fn begin(&self, db: &Db) -> Result<Tx> {
        let mut tx = db.begin().await?;
        self.must_stand(&mut tx).await?;
        Ok(tx)
    }

    /// As [`begin`](Member::begin), for changes of who is what in the kost: one at a
    /// time, and each by somebody who may do it after the one before.
    ///
    /// # Errors
    /// Those of [`begin`](Member::begin).
    pub async fn begin_alone(&self, db: &Db) -> Result<Tx> {
        let mut tx = db.begin().await?;
        store::lock(&mut tx, self.kost.id).await?;
        self.must_stand(&mut tx).await?;
        Ok(tx)
    }

    async fn must_stand(&self, tx: &mut Tx) -> Result<()> {
        let Some(session) = self.session else { return Ok(()) };
        let (is_admin, role) =
            store::standing(tx, session, self.kost.id).await?.ok_or(Error::LogIn)?;
        let role = role.or(is_admin.then_some(Role::Owner)).ok_or(Error::NotFound)?;
        if role == self.role { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Whether this member may report a problem there: residents in their own
    /// room and the shared facilities, or anywhere while they have no room yet.
    pub fn may_report(&self, location: &Location) -> bool {
        self.role.is_staff()
            || location.kind == LocationKind::Shared
            || self.location.is_none_or(|own| own == location.id)
    }

    /// The member of a kost that an account is, outside of any request.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is none.
    pub async fn load(app: &App, account: AccountId, slug: &str) -> Result<Member> {
        let memberships = store::memberships_of(&app.db, account).await?;
        let account = accounts::store::get(&app.db, account).await?.ok_or(Error::NotFound)?;
        Member::of(app, None, account, &memberships, slug).await
    }

    async fn of(
        app: &App,
        session: Option<SessionId>,
        account: Account,
        memberships: &[Membership],
        slug: &str,
    ) -> Result<Member> {
        let membership = memberships.iter().find(|membership| membership.slug == slug);
        if membership.is_none() && !account.is_admin {
            return Err(Error::NotFound);
        }
        let kost = store::with_slug(&app.db, slug).await?.ok_or(Error::NotFound)?;
        Ok(Member {
            role: membership.map_or(Role::Owner, |membership| membership.role),
            location: membership.and_then(|membership| membership.location),
            is_visiting_admin: membership.is_none(),
            session,
            account,
            kost,
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<SignedIn> {
        Visitor::of(&parts.extensions).cloned().map(SignedIn).ok_or(Error::LogIn)
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Member> {
        let SignedIn(visitor) = SignedIn::from_request_parts(parts, app).await?;
        let path =
            RawPathParams::from_request_parts(parts, app).await.map_err(|_| Error::NotFound)?;
        let slug = path.iter().find_map(|(name, value)| (name == "kost").then(|| value.to_owned()));
        let slug = slug.ok_or(Error::NotFound)?;
        let Visitor { session, account, memberships, .. } = &*visitor;
        Member::of(app, Some(*session), account.clone(), memberships, &slug).await
    }
}

impl FromRequestParts<App> for Staff {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Staff> {
        Member::from_request_parts(parts, app).await?.staff().ok_or(Error::Forbidden)
    }
}

impl FromRequestParts<App> for Manager {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Manager> {
        let staff = Staff::from_request_parts(parts, app).await?;
        if staff.role.runs_the_kost() { Ok(Manager(staff)) } else { Err(Error::Forbidden) }
    }
}

impl FromRequestParts<App> for InstallationAdmin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<InstallationAdmin> {
        let SignedIn(visitor) = SignedIn::from_request_parts(parts, app).await?;
        // Whoever is no admin may not know that there is such a page.
        if visitor.account.is_admin { Ok(InstallationAdmin(visitor)) } else { Err(Error::NotFound) }
    }
}
