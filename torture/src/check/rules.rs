//! What has to hold in the database whatever happened: no task without its
//! cause, no cause without its task, nothing left waiting, and what is kept as a
//! number is what one counts. Each statement names what breaks its rule.

use anyhow::Result;
use rusqlite::Connection;

use super::{Excused, Findings, rows};

const RULES: [(&str, &str); 14] = [
    (
        "activity without exactly one announcement",
        "WITH announced AS (
             SELECT json_extract(args, '$.activity') AS activity, COUNT(*) AS n
             FROM job
             WHERE name = 'Announce'
             GROUP BY 1
         )
         SELECT activity.id || ': ' || COALESCE(n, 0)
         FROM activity
         LEFT JOIN announced ON announced.activity = activity.id
         WHERE kind <> 'priority_changed' AND COALESCE(n, 0) <> 1",
    ),
    (
        "announcement of nothing",
        "SELECT id
         FROM job
         WHERE name = 'Announce'
           AND json_extract(args, '$.activity') NOT IN (SELECT id FROM activity)",
    ),
    (
        "report without exactly one beginning",
        "SELECT ticket.id
         FROM ticket
         LEFT JOIN activity ON activity.ticket = ticket.id AND kind = 'opened'
         GROUP BY ticket.id
         HAVING COUNT(activity.id) <> 1",
    ),
    (
        "report that was not to be assigned as often as it was opened",
        "WITH assign AS (
             SELECT json_extract(args, '$.ticket') AS ticket, COUNT(*) AS n
             FROM job
             WHERE name = 'AssignTicket'
             GROUP BY 1
         ), opened AS (
             SELECT ticket, COUNT(*) AS n
             FROM activity
             WHERE kind = 'opened' OR kind IN ('status_changed', 'returned') AND old_value = 'done'
             GROUP BY 1
         )
         SELECT COALESCE(opened.ticket, assign.ticket)
         FROM opened
         FULL JOIN assign ON assign.ticket = opened.ticket
         WHERE COALESCE(opened.n, 0) <> COALESCE(assign.n, 0)",
    ),
    (
        "unfinished report that nobody has",
        "SELECT id FROM ticket WHERE status <> 'done' AND assignee IS NULL",
    ),
    (
        "delivery without exactly one task",
        "WITH carried AS (
             SELECT json_extract(args, '$.delivery') AS delivery, COUNT(*) AS n, MIN(id) AS job
             FROM job
             WHERE name = 'DeliverEmail'
             GROUP BY 1
         )
         SELECT delivery.id || ': ' || COALESCE(n, 0)
         FROM delivery
         LEFT JOIN carried ON carried.delivery = delivery.id
         WHERE COALESCE(n, 0) <> 1 OR delivery.job <> carried.job",
    ),
    (
        "mail task without a delivery",
        "SELECT id
         FROM job
         WHERE name = 'DeliverEmail'
           AND json_extract(args, '$.delivery') NOT IN (SELECT id FROM delivery)",
    ),
    (
        "task that waits or runs after the quiet time",
        "SELECT id || ' ' || name || ' ' || state
         FROM job
         WHERE state IN ('waiting', 'running', 'retrying', 'parked', 'cancelled')
            OR state = 'scheduled' AND name NOT IN ('RemindReporter', 'CloseSilent')",
    ),
    (
        "done report that is not to be asked after, or another one that is",
        "WITH asking AS (
             SELECT json_extract(args, '$.ticket') AS ticket, COUNT(*) AS n
             FROM job
             WHERE name IN ('RemindReporter', 'CloseSilent') AND state = 'scheduled'
             GROUP BY 1
         )
         SELECT ticket.id
         FROM ticket
         LEFT JOIN asking ON asking.ticket = ticket.id
         WHERE COALESCE(n, 0) <> CASE WHEN status = 'done' AND answer IS NULL THEN 2 ELSE 0 END",
    ),
    (
        "kost whose numbers are not what one counts",
        "SELECT slug
         FROM kost
         WHERE open_count <> (SELECT COUNT(*) FROM ticket WHERE kost = kost.id AND status = 'open')
            OR in_progress_count
                <> (SELECT COUNT(*) FROM ticket WHERE kost = kost.id AND status = 'in_progress')
            OR done_count <> (SELECT COUNT(*) FROM ticket WHERE kost = kost.id AND status = 'done')
            OR next_ticket <> 1 + (SELECT COUNT(*) FROM ticket WHERE kost = kost.id)",
    ),
    (
        "load that is not what one counts",
        "SELECT account
         FROM membership
         WHERE unfinished <> (SELECT COUNT(*) FROM ticket
             WHERE ticket.kost = membership.kost AND assignee = account AND status <> 'done')",
    ),
    (
        "unread number that is not what one counts",
        "SELECT username
         FROM account
         WHERE unread <> (SELECT COUNT(*) FROM notification
             WHERE notification.account = account.id AND read_at IS NULL)",
    ),
    (
        "number of tasks that is not what one counts",
        "WITH kept AS (
             SELECT queue, state, SUM(n) AS n FROM job_count WHERE scope = 0 GROUP BY 1, 2
         ), counted AS (
             SELECT queue, state, COUNT(*) AS n FROM job GROUP BY 1, 2
         )
         SELECT COALESCE(kept.queue, counted.queue) || ' ' || COALESCE(kept.state, counted.state)
         FROM kept
         FULL JOIN counted ON counted.queue = kept.queue AND counted.state = kept.state
         WHERE COALESCE(kept.n, 0) <> COALESCE(counted.n, 0)",
    ),
    (
        "row that another one names and that is not there",
        "SELECT \"table\" FROM pragma_foreign_key_check",
    ),
];

/// Mails to a poisoned address fail, and everybody can see it; nothing else does.
const FAILED: &str = "
    SELECT job.id || ' ' || job.name || ' ' || COALESCE(job.error_code, '')
    FROM job
    LEFT JOIN delivery ON delivery.job = job.id
    WHERE job.state = 'failed' AND COALESCE(delivery.address, '') <> ?1";

pub fn check(db: &Connection, excused: &Excused, findings: &mut Findings) -> Result<()> {
    for (rule, sql) in RULES {
        // A number or words.
        let broken = rows(db, sql, |row| row.get::<_, rusqlite::types::Value>(0))?;
        findings.problems.extend(broken.into_iter().map(|what| format!("{rule}: {what:?}")));
    }
    let poison = excused.poison.as_deref().unwrap_or_default();
    let mut failed = db.prepare(FAILED)?;
    for job in failed.query_map([poison], |row| row.get::<_, String>(0))? {
        findings.problems.push(format!("failed task: {}", job?));
    }
    let health: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if health != "ok" {
        findings.problems.push(format!("integrity_check: {health}"));
    }
    Ok(())
}
