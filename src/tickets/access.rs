//! Permission by type, for one report: who may not read it gets 404, with the
//! body of one that never was.

use axum::extract::{FromRequestParts, RawPathParams};
use db::{Db, On, Tx};
use http::request::Parts;

use crate::App;
use crate::error::{Error, Result};
use crate::kosts::{Member, Staff};
use crate::tickets::{self, Ticket, TicketNumber, Viewer, store};

/// The report of the address, and a member who may read it: its reporter, a
/// follower, or staff of its kost.
#[derive(Debug, Clone)]
pub struct Reading {
    pub member: Member,
    pub ticket: Ticket,
}

/// The report of the address, and staff who handle it.
#[derive(Debug, Clone)]
pub struct Handling {
    pub staff: Staff,
    pub reading: Reading,
}

impl Reading {
    /// Whether the reader reported it.
    pub fn is_reporter(&self) -> bool {
        self.ticket.reporter == self.member.account.id
    }

    /// The reader, as far as names and rooms go.
    pub fn viewer(&self) -> Viewer {
        let Member { account, role, location, .. } = &self.member;
        Viewer { account: account.id, is_staff: role.is_staff(), home: *location }
    }

    /// Its address.
    pub fn path(&self) -> String {
        self.ticket.path(&self.member.kost.slug)
    }

    /// Begins to write: the report as it is now, locked, for a member who still
    /// may read it.
    ///
    /// # Errors
    /// Those of [`Member::begin`]; [`Error::NotFound`] for who follows it no more.
    pub async fn begin(&self, db: &Db) -> Result<(Tx, Ticket)> {
        let mut tx = self.member.begin(db).await?;
        let ticket = tickets::load_for_change(&mut tx, self.ticket.kost, self.ticket.id).await?;
        must_read(&mut tx, &self.member, &ticket).await?;
        Ok((tx, ticket))
    }
}

async fn must_read(on: impl Into<On<'_>>, member: &Member, ticket: &Ticket) -> Result<()> {
    let may_read = member.role.is_staff()
        || ticket.reporter == member.account.id
        || store::is_follower(on, ticket, member.account.id).await?;
    if may_read { Ok(()) } else { Err(Error::NotFound) }
}

impl FromRequestParts<App> for Reading {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Reading> {
        let member = Member::from_request_parts(parts, app).await?;
        let path =
            RawPathParams::from_request_parts(parts, app).await.map_err(|_| Error::NotFound)?;
        let number = path.iter().find_map(|(name, value)| (name == "number").then_some(value));
        let number: TicketNumber = number.unwrap_or("").parse().map_err(|_| Error::NotFound)?;
        let ticket =
            store::with_number(&app.db, member.kost.id, number).await?.ok_or(Error::NotFound)?;
        must_read(&app.db, &member, &ticket).await?;
        Ok(Reading { member, ticket })
    }
}

impl FromRequestParts<App> for Handling {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Handling> {
        let reading = Reading::from_request_parts(parts, app).await?;
        let staff = reading.member.staff().ok_or(Error::Forbidden)?;
        Ok(Handling { staff, reading })
    }
}
