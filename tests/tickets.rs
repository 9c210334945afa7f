//! Reports, through HTTP: every rule of theirs, and what bad input gets.

mod access;
mod answers;
mod assignment;
mod comments;
mod followers;
mod handling;
mod home;
mod photo_store;
mod photos;
pub mod pictures;
mod reporting;

use kostticket::kosts::Role;
use kostticket::tickets::photos::Photo;
use kostticket::tickets::{self, Ticket, TicketId, TicketNumber};

use crate::support::{Kost, Person, TestApp};

/// A kost with a resident, a manager and a caretaker, and one report of hers.
struct House<'a> {
    kost: Kost,
    rani: Person<'a>,
    budi: Person<'a>,
    joko: Person<'a>,
    number: TicketNumber,
    /// The report's address.
    path: String,
}

impl<'a> House<'a> {
    async fn new(app: &'a TestApp) -> House<'a> {
        let kost = app.kost("Kost Melati").await;
        let rani = app.member("rani", &kost, Role::Resident).await;
        let budi = app.member("budi", &kost, Role::Manager).await;
        let joko = app.member("joko", &kost, Role::Caretaker).await;
        let number = rani.report(&kost, "Keran bocor", "01").await;
        app.run_tasks().await;
        let path = kost.path(&format!("/tickets/{number}"));
        House { kost, rani, budi, joko, number, path }
    }

    /// The report as it is now.
    async fn ticket(&self, app: &TestApp) -> Ticket {
        ticket(app, &self.kost, self.number).await
    }

    /// The manager sets the status, with the version of now.
    async fn set_status(&self, app: &TestApp, status: &str) {
        let version = self.ticket(app).await.version.to_string();
        let answer =
            self.budi.post(&self.to("/status"), &[("status", status), ("version", &version)]).await;
        assert_eq!(answer.location(), self.path);
    }

    /// An address below the report's.
    fn to(&self, rest: &str) -> String {
        format!("{}{rest}", self.path)
    }
}

/// The report of this number as it is now.
async fn ticket(app: &TestApp, kost: &Kost, number: TicketNumber) -> Ticket {
    tickets::store::with_number(&app.app.db, kost.id, number).await.unwrap().unwrap()
}

/// The photos of a report, in the order in which they came.
async fn photos_of(app: &TestApp, ticket: TicketId) -> Vec<Photo> {
    db::query("SELECT activity, file, width, height FROM photo WHERE ticket = $1 ORDER BY activity, position")
        .bind(ticket)
        .all(&app.app.db)
        .await
        .unwrap()
}
