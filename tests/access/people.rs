//! One kost, somebody in each role towards it, and requests as each of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use db::query;
use kostticket::kosts::{self, Role};
use kostticket::tickets;

use crate::support::{Answer, Kost, Person, TestApp};

/// Everybody, in the order of the matrix's columns.
pub const ROLES: [&str; 10] = [
    "stranger",  // has no account
    "foreigner", // owner of another kost
    "former",    // was a resident of this one
    "neighbour", // resident, reported nothing
    "follower",  // resident, follows the report
    "reporter",  // resident, reported it
    "caretaker",
    "manager",
    "owner",
    "admin", // of the installation
];

/// The smallest PNG: one pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\x64\xf8\xcf\x50\x0f\0\x03\x86\x01\x80\x5a\x34\x7d\x6b\0\0\0\0IEND\xaeB`\x82";

pub struct Scene {
    app: &'static TestApp,
    pub kost: Kost,
    /// One that anybody with its code may join.
    other: Kost,
    people: Vec<(&'static str, Person<'static>)>,
    number: String,
    photo: String,
    task: String,
    /// Members made so far to be acted upon.
    targets: AtomicUsize,
}

impl Scene {
    pub async fn new() -> Scene {
        // People borrow the application; a scene lives as long as its test.
        let app: &'static TestApp = Box::leak(Box::new(TestApp::new().await));
        let (kost, other) = (app.kost("Kost Melati").await, app.kost("Kost Mawar").await);
        let third = app.kost("Kost Anggrek").await;
        let mut people = vec![("foreigner", app.member("foreigner", &third, Role::Owner).await)];
        for (username, role) in [
            ("former", Role::Resident),
            ("neighbour", Role::Resident),
            ("follower", Role::Resident),
            ("reporter", Role::Resident),
            ("caretaker", Role::Caretaker),
            ("manager", Role::Manager),
            ("owner", Role::Owner),
        ] {
            people.push((username, app.member(username, &kost, role).await));
        }
        people.push(("admin", app.admin("admin").await));
        let mut scene = Scene {
            app,
            kost,
            other,
            people,
            number: String::new(),
            photo: String::new(),
            task: String::new(),
            targets: AtomicUsize::new(0),
        };
        scene.happen().await;
        scene
    }

    /// A report with a photo, which somebody follows; and somebody moves out.
    async fn happen(&mut self) {
        let location = self.app.location(&self.kost, "01").await.to_string();
        let fields = [
            ("title", "Keran bocor"),
            ("category", "water"),
            ("location", location.as_str()),
            ("submission", "one"),
        ];
        let files = [("photos", "keran.png", PIXEL)];
        let call = self.person("reporter").request("POST", &self.kost.path("/tickets"));
        let path = call.multipart(&fields, &files).send().await.location().to_owned();
        self.number = path.rsplit('/').next().unwrap().to_owned();
        let page = self.person("reporter").get(&path).await.text;
        self.photo = page.split("/photos/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let (task,): (i64,) = query("SELECT MAX(id) FROM job WHERE scope = $1")
            .bind(self.kost.id)
            .one(&self.app.app.db)
            .await
            .unwrap();
        self.task = task.to_string();
        let mut tx = self.app.app.db.begin().await.unwrap();
        let ticket = tickets::store::with_number(&mut tx, self.kost.id, tickets::TicketNumber(1));
        let ticket = ticket.await.unwrap().unwrap();
        tickets::store::follow(&mut tx, &ticket, self.person("follower").id).await.unwrap();
        kosts::end(&mut tx, self.kost.id, self.person("former").id).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn person(&self, role: &str) -> &Person<'static> {
        &self.people.iter().find(|(name, _)| *name == role).unwrap().1
    }

    /// Asks for a route as this role would; forms are sent empty.
    pub async fn ask(&self, role: &str, method: &str, route: &str) -> Answer {
        self.ask_of(role, method, route, &self.kost.slug, &self.number).await
    }

    /// The same, of another kost or another report.
    pub async fn ask_of(
        &self,
        role: &str,
        method: &str,
        route: &str,
        kost: &str,
        number: &str,
    ) -> Answer {
        let path = self.fill_in(route, kost, number).await;
        let call = self.app.request(method, &path);
        // Logging out must not log out of the requests to come.
        let call = if role == "stranger" {
            call
        } else {
            call.cookie(&self.app.session(self.person(role).id).await)
        };
        if method == "POST" { call.form(&[]).send().await } else { call.send().await }
    }

    async fn fill_in(&self, route: &str, kost: &str, number: &str) -> String {
        let mut path = route.replace("{kost}", kost).replace("{number}", number);
        if path.contains("{account}") {
            // A new one each time: a route may end the stay.
            let name = format!("target{}", self.targets.fetch_add(1, Ordering::Relaxed));
            let member = self.app.member(&name, &self.kost, Role::Resident).await;
            path = path.replace("{account}", &member.id.to_string());
        }
        let location = self.app.location(&self.kost, "02").await.to_string();
        let (code,): (String,) = query("SELECT invite_code FROM kost WHERE id = $1")
            .bind(self.other.id)
            .one(&self.app.app.db)
            .await
            .unwrap();
        path.replace("{location}", &location)
            .replace("{code}", &code)
            .replace("{file}", &self.photo)
            .replace("{task}", &self.task)
            .replace("{queue}", "mail")
            .replace("{schedule}", "clean_up")
            .replace("{session}", "1")
            .replace("{invitation}", "1")
            .replace("{token}", "tidak-ada")
            .replace("{kind}", "comment")
            .replace("{name}", "tidak-ada")
    }
}
