//! What the dashboard reads: who it is, the counts, twenty tickets, the badge.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::ensure;
use db::{Db, Result, query};

use crate::cpu;
use crate::schema::TICKETS;

const PAGES: u32 = 20_000;

db::row! {
    /// A line of the list.
    pub struct Line {
        pub id: i64,
        pub number: i64,
        pub title: String,
        pub status: String,
        pub priority: String,
        pub reporter_name: String,
        pub created_at: i64,
        pub changed_at: i64,
    }
}

pub struct Figures {
    cpu: Duration,
    wall: Duration,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {:.1?} CPU, {:.1?} in all", self.cpu, self.wall)
    }
}

pub async fn run(db: &Db) -> anyhow::Result<Figures> {
    for _ in 0..200 {
        ensure!(read(db).await? == 20 + 3, "the page is not complete");
    }
    let started = (Instant::now(), cpu::of_thread()?);
    for _ in 0..PAGES {
        read(db).await?;
    }
    Ok(Figures { cpu: (cpu::of_thread()? - started.1) / PAGES, wall: started.0.elapsed() / PAGES })
}

async fn read(db: &Db) -> Result<usize> {
    let session = "SELECT account.id, account.name, session.seen_at FROM session
        JOIN account ON account.id = session.account WHERE session.token = $1";
    let (account, _, _): (i64, String, i64) =
        query(session).bind("a-token-that-is-hashed").one(db).await?;
    let counts: Vec<(String, i64)> =
        query("SELECT status, tickets FROM ticket_count WHERE kost = $1").bind(1).all(db).await?;
    let list = "SELECT ticket.id, ticket.number, ticket.title, ticket.status, ticket.priority,
            account.name AS reporter_name, ticket.created_at, ticket.changed_at
        FROM ticket JOIN account ON account.id = ticket.reporter
        WHERE ticket.kost = $1 AND ticket.changed_at < $2
        ORDER BY ticket.changed_at DESC, ticket.id DESC LIMIT 20";
    let lines: Vec<Line> = query(list).bind(1).bind(TICKETS - 100).all(db).await?;
    let unread = "SELECT count(*) FROM notification WHERE account = $1 AND read_at IS NULL";
    let (_,): (i64,) = query(unread).bind(account).one(db).await?;
    Ok(lines.len() + counts.len())
}
