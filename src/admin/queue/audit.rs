//! Who did what to tasks, queues and schedules.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use db::{On, Tx, query};
use jiff::Timestamp;
use queue::{JobId, JobView};

use crate::accounts::AccountId;
use crate::admin::queue::acts::Act;
use crate::admin::queue::machinery::Turn;
use crate::admin::queue::{Asked, View};
use crate::admin::tasks::{self, Report, Telling, name_word, queue_word};
use crate::error::Result;
use crate::kosts::{InstallationAdmin, Manager};
use crate::web::{Form, Page};
use crate::words::Moment;
use crate::words::jobs::schedule_word;

/// What a mail that is sent again from its report is noted as.
pub(super) const RESEND: &str = "resend";
/// The kost of deeds that belong to all, or to none.
const ALL: i64 = 0;
/// Deeds on a page of their own.
const PAGE: i64 = 50;

/// What somebody did, in the transaction in which they did it.
pub(super) struct Deed<'a> {
    pub by: AccountId,
    /// The word for it in the database.
    pub act: &'a str,
    pub job: Option<JobId>,
    /// The task's type, the name of the queue or schedule, or the filter that tasks
    /// match, with its question mark.
    pub subject: &'a str,
    /// What the task is about.
    pub about: Option<&'a str>,
    /// When it was due, and when it is due now, if that is what was done.
    pub moved: Option<(Timestamp, Timestamp)>,
    /// How many changed.
    pub count: i64,
}

impl Deed<'_> {
    /// Writes it down for those who run the kost too, unless nothing changed.
    pub async fn note(&self, tx: &mut Tx, kost: Option<i64>) -> Result<()> {
        if self.count > 0 {
            self.insert(tx, kost, None).await?;
        }
        Ok(())
    }

    async fn insert(&self, tx: &mut Tx, kost: Option<i64>, part_of: Option<i64>) -> Result<i64> {
        let id = query(
            "INSERT INTO task_act (
                 kost, account, act, job, subject, about, due_before, due_after, n, part_of, at
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(kost.unwrap_or(ALL))
        .bind(self.by)
        .bind(self.act)
        .bind(self.job)
        .bind(self.subject)
        .bind(self.about)
        .bind(self.moved.map(|(before, _)| before))
        .bind(self.moved.map(|(_, after)| after))
        .bind(self.count)
        .bind(part_of)
        .bind(tx.now())
        .insert(tx)
        .await?;
        Ok(id)
    }
}

/// A deed on many tasks, which takes several transactions: each notes what it changed.
pub(super) struct Many<'a> {
    by: AccountId,
    act: &'a str,
    subject: &'a str,
    kost: Option<i64>,
    whole: Option<i64>,
    /// What those who run a kost are told of what was done to the tasks of all.
    parts: HashMap<i64, i64>,
    /// How many changed so far.
    pub count: i64,
}

impl<'a> Many<'a> {
    pub fn new(by: AccountId, act: &'a str, subject: &'a str, kost: Option<i64>) -> Many<'a> {
        Many { by, act, subject, kost, whole: None, parts: HashMap::new(), count: 0 }
    }

    /// Adds how many changed, of which kost.
    pub async fn note(&mut self, tx: &mut Tx, changed: &BTreeMap<Option<i64>, i64>) -> Result<()> {
        let count = changed.values().sum();
        if count == 0 {
            return Ok(());
        }
        let whole = self.add(tx, self.whole, self.kost, None, count).await?;
        self.whole = Some(whole);
        if self.kost.is_none() {
            for (kost, count) in changed.iter().filter_map(|(kost, count)| Some(((*kost)?, *count)))
            {
                let part = self.parts.get(&kost).copied();
                let part = self.add(tx, part, Some(kost), Some(whole), count).await?;
                self.parts.insert(kost, part);
            }
        }
        self.count += count;
        Ok(())
    }

    async fn add(
        &self,
        tx: &mut Tx,
        id: Option<i64>,
        kost: Option<i64>,
        part_of: Option<i64>,
        count: i64,
    ) -> Result<i64> {
        let Some(id) = id else {
            let Many { by, act, subject, .. } = *self;
            let deed = Deed { by, act, job: None, subject, about: None, moved: None, count };
            return deed.insert(tx, kost, part_of).await;
        };
        query("UPDATE task_act SET n = n + $3 WHERE kost = $1 AND id = $2")
            .bind(kost.unwrap_or(ALL))
            .bind(id)
            .bind(count)
            .run(tx)
            .await?;
        Ok(id)
    }
}

db::row! {
    /// A deed as it is read later.
    #[derive(Debug, Clone)]
    struct Noted {
        id: i64,
        name: String,
        act: String,
        job: Option<JobId>,
        subject: String,
        about: Option<String>,
        due_before: Option<Timestamp>,
        due_after: Option<Timestamp>,
        n: i64,
        at: Timestamp,
    }
}

/// The same in words.
pub(super) struct Told {
    pub sentence: String,
    /// What it was done to.
    pub subject: String,
    /// The task, and its page while there is one.
    pub task: Option<(JobId, Option<String>)>,
    /// The report that the task is about, and its page.
    pub report: Option<(String, String)>,
    /// From when to when it was moved.
    pub moved: Option<String>,
    pub at: Moment,
}

impl Noted {
    fn told(&self, view: &View, telling: &Telling, known: &Known) -> Told {
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
            Some(_) => schedule_word(&self.subject, t),
            None if self.job.is_some() => name_word(&self.subject, t),
            None => match Asked::parse(self.subject.trim_start_matches('?')).words(t) {
                all if all.is_empty() => t.queue_tasks().to_owned(),
                words => words,
            },
        };
        let is_many = turn.is_none() && self.job.is_none();
        let subject = if is_many { t.queue_deed_many(self.n, subject) } else { subject };
        let path = |job| known.jobs.contains(&job).then(|| format!("{}/{job}", view.path()));
        let report = tasks::ticket_of(self.about.as_deref());
        let report = report.and_then(|ticket| known.reports.get(&ticket));
        let inline = |at| t.date_time_inline(at, telling.now, &telling.zone);
        Told {
            sentence: t.queue_deed(self.name.as_str(), act),
            subject,
            task: self.job.map(|job| (job, path(job))),
            report: report.map(|report| (t.queue_about(report.number), report.path.clone())),
            moved: self
                .due_before
                .zip(self.due_after)
                .map(|(before, after)| t.queue_deed_moved(inline(before), inline(after))),
            at: telling.moment(self.at),
        }
    }
}

/// What deeds refer to and is still there.
struct Known {
    jobs: Vec<JobId>,
    reports: HashMap<i64, Report>,
}

async fn told(page: &Page, view: &View, deeds: &[Noted]) -> Result<Vec<Told>> {
    let mut on = On::from(&page.app.db);
    let jobs =
        queue::get_all(&mut on, view.scope(), deeds.iter().filter_map(|deed| deed.job)).await?;
    let abouts = deeds.iter().filter_map(|deed| tasks::ticket_of(deed.about.as_deref()));
    let known = Known {
        reports: tasks::reports(&mut on, view.scope(), abouts).await?,
        jobs: jobs.iter().map(|job| job.id).collect(),
    };
    let telling = view.telling(page);
    Ok(deeds.iter().map(|deed| deed.told(view, &telling, &known)).collect())
}

const NOTED: &str =
    "SELECT task_act.id, account.name, task_act.act, task_act.job, task_act.subject, task_act.about,
            task_act.due_before, task_act.due_after, task_act.n, task_act.at
     FROM task_act
     JOIN account ON account.id = task_act.account
     WHERE ";

/// What was done to a task, the first first.
pub(super) async fn of_task(page: &Page, view: &View, job: &JobView) -> Result<Vec<Told>> {
    let deeds: Vec<Noted> = query(NOTED)
        .push("task_act.kost = ")
        .push_bind(job.scope.unwrap_or(ALL))
        .push(" AND task_act.job = ")
        .push_bind(job.id)
        .push(" ORDER BY task_act.id")
        .all(&page.app.db)
        .await?;
    told(page, view, &deeds).await
}

/// What was done last in a view, the last first, and what the next page begins after.
pub(super) async fn recent(
    page: &Page,
    view: &View,
    before: Option<i64>,
    most: i64,
) -> Result<(Vec<Told>, Option<i64>)> {
    let deeds = match view.scope() {
        Some(kost) => query(NOTED).push("task_act.kost = ").push_bind(kost),
        // What was done to the tasks of all is told once.
        None => query(NOTED).push("task_act.part_of IS NULL"),
    };
    let deeds = match before {
        Some(before) => deeds.push(" AND task_act.id < ").push_bind(before),
        None => deeds,
    };
    let mut deeds: Vec<Noted> =
        deeds.push(" ORDER BY task_act.id DESC").limit(most + 1).all(&page.app.db).await?;
    let has_more = deeds.len() as i64 > most;
    deeds.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let next = deeds.last().filter(|_| has_more).map(|deed| deed.id);
    Ok((told(page, view, &deeds).await?, next))
}

/// All of it, page by page.
#[derive(Template)]
#[template(path = "admin/queue_deeds.html")]
struct DeedsPage<'a> {
    page: &'a Page,
    view: &'a View,
    deeds: Vec<Told>,
    is_older: bool,
    next: Option<i64>,
}

/// `GET /k/{kost}/queue/deeds`
pub async fn of_kost(page: Page, manager: Manager, RawQuery(query): RawQuery) -> Result<Response> {
    show(&page, &View::of(&manager.kost, true), query).await
}

/// `GET /admin/queue/deeds`
pub async fn of_all(
    page: Page,
    _: InstallationAdmin,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    show(&page, &View::all(), query).await
}

async fn show(page: &Page, view: &View, query: Option<String>) -> Result<Response> {
    let before = Form::from_query(&query.unwrap_or_default()).choice::<i64>("before").ok();
    let (deeds, next) = recent(page, view, before, PAGE).await?;
    page.html(&DeedsPage { page, view, deeds, is_older: before.is_some(), next })
}
