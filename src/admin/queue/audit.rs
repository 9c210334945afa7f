//! Who did what to tasks, queues and schedules.

use db::{On, Tx, query};
use jiff::Timestamp;
use queue::JobId;

use crate::accounts::AccountId;
use crate::admin::queue::View;
use crate::admin::queue::acts::Act;
use crate::admin::queue::machinery::Turn;
use crate::admin::tasks::{Telling, name_word, queue_word};
use crate::error::Result;
use crate::words::Moment;

/// What a mail that is sent again from its report is noted as.
pub(super) const RESEND: &str = "resend";

/// What somebody did, in the transaction in which they did it.
pub(super) struct Deed<'a> {
    pub by: AccountId,
    /// The word for it in the database.
    pub act: &'a str,
    pub job: Option<JobId>,
    /// The task's type, the name of the queue or schedule, the cause that tasks have
    /// in common, or the filter that they match, with its question mark.
    pub subject: &'a str,
    /// How many changed.
    pub count: i64,
}

impl Deed<'_> {
    /// Writes it down, unless nothing changed.
    pub async fn note(&self, tx: &mut Tx, view: &View) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        query(
            "INSERT INTO task_act (kost, account, act, job, subject, n, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(view.scope())
        .bind(self.by)
        .bind(self.act)
        .bind(self.job)
        .bind(self.subject)
        .bind(self.count)
        .bind(tx.now())
        .run(tx)
        .await?;
        Ok(())
    }
}

db::row! {
    /// A deed as it is read later.
    #[derive(Debug, Clone)]
    pub(super) struct Noted {
        pub name: String,
        pub act: String,
        pub job: Option<JobId>,
        pub subject: String,
        pub n: i64,
        pub at: Timestamp,
    }
}

/// The same in words.
pub(super) struct Told {
    pub sentence: String,
    /// What it was done to.
    pub subject: String,
    pub at: Moment,
}

impl Noted {
    pub fn told(&self, telling: &Telling) -> Told {
        let t = telling.t;
        let turn = self.act.parse::<Turn>().ok();
        let act = match (turn, self.act.parse::<Act>()) {
            (Some(turn), _) => turn.word(t),
            (None, Ok(act)) => act.word(t),
            (None, Err(_)) if self.act == RESEND => t.delivery_again(),
            (None, Err(_)) => &self.act,
        };
        let subject = match turn {
            Some(turn) if turn.is_of_queue() => queue_word(&self.subject, t),
            Some(_) => self.subject.clone(),
            None if self.job.is_some() => name_word(&self.subject, t),
            None if self.subject.is_empty() => t.queue_tasks().to_owned(),
            // All that a filter matched, as its address says it.
            None if self.subject.starts_with('?') => self.subject[1..].to_owned(),
            // Together they are tried again by what stopped them.
            None => t.cause(&self.subject),
        };
        let subject = if self.n > 1 { t.queue_deed_many(self.n, subject) } else { subject };
        let sentence = t.queue_deed(self.name.as_str(), act);
        Told { sentence, subject, at: telling.moment(self.at) }
    }
}

const NOTED: &str =
    "SELECT account.name, task_act.act, task_act.job, task_act.subject, task_act.n, task_act.at
     FROM task_act
     JOIN account ON account.id = task_act.account
     WHERE ";

/// What was done to a task, the first first.
pub(super) async fn of_task(on: impl Into<On<'_>>, job: JobId) -> Result<Vec<Noted>> {
    Ok(query(NOTED)
        .push("task_act.job = ")
        .push_bind(job)
        .push(" ORDER BY task_act.id")
        .all(on)
        .await?)
}

/// What was done last in a view, the last first.
pub(super) async fn recent(on: impl Into<On<'_>>, view: &View, most: i64) -> Result<Vec<Noted>> {
    let query = match view.scope() {
        Some(kost) => query(NOTED).push("task_act.kost = ").push_bind(kost),
        None => query(NOTED).push("TRUE"),
    };
    Ok(query.push(" ORDER BY task_act.id DESC LIMIT ").push_bind(most).all(on).await?)
}
