//! Every notification that wants a mail has its delivery, and every delivery has
//! reached its mailbox. More than once only where nobody could know better: its
//! task was taken from a worker that died, or the server did not say that it had it.

use anyhow::Result;
use rusqlite::Connection;

use super::{Excused, Findings, rows};
use crate::sink::Tally;

/// Notifications without the delivery that they want. `mail_off` has the kinds
/// that somebody does not want, separated by blanks.
const WANTING: &str = "
    SELECT notification.id
    FROM notification
    JOIN account ON account.id = notification.account AND account.email IS NOT NULL
    JOIN activity ON activity.id = notification.activity
    LEFT JOIN delivery ON delivery.notification = notification.id
    WHERE delivery.id IS NULL
      AND instr(' ' || mail_off || ' ', ' ' || CASE activity.kind
          WHEN 'opened' THEN 'opened'
          WHEN 'assigned' THEN 'assigned'
          WHEN 'commented' THEN 'comment'
          WHEN 'noted' THEN 'note'
          WHEN 'confirmed' THEN 'confirmed'
          ELSE 'status' END || ' ') = 0";

/// Each delivery, with how often its task was taken from a worker that died or
/// failed by the connection.
const DELIVERIES: &str = "
    SELECT 'activity-' || delivery.activity || '-' || notification.account || '@127.0.0.1',
        delivery.address, delivery.state, COALESCE(delivery.code, ''),
        (SELECT COUNT(*) FROM job_attempt
         WHERE job_attempt.job = delivery.job
           AND error_code IN ('worker_lost', 'smtp_dropped', 'smtp_timeout', 'not_committed', 'database'))
    FROM delivery
    JOIN notification ON notification.id = delivery.notification";

pub fn check(
    db: &Connection,
    tally: &Tally,
    excused: &Excused,
    findings: &mut Findings,
) -> Result<()> {
    for notification in rows(db, WANTING, |row| row.get::<_, i64>(0))? {
        findings.lose(format!("the mail of notification {notification} was never to be sent"));
    }
    let mut mails = tally.mails.clone();
    mails.retain(|id, _| id.starts_with("activity-"));
    for (id, address, state, code, excuses) in rows(db, DELIVERIES, |row| {
        let excuses = row.get::<_, i64>(4)? as usize;
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, String>(3)?,
            excuses,
        ))
    })? {
        let copies = mails.remove(&id).unwrap_or_default();
        if excused.poison.as_ref() == Some(&address) {
            if state != "queued" || code != "smtp_mailbox_unknown" || !copies.to.is_empty() {
                findings.problems.push(format!("{id} to the poisoned {address}: {state} {code}"));
            }
            continue;
        }
        if state != "sent" {
            findings.lose(format!("{id} to {address} is {state} ({code})"));
        }
        if copies.to.is_empty() {
            findings.lose(format!("{id} to {address} never came"));
        }
        if copies.to.iter().any(|to| *to != address) {
            findings.problems.push(format!("{id} went to {:?}", copies.to));
        }
        findings.mails += usize::from(!copies.to.is_empty());
        let again = copies.to.len().saturating_sub(1);
        findings.mails_again += again;
        if again > excuses + copies.unsaid {
            findings.problems.push(format!("{id} came {again} times too often"));
        }
    }
    findings.problems.extend(mails.into_keys().map(|id| format!("a mail of nothing: {id}")));
    Ok(())
}
