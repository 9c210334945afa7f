//! Permission by type, for one report: who may not read it gets 404, with the
//! body of one that never was.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::App;
use crate::error::{Error, Result};
use crate::kosts::{Member, Staff};
use crate::tickets::{Ticket, TicketNumber, store};

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
    pub ticket: Ticket,
}

impl Reading {
    /// Whether the reader reported it.
    pub fn is_reporter(&self) -> bool {
        self.ticket.reporter == self.member.account.id
    }

    /// Its address.
    pub fn path(&self) -> String {
        self.ticket.path(&self.member.kost.slug)
    }
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
        let may_read = member.role.is_staff()
            || ticket.reporter == member.account.id
            || store::is_follower(&app.db, ticket.id, member.account.id).await?;
        if may_read { Ok(Reading { member, ticket }) } else { Err(Error::NotFound) }
    }
}

impl FromRequestParts<App> for Handling {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Handling> {
        let Reading { member, ticket } = Reading::from_request_parts(parts, app).await?;
        let staff = member.staff().ok_or(Error::Forbidden)?;
        Ok(Handling { staff, ticket })
    }
}
