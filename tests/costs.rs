//! What pages cost, in figures that do not depend on the machine's mood:
//! statements, steps of SQLite's virtual machine, rows read without an index,
//! allocations. No page may cost a tenth more or less than is written down here, and
//! none a third more where there are five times the reports.

mod rows;

use std::sync::atomic::{AtomicU32, Ordering};

use allocation_counter::measure;
use kostticket::kosts::Role;
use tokio::runtime::{Builder, Runtime};

use crate::support::{Kost, Person, TestApp};

/// Who asks for which page, or sends which form there (none is a page), and what it
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
    ("budi", "/k/melati/members", &[], [6, 1190, 0, 450]),
    ("budi", "/k/melati/locations", &[], [4, 237, 0, 338]),
    ("budi", "/notifications", &[], [4, 2712, 0, 742]),
    ("budi", "/account", &[], [2, 99, 0, 219]),
    ("wati", "/tickets", &[], [7, 476, 0, 254]),
    ("wati", "/k/melati/tickets/20", &[], [11, 541, 0, 324]),
    ("wati", "/notifications", &[], [4, 140, 0, 202]),
    ("siti", "/admin/queue", &[], [13, 810, 2, 766]),
    ("siti", "/admin/kosts", &[], [3, 87, 0, 210]),
    ("budi", "/k/melati/tickets", &[("title", "Lampu mati"), ("category", "electricity"), ("location", "1"), ("submission", "")], [13, 1337, 0, 436]),
    ("wati", "/k/melati/tickets/40/comments", &[("body", "Masih menetes")], [11, 852, 0, 373]),
    ("budi", "/k/melati/tickets/40/comments", &[("body", "Pesan suku cadang"), ("internal", "true")], [10, 796, 0, 362]),
];

/// Reads the reports of its months, each by its index.
const GROWING: &[&str] = &["/k/melati/statistics"];

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

    /// What it costs whoever has done it before.
    fn cost(&self, runtime: &Runtime, (who, path, fields, _): &Request) -> Cost {
        let person = self.person(who);
        static NEXT: AtomicU32 = AtomicU32::new(100);
        let once = || {
            let answer = match *fields {
                [] => runtime.block_on(person.get(path)),
                // Each form that is shown has a submission of its own.
                fields => {
                    let new = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
                    let fields: Vec<_> = fields
                        .iter()
                        .map(|&(name, value)| (name, if value.is_empty() { &new } else { value }))
                        .collect();
                    runtime.block_on(person.post(path, &fields))
                }
            };
            assert!(matches!(answer.status.as_u16(), 200 | 303), "{path}: {}", answer.text);
        };
        let measured = || {
            db::record::cost();
            let allocations = measure(once).count_total;
            let cost = db::record::cost();
            [cost.statements, cost.steps, cost.scanned, allocations]
        };
        once();
        let (one, two) = (measured(), measured());
        std::array::from_fn(|figure| one[figure].min(two[figure]))
    }
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
