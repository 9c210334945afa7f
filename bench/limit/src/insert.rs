//! Tickets by group commit: writers hand theirs to one thread, which commits
//! whatever has come in the meantime, and answers each after the flush.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

use crate::data;

const DESCRIPTION: &str =
    "Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi. Mohon dilihat.";

type Done = oneshot::Sender<()>;

/// How many a second so many writers make, each one at a time, in so many seconds.
pub fn run(writers: i64, seconds: u64, database: &Path) -> Result<f64> {
    let (send, receive) = mpsc::unbounded_channel();
    let connection = data::open(database)?;
    let committer = std::thread::spawn(move || commit_groups(connection, receive));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let length = Duration::from_secs(seconds);
    let started = Instant::now();
    let count = runtime.block_on(async {
        let tasks: Vec<_> =
            (0..writers).map(|kost| tokio::spawn(write(send.clone(), kost, length))).collect();
        drop(send);
        let mut count = 0;
        for task in tasks {
            count += task.await??;
        }
        anyhow::Ok(count)
    })?;
    let elapsed = started.elapsed().as_secs_f64();
    committer.join().map_err(|_| anyhow!("the committer panicked"))??;
    Ok(f64::from(count) / elapsed)
}

async fn write(
    send: mpsc::UnboundedSender<(i64, Done)>,
    kost: i64,
    length: Duration,
) -> Result<u32> {
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < length {
        let (done, is_done) = oneshot::channel();
        send.send((kost, done)).map_err(|_| anyhow!("nobody commits"))?;
        is_done.await?;
        count += 1;
    }
    Ok(count)
}

fn commit_groups(
    mut connection: Connection,
    mut receive: mpsc::UnboundedReceiver<(i64, Done)>,
) -> Result<()> {
    let mut group = Vec::new();
    while receive.blocking_recv_many(&mut group, 1024) > 0 {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (kost, _) in &group {
            insert(&tx, *kost)?;
        }
        tx.commit()?;
        for (_, done) in group.drain(..) {
            // Whoever does not wait any more does not mind.
            let _ = done.send(());
        }
    }
    Ok(())
}

fn insert(tx: &Connection, kost: i64) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO ticket (kost, number, title, description, status, reporter, changed_at)
         VALUES (?1, 1, 'Keran menetes', ?2, 'open', 7, 0)",
    )?
    .execute(params![kost + 2, DESCRIPTION])?;
    let ticket = tx.last_insert_rowid();
    tx.prepare_cached(
        "INSERT INTO activity (ticket, kind, actor, at) VALUES (?1, 'opened', 7, 0)",
    )?
    .execute([ticket])?;
    tx.prepare_cached(
        "INSERT INTO job (name, state, args, due_at) VALUES ('AssignTicket', 'waiting', ?1, 0)",
    )?
    .execute([format!(r#"{{"ticket":{ticket}}}"#)])?;
    Ok(())
}
