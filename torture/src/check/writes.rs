//! Every acknowledged write is there exactly once, with its photo, and no refused one is.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;

use super::{Findings, rows};
use crate::ledger::{Ledger, Outcome};

/// Each row is one write, by the name that [`Ledger::note`] has for it.
const WRITES: &str = "
    SELECT 'ticket ' || reporter || ' ' || submission FROM ticket
    UNION ALL
    SELECT kind || ' ' || actor || ' ' || submission FROM activity WHERE submission IS NOT NULL
    UNION ALL
    SELECT 'photo ' || ticket.reporter || ' ' || ticket.submission
    FROM photo
    JOIN ticket ON ticket.id = photo.ticket
    UNION ALL
    SELECT 'follow ' || ticket.number || ' ' || follower.account
    FROM follower
    JOIN ticket ON ticket.id = follower.ticket";

/// The steps of each report, in order.
const STEPS: &str = "
    SELECT ticket.number, activity.actor, activity.kind, COALESCE(activity.new_value, '')
    FROM activity
    JOIN ticket ON ticket.id = activity.ticket
    WHERE activity.kind IN ('status_changed', 'confirmed', 'returned', 'closed_by_silence')
    ORDER BY activity.id";

/// Texts that stand twice, should a form have been taken under two names.
const TEXTS: &str = "
    SELECT title FROM ticket GROUP BY title HAVING COUNT(*) > 1
    UNION ALL
    SELECT body FROM activity WHERE kind IN ('commented', 'noted')
    GROUP BY body HAVING COUNT(*) > 1";

pub fn check(db: &Connection, ledger: &Ledger, findings: &mut Findings) -> Result<()> {
    let mut there: BTreeMap<String, usize> = BTreeMap::new();
    for write in rows(db, WRITES, |row| row.get(0))? {
        *there.entry(write).or_default() += 1;
    }
    for (write, outcome) in ledger.writes() {
        match (outcome, there.remove(&write).unwrap_or_default()) {
            (Outcome::Acknowledged, 0) => findings.lose(format!("{write} was acknowledged")),
            (Outcome::Acknowledged, 1) | (Outcome::Refused, 0) => {}
            (outcome, count) => {
                findings.problems.push(format!("{outcome:?}: {write} is there {count} times"));
            }
        }
    }
    let unasked = there.into_keys().map(|write| format!("nobody was told of {write}"));
    findings.problems.extend(unasked);
    for text in rows(db, TEXTS, |row| row.get::<_, String>(0))? {
        findings.problems.push(format!("“{text}” is there twice"));
    }
    steps(db, ledger, findings)
}

/// Every photo of a report lies on the disk, in both sizes, whole.
pub fn photos(db: &Connection, data: &Path, findings: &mut Findings) -> Result<()> {
    for file in rows(db, "SELECT file FROM photo", |row| row.get::<_, String>(0))? {
        for size in ["", "-small"] {
            let path = data.join(format!("photos/{file}{size}.jpg"));
            // A JPEG ends with its end mark.
            if !std::fs::read(&path).is_ok_and(|bytes| bytes.ends_with(&[0xff, 0xd9])) {
                findings.lose(format!("{} is not there, or not whole", path.display()));
            }
        }
    }
    Ok(())
}

fn steps(db: &Connection, ledger: &Ledger, findings: &mut Findings) -> Result<()> {
    let mut there: BTreeMap<i64, Vec<(Option<i64>, String, String)>> = BTreeMap::new();
    for (number, step) in
        rows(db, STEPS, |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?))))?
    {
        there.entry(number).or_default().push(step);
    }
    for known in ledger.tickets() {
        let there = there.remove(&known.number).unwrap_or_default();
        let asked: Vec<_> = known
            .steps
            .iter()
            .map(|(step, by)| {
                let (kind, value) = step.activity();
                (Some(*by), kind.to_owned(), value.to_owned())
            })
            .collect();
        if there == asked {
            continue;
        }
        let number = known.number;
        findings.lost += asked.len().saturating_sub(there.len());
        findings.problems.push(format!("steps of #{number}: {there:?} instead of {asked:?}"));
    }
    Ok(())
}
