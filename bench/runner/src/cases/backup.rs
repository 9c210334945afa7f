//! A copy of the database while people go on: SQLite's `VACUUM INTO`, as the README
//! has it. How long it takes, what others notice, and whether anything is missing.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::{Connection, OpenFlags};

use crate::load::{Load, let_settle};
use crate::seed::Shape;
use crate::stage::Stage;
use crate::targets::{django, kostticket};
use crate::usage::bytes;
use crate::writers::Writers;

/// New reports a second.
const WRITES: u32 = 200;

/// On SQLite; PostgreSQL's own tools are not ours to measure.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let (tickets, kosts, seconds) =
        if stage.options.quick { (100_000, 100, 1) } else { (1_000_000, 1_000, 3) };
    let shape = Shape { tickets, kosts, residents: 30 };
    let all = [
        (
            kostticket::start(stage, shape, false)?,
            stage.installation(shape, false)?.0.file(),
            "ticket",
        ),
        (django::start(stage, shape)?, django::file(stage, shape), "reference_ticket"),
    ];
    let folder = stage.empty_folder("backup")?;
    for _ in 0..stage.options.repetitions() {
        for (contestant, source, table) in &all {
            let who = contestant.who;
            let dashboards = Load::pages(contestant, &contestant.pages[0].1, 8, seconds)?;
            let mut writers = Writers::start(contestant, WRITES, &stage.next_run())?;
            let alone = dashboards.run_beside(&contestant.roots())?;
            stage.results.note("backup", "dashboards, 200 writes/s", who, &alone.figures_beside());
            let copy = folder.join("copy.db");
            let before = reports(source, table)?;
            // From here on is beside the copy.
            writers.per_second()?;
            let copying = std::thread::spawn({
                let (source, copy) = (source.clone(), copy.clone());
                move || back_up(&source, &copy)
            });
            let beside = dashboards.run_beside(&contestant.roots())?;
            ensure!(
                stage.options.quick || !copying.is_finished(),
                "{who} was copied before the load beside it ended"
            );
            stage.results.note("backup", "the same, and a backup", who, &beside.figures_beside());
            let took = copying.join().map_err(|_| anyhow::anyhow!("the backup panicked"))??;
            let rate = writers.per_second()?;
            let (kept, after) = (reports(&copy, table)?, reports(source, table)?);
            ensure!(before <= kept && kept <= after, "{kept} reports, of {before} and more");
            ensure!(is_whole(&copy)?, "the copy is damaged");
            let figures = [
                ("seconds", took.as_secs_f64()),
                ("megabytes", bytes(std::fs::metadata(&copy)?.len()) / 1e6),
                ("writes_per_second", rate),
            ];
            stage.results.note("backup", "the backup itself", who, &figures);
            std::fs::remove_file(copy)?;
            drop(writers);
            let_settle(&contestant.roots());
        }
    }
    Ok(())
}

fn back_up(source: &Path, copy: &Path) -> Result<Duration> {
    let began = Instant::now();
    open(source)?.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    std::fs::File::open(copy)?.sync_all()?;
    Ok(began.elapsed())
}

fn open(database: &Path) -> Result<Connection> {
    let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    Ok(conn)
}

/// How many there are; all that was acknowledged is among them.
fn reports(database: &Path, table: &str) -> Result<i64> {
    let count = format!("SELECT COUNT(*) FROM {table}");
    Ok(open(database)?.query_row(&count, [], |row| row.get(0))?)
}

fn is_whole(database: &Path) -> Result<bool> {
    let said: String = open(database)?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    Ok(said == "ok")
}
