//! KostTicket, on SQLite or PostgreSQL, as the README starts it.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::contestant::{Contestant, OWN, People};
use crate::http;
use crate::load::write_forms;
use crate::process::Process;
use crate::seed::{Installation, Shape, WRONG_PASSWORD, path_of};
use crate::stage::Stage;

pub const ON_SQLITE: &str = "KostTicket, SQLite";
pub const ON_POSTGRES: &str = "KostTicket, PostgreSQL";

/// Starts it twice, on SQLite and on PostgreSQL, with the same in both.
///
/// # Errors
/// When one does not start.
pub fn start_both(stage: &mut Stage, shape: Shape) -> Result<[Contestant; 2]> {
    // Nobody may work on what is copied.
    stage.installation(shape, true)?;
    Ok([start(stage, shape, false)?, start(stage, shape, true)?])
}

/// Starts it on an installation, seen by the manager of the first kost.
///
/// # Errors
/// When it does not start.
pub fn start(stage: &mut Stage, shape: Shape, on_postgres: bool) -> Result<Contestant> {
    let who = if on_postgres { ON_POSTGRES } else { ON_SQLITE };
    let (made, database_url) = stage.installation(shape, on_postgres)?;
    let address = http::free_address()?;
    let mut command = Command::new(stage.program("kostticket"));
    // Requests come as from a proxy in front: it says whose they are.
    command
        .args(["serve", "--listen", &address.to_string(), "--trusted-proxies=127.0.0.1"])
        .arg("--data")
        .arg(&made.data)
        .args(database_url.iter().flat_map(|url| ["--database-url", url]));
    // What is set for other programs, or another installation, is none of ours.
    command.env_clear();
    let mut program = Process::start(&mut command, &stage.log(who))?;
    let base = format!("http://{address}");
    let started_in = program.answers(&format!("{base}/readyz"))?;
    let beside = match on_postgres {
        true => stage.postgres()?.process_id().into_iter().collect(),
        false => Vec::new(),
    };
    let forms = stage.folder.join(format!("kostticket-forms-{}.txt", shape.tickets));
    write_new_tickets(&forms, &made)?;
    let people = People {
        before: 1,
        cookie: Installation::cookie,
        attempt,
        refusal: "422",
        header: ("x-forwarded-for", "127.0.0.1"),
        live: format!("ws://{address}/live"),
    };
    Ok(Contestant {
        who,
        base,
        cookie: Installation::cookie(made.account(1, 2)),
        resident: Some(Installation::cookie(made.resident(1, 0))),
        pages: pages(shape),
        forms: Some(forms),
        people: Some(people),
        processes: vec![program],
        beside,
        started_in,
    })
}

/// What the manager reads, and one of the residents.
fn pages(shape: Shape) -> Vec<(&'static str, String)> {
    let kost = path_of(1);
    let newest = shape.tickets / 5;
    vec![
        ("dashboard", kost.clone()),
        ("list", format!("{kost}?status=done")),
        ("report", format!("{kost}/tickets/{}", newest / 2)),
        ("statistics", format!("{kost}/statistics")),
        ("number looked for", format!("{kost}?q=%23{}", newest / 2)),
        ("words looked for", format!("{kost}?q=keran")),
        ("words that nobody wrote", format!("{kost}?q=genderuwo")),
        ("notifications", "/notifications".to_owned()),
        ("members", format!("{kost}/members")),
        ("rooms", format!("{kost}/locations")),
        ("tasks", format!("{kost}/queue")),
        ("new report", format!("{kost}/tickets/new")),
        ("own reports", OWN.to_owned()),
    ]
}

fn attempt(number: u32, name: &str) -> [String; 4] {
    let body = http::form(&[("login", name), ("password", WRONG_PASSWORD)]);
    let from = format!("X-Forwarded-For: 198.18.{}.{}", number / 250 % 250, number % 250);
    ["/login".to_owned(), String::new(), from, body]
}

/// One after the other, all residents report something.
fn write_new_tickets(file: &Path, made: &Installation) -> Result<()> {
    let Shape { kosts, residents, .. } = made.shape;
    // Neighbours do not come one after the other.
    let people = (0..residents).flat_map(|place| (1..=kosts).map(move |kost| (kost, place)));
    write_forms(
        file,
        people.map(|(kost, place)| {
            let room = Installation::room(kost, place).to_string();
            let fields = [
                ("title", "Keran menetes"),
                ("description", "Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi."),
                ("category", "water"),
                ("location", &room),
                ("priority", "medium"),
            ];
            let body = format!("{}&submission=@", http::form(&fields));
            let cookie = Installation::cookie(made.resident(kost, place));
            [format!("{}/tickets", path_of(kost)), cookie, String::new(), body]
        }),
    )
}
