//! Tickets created through the crate `db`, by several writers at once.

use std::fmt;
use std::time::{Duration, Instant};

use db::{Db, Result, query};

use crate::cpu;
use crate::schema::{DESCRIPTION, INSERT_ACTIVITY, INSERT_JOB, INSERT_TICKET, TITLE};

const LENGTH: Duration = Duration::from_secs(4);

pub struct Figures {
    per_second: f64,
    cpu: Duration,
    p50: Duration,
    p99: Duration,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { per_second, cpu, p50, p99 } = self;
        write!(
            f,
            "{per_second:>7.0} tx/s   {cpu:>7.1?} CPU each   p50 {p50:>9.1?}   p99 {p99:>9.1?}"
        )
    }
}

pub async fn run(db: &Db, writers: i64) -> anyhow::Result<Figures> {
    let started = Instant::now();
    let cpu = cpu::of_process()?;
    let tasks: Vec<_> =
        (0..writers).map(|writer| tokio::spawn(write(db.clone(), writer))).collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await??);
    }
    let elapsed = started.elapsed();
    let count = u32::try_from(took.len())?;
    took.sort_unstable();
    Ok(Figures {
        per_second: f64::from(count) / elapsed.as_secs_f64(),
        cpu: (cpu::of_process()? - cpu) / count,
        p50: took[took.len() / 2],
        p99: took[took.len() * 99 / 100],
    })
}

async fn write(db: Db, writer: i64) -> Result<Vec<Duration>> {
    let started = Instant::now();
    let mut took = Vec::new();
    while started.elapsed() < LENGTH {
        let one = Instant::now();
        create(&db, writer).await?;
        took.push(one.elapsed());
    }
    Ok(took)
}

async fn create(db: &Db, writer: i64) -> Result<()> {
    let mut tx = db.begin().await?;
    let now = tx.now();
    let (ticket,): (i64,) = query(INSERT_TICKET)
        .bind(2 + writer)
        .bind(7)
        .bind(TITLE)
        .bind(DESCRIPTION)
        .bind("open")
        .bind("medium")
        .bind(1 + writer % 40)
        .bind(now)
        .one(&mut tx)
        .await?;
    query(INSERT_ACTIVITY).bind(ticket).bind("opened").bind(7).bind(now).run(&mut tx).await?;
    query(INSERT_JOB)
        .bind("AssignTicket")
        .bind("waiting")
        .bind(format!(r#"{{"ticket":{ticket}}}"#))
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit().await
}
