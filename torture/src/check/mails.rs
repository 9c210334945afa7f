//! Every notification that wants a mail has its delivery, and every delivery has
//! reached its mailbox. More than once only where nobody could know better: its
//! task was taken from a worker that died, or the server did not say that it had it.

use anyhow::Result;
use rusqlite::Connection;

use super::{Excused, Findings, rows};
use crate::sink::{Copies, Tally};

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
           AND error_code IN
               ('worker_lost', 'smtp_dropped', 'smtp_timeout', 'not_committed', 'database'))
    FROM delivery
    JOIN notification ON notification.id = delivery.notification";

struct Delivery {
    message_id: String,
    address: String,
    state: String,
    code: String,
    /// How often nobody could know whether it had been sent.
    doubts: usize,
}

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
    let deliveries = rows(db, DELIVERIES, |row| {
        Ok(Delivery {
            message_id: row.get(0)?,
            address: row.get(1)?,
            state: row.get(2)?,
            code: row.get(3)?,
            doubts: row.get::<_, i64>(4)? as usize,
        })
    })?;
    for delivery in deliveries {
        let copies = mails.remove(&delivery.message_id).unwrap_or_default();
        if excused.poison.as_ref() == Some(&delivery.address) {
            delivery.must_have_failed(&copies, findings);
        } else {
            delivery.must_have_come(&copies, findings);
        }
    }
    findings.problems.extend(mails.into_keys().map(|id| format!("a mail of nothing: {id}")));
    Ok(())
}

impl Delivery {
    fn must_have_come(&self, copies: &Copies, findings: &mut Findings) {
        let Delivery { message_id, address, state, code, .. } = self;
        if state != "sent" {
            findings.lose(format!("{message_id} to {address} is {state} ({code})"));
        }
        if copies.to.is_empty() {
            findings.lose(format!("{message_id} to {address} never came"));
            return;
        }
        if copies.to.iter().any(|to| to != address) {
            findings.problems.push(format!("{message_id} went to {:?}", copies.to));
        }
        let again = copies.to.len() - 1;
        findings.mails += 1;
        findings.mails_again += again;
        if again > self.doubts.max(copies.unsaid) {
            findings.problems.push(format!("{message_id} came {again} times too often"));
        }
    }

    fn must_have_failed(&self, copies: &Copies, findings: &mut Findings) {
        let is_told = self.state == "queued" && self.code == "smtp_mailbox_unknown";
        if !is_told || !copies.to.is_empty() {
            let Delivery { message_id, state, code, .. } = self;
            findings.problems.push(format!("{message_id}, poisoned, is {state} ({code})"));
        }
    }
}
