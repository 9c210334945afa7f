//! Who is told what, where, and who is not.

mod delivery;
mod list;
mod mails;
mod neighbours;
mod table;

use kostticket::accounts;
use kostticket::kosts::{self, Role};
use kostticket::tickets::{self, Ticket, TicketNumber};

use crate::support::{Kost, Person, TestApp};

/// A kost with a resident who reports, a neighbour who follows, and staff, of
/// whom only Joko takes reports on.
struct House<'a> {
    app: &'a TestApp,
    kost: Kost,
    rani: Person<'a>,
    sari: Person<'a>,
    budi: Person<'a>,
    dewi: Person<'a>,
    joko: Person<'a>,
    siti: Person<'a>,
}

impl<'a> House<'a> {
    async fn new(app: &'a TestApp) -> House<'a> {
        let kost = app.kost("Kost Melati").await;
        let house = House {
            rani: app.member("rani", &kost, Role::Resident).await,
            sari: app.member_in("sari", &kost, Role::Resident, Some("02")).await,
            budi: app.member("budi", &kost, Role::Manager).await,
            dewi: app.member("dewi", &kost, Role::Owner).await,
            joko: app.member("joko", &kost, Role::Caretaker).await,
            siti: app.member("siti", &kost, Role::Caretaker).await,
            app,
            kost,
        };
        let mut tx = app.app.db.begin().await.unwrap();
        for person in [&house.budi, &house.dewi, &house.siti] {
            kosts::set_takes_tickets(&mut tx, house.kost.id, person.id, false).await.unwrap();
        }
        tx.commit().await.unwrap();
        house
    }

    /// Rani's report, which Sari follows and Joko has; nobody has news of it.
    async fn with_report(app: &'a TestApp) -> House<'a> {
        let house = House::new(app).await;
        house.rani.report(&house.kost, "Keran bocor", "01").await;
        house.follow(&house.sari).await;
        app.run_tasks().await;
        house.heard().await;
        app.mail.take();
        house
    }

    async fn follow(&self, person: &Person<'_>) {
        let ticket = self.ticket().await;
        let mut tx = self.app.app.db.begin().await.unwrap();
        tickets::store::follow(&mut tx, &ticket, person.id).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// An address below the report's.
    fn to(&self, rest: &str) -> String {
        self.kost.path(&format!("/tickets/1{rest}"))
    }

    async fn ticket(&self) -> Ticket {
        let number = TicketNumber(1);
        tickets::store::with_number(&self.app.app.db, self.kost.id, number).await.unwrap().unwrap()
    }

    /// Sets a property of the report, with the version of now.
    async fn set(&self, by: &Person<'_>, property: &str, value: &str) {
        let version = self.ticket().await.version.to_string();
        let fields = [(property, value), ("version", &version)];
        by.post(&self.to(&format!("/{property}")), &fields).await.location();
    }

    async fn comment(&self, by: &Person<'_>, body: &str) {
        by.post(&self.to("/comments"), &[("body", body)]).await.location();
    }

    async fn note(&self, by: &Person<'_>, body: &str) {
        let fields = [("body", body), ("internal", "true")];
        by.post(&self.to("/comments"), &fields).await.location();
    }

    /// Ends a membership, as the owner does it.
    async fn end(&self, person: &Person<'_>) {
        let path = self.kost.path(&format!("/members/{}/end", person.id));
        self.dewi.post(&path, &[]).await.location();
    }

    /// Runs what is due. Who has unread news then, and reads it all.
    async fn heard(&self) -> Vec<&str> {
        self.app.run_tasks().await;
        let people = [&self.rani, &self.sari, &self.budi, &self.dewi, &self.joko, &self.siti];
        let mut heard = Vec::new();
        for person in people {
            if unread(self.app, person).await > 0 {
                heard.push(person.username.as_str());
                person.post("/notifications/read", &[]).await.location();
            }
        }
        heard
    }
}

async fn unread(app: &TestApp, person: &Person<'_>) -> i64 {
    accounts::store::get(&app.app.db, person.id).await.unwrap().unwrap().unread
}
