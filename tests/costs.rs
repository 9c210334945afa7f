//! What pages cost, in figures that do not depend on the machine's mood:
//! statements, steps of SQLite's virtual machine, rows read without an index,
//! allocations of the thread that answers. No page may cost a tenth more or less than is written down here, and
//! none three tenths more where there are five times the reports.

mod rows;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use allocation_counter::measure;
use kostticket::kosts::{self, Role};
use tokio::runtime::{Builder, Runtime};

use crate::access::MATRIX;
use crate::support::{Answer, Kost, Person, TestApp};

/// Who (a stranger has no name) asks for which page, or sends which form there (none is a page), and what it
/// cost when this was last written down: statements, steps, scanned rows, allocations.
type Request = (&'static str, &'static str, Fields, Cost);
type Fields = &'static [(&'static str, &'static str)];
type Cost = [u64; 4];

#[rustfmt::skip]
const REQUESTS: &[Request] = &[
    ("budi", "/k/melati", &[], [6, 1492, 0, 666]),
    ("budi", "/k/melati?status=open&category=water", &[], [6, 2023, 0, 725]),
    ("budi", "/k/melati?q=bocor", &[], [6, 2002, 0, 731]),
    ("budi", "/k/melati/tickets/20", &[], [13, 1469, 0, 613]),
    ("budi", "/k/melati/tickets/new", &[], [4, 237, 0, 306]),
    ("budi", "/k/melati/statistics", &[], [7, 822, 0, 499]),
    ("budi", "/k/melati/queue", &[], [11, 803, 0, 773]),
    ("budi", "/k/melati/members", &[], [6, 1081, 0, 471]),
    ("budi", "/k/melati/locations", &[], [4, 237, 0, 338]),
    ("budi", "/notifications", &[], [4, 2712, 0, 742]),
    ("budi", "/k/melati/queue/{task}", &[], [7, 196, 0, 308]),
    ("budi", "/k/melati/queue/{task}/discard", &[], [4, 156, 0, 278]),
    ("budi", "/k/melati/queue/deeds", &[], [4, 136, 0, 248]),
    ("budi", "/k/melati/statistics.csv", &[], [6, 804, 0, 755]),
    ("budi", "/k/melati/settings", &[], [3, 123, 0, 263]),
    ("budi", "/k/melati/settings/invite", &[], [3, 123, 0, 238]),
    ("budi", "/k/melati/members/{account}", &[], [5, 272, 0, 333]),
    ("budi", "/k/melati/members/{account}/end", &[], [4, 158, 0, 256]),
    ("budi", "/k/melati/locations/{location}", &[], [4, 137, 0, 253]),
    ("budi", "/account", &[], [2, 99, 0, 219]),
    ("budi", "/account/email", &[], [2, 99, 0, 205]),
    ("budi", "/account/password", &[], [2, 99, 0, 202]),
    ("budi", "/account/sessions", &[], [3, 124, 0, 216]),
    ("budi", "/account/notifications", &[], [2, 99, 0, 221]),
    ("", "/login", &[], [2, 17, 0, 122]),
    ("", "/register", &[], [3, 28, 0, 122]),
    ("", "/forgot", &[], [0, 0, 0, 100]),
    ("", "/join/{code}", &[], [2, 141, 0, 191]),
    ("", "/healthz", &[], [0, 0, 0, 26]),
    ("", "/readyz", &[], [2, 32, 6, 40]),
    ("wati", "/tickets", &[], [7, 476, 0, 254]),
    ("wati", "/k/melati/tickets/20", &[], [11, 541, 0, 324]),
    ("wati", "/notifications", &[], [4, 140, 0, 202]),
    ("wati", "/k/melati/info", &[], [5, 294, 0, 228]),
    ("siti", "/", &[], [3, 70, 0, 178]),
    ("siti", "/admin/queue", &[], [13, 810, 2, 766]),
    ("siti", "/admin/queue/queues/default", &[], [2, 58, 0, 199]),
    ("siti", "/admin/queue/deeds", &[], [3, 67, 0, 191]),
    ("siti", "/admin/queue/{task}", &[], [7, 138, 0, 263]),
    ("siti", "/admin/queue/{task}/discard", &[], [4, 98, 0, 230]),
    ("siti", "/admin/mail", &[], [2, 58, 0, 183]),
    ("siti", "/admin/kosts", &[], [3, 87, 0, 210]),
    ("budi", "/k/melati/tickets", &[("title", "Lampu mati"), ("category", "electricity"), ("location", "1"), ("submission", "{submission}")], [13, 1337, 0, 436]),
    ("budi", "/k/melati/tickets/39/status", &[("status", "{other}"), ("version", "{version}")], [12, 911, 0, 393]),
    ("wati", "/k/melati/tickets/40/comments", &[("body", "Masih menetes")], [11, 852, 0, 373]),
    ("budi", "/k/melati/tickets/40/comments", &[("body", "Pesan suku cadang"), ("internal", "true")], [10, 796, 0, 362]),
];

/// These read the reports of their months, each by its index.
const GROWING: &[&str] = &["/k/melati/statistics", "/k/melati/statistics.csv"];

/// No page: a photo costs what a row and a file cost.
const NOT_MEASURED: &[&str] = &["/k/{kost}/tickets/{number}/photos/{file}"];

struct House<'a> {
    app: &'a TestApp,
    kost: Kost,
    residents: Vec<Person<'a>>,
    others: [Person<'a>; 2],
}

/// Nobody may report more at once than a twentieth of all reports here.
const RESIDENTS: [&str; 20] = [
    "agus", "bayu", "citra", "dewi", "eko", "fitri", "rani", "gita", "hadi", "indah", "joko",
    "kiki", "lina", "maya", "nina", "oki", "putri", "rudi", "tono", "wati",
];

impl<'a> House<'a> {
    async fn new(app: &'a TestApp) -> House<'a> {
        let kost = app.kost("Kost Melati").await;
        let mut residents = Vec::new();
        for resident in RESIDENTS {
            residents.push(app.member(resident, &kost, Role::Resident).await);
        }
        let budi = app.member("budi", &kost, Role::Owner).await;
        House { app, kost, residents, others: [budi, app.admin("siti").await] }
    }

    /// So many reports there are then, the new ones of so many residents; each is
    /// announced, assigned, and told about.
    async fn fill(&self, reports: usize, residents: usize) {
        let counted = db::query("SELECT COUNT(*) FROM ticket WHERE kost = $1");
        let (there,): (i64,) = counted.bind(self.kost.id).one(&self.app.app.db).await.unwrap();
        for number in usize::try_from(there).unwrap()..reports {
            let title = format!("Keran bocor {number}");
            self.residents[number % residents].report(&self.kost, &title, "01").await;
        }
        self.app.run_tasks().await;
    }

    fn person(&self, name: &str) -> &Person<'a> {
        self.residents.iter().chain(&self.others).find(|person| person.username == name).unwrap()
    }

    /// As this person, or as a stranger.
    async fn ask(&self, who: &str, path: &str) -> Answer {
        match who {
            "" => self.app.get(path).await,
            who => self.person(who).get(path).await,
        }
    }

    /// With the numbers of this house.
    async fn filled_in(&self, path: &str) -> String {
        let db = &self.app.app.db;
        let kost = kosts::store::get(db, self.kost.id).await.unwrap();
        let task = db::query("SELECT MIN(id) FROM job WHERE scope = $1").bind(self.kost.id);
        let (task,): (i64,) = task.one(db).await.unwrap();
        let location = self.app.location(&self.kost, "01").await;
        path.replace("{task}", &task.to_string())
            .replace("{account}", &self.residents[0].id.to_string())
            .replace("{location}", &location.to_string())
            .replace("{code}", &kost.invite_code)
    }

    /// Fields as they are sent this time: what a form was shown with changes.
    async fn fields(&self, fields: Fields) -> Vec<(&'static str, String)> {
        static NEXT: AtomicU32 = AtomicU32::new(100);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let ticket =
            db::query("SELECT version, status FROM ticket WHERE kost = $1 AND number = 39");
        let ticket = ticket.bind(self.kost.id).one(&self.app.app.db).await;
        let (version, status): (i64, String) = ticket.unwrap();
        let other = if status == "open" { "in_progress" } else { "open" };
        let fill = |value: &str| match value {
            "{submission}" => number.to_string(),
            "{version}" => version.to_string(),
            "{other}" => other.to_owned(),
            value => value.to_owned(),
        };
        fields.iter().map(|&(name, value)| (name, fill(value))).collect()
    }

    /// What it costs whoever has done it before.
    fn cost(&self, runtime: &Runtime, (who, path, fields, _): &Request) -> Cost {
        let path = runtime.block_on(self.filled_in(path));
        let once = |fields: &[(&str, String)]| {
            let answer = match fields {
                [] => runtime.block_on(self.ask(who, &path)),
                fields => {
                    let fields: Vec<_> =
                        fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    runtime.block_on(self.person(who).post(&path, &fields))
                }
            };
            assert!(matches!(answer.status.as_u16(), 200 | 303), "{path}: {}", answer.text);
        };
        let measured = || {
            let fields = runtime.block_on(self.fields(fields));
            db::record::cost();
            let allocations = measure(|| once(&fields)).count_total;
            let cost = db::record::cost();
            [cost.statements, cost.steps, cost.scanned, allocations]
        };
        once(&runtime.block_on(self.fields(fields)));
        let (one, two) = (measured(), measured());
        std::array::from_fn(|figure| one[figure].min(two[figure]))
    }
}

#[test]
fn every_page_is_measured() {
    let pages = || MATRIX.iter().filter(|(method, ..)| *method == "GET");
    let is_of = |path: &str, route: &str| {
        let path = path.split('?').next().unwrap();
        let mut segments = path.split('/').zip(route.split('/'));
        path.matches('/').count() == route.matches('/').count()
            && segments.all(|(one, of)| one == of || of.starts_with('{'))
    };
    // As the router does: whatever is spelled out comes before what may be anything.
    let route = |path: &str| {
        let fitting = pages().map(|(_, route, _)| *route).filter(|route| is_of(path, route));
        fitting.min_by_key(|route| route.matches('{').count())
    };
    let asked = REQUESTS.iter().filter(|(_, _, fields, _)| fields.is_empty());
    let measured: BTreeSet<_> = asked.filter_map(|(_, path, ..)| route(path)).collect();
    let missing: Vec<_> = pages()
        .filter(|(_, route, marks)| marks.contains('+') && !NOT_MEASURED.contains(route))
        .filter(|(_, route, _)| !measured.contains(route))
        .collect();
    assert!(missing.is_empty(), "pages whose cost is not written down: {missing:?}");
}

#[test]
fn no_page_costs_more_than_it_did_nor_where_there_is_more() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let app = runtime.block_on(TestApp::on_sqlite());
    let house = runtime.block_on(House::new(&app));
    let costs = |reports, residents| -> Vec<Cost> {
        runtime.block_on(house.fill(reports, residents));
        REQUESTS.iter().map(|request| house.cost(&runtime, request)).collect()
    };
    let few = costs(60, RESIDENTS.len());
    // The last of them, who looks at pages, has reported enough.
    let many = costs(300, RESIDENTS.len() - 1);
    let mut wrong = Vec::new();
    for ((&(who, path, _, bound), few), many) in REQUESTS.iter().zip(&few).zip(&many) {
        // Less is written down as well, or else it would come back unnoticed.
        let is_other = |(&now, then): (&u64, u64)| now * 10 > then * 11 || now * 11 < then * 10;
        let is_other = few.iter().zip(bound).any(is_other);
        let grows = few.iter().zip(many).any(|(&few, &many)| many * 10 > few * 13);
        if is_other || grows && !GROWING.contains(&path) {
            wrong.push(format!("{who} {path}: {bound:?} written down, {few:?} now, {many:?} with five times the reports"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
