//! Tasks as people read them: what is done for whom, how it stands, and why it
//! did not work, in the reader's language.

use std::collections::HashMap;

use db::{On, query};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use queue::{JobView, State};

use crate::error::Result;
use crate::tickets::Unreachable;
use crate::words::{Moment, Words, capitalised};

pub use crate::words::jobs::{NAMES, name_word};

/// One task, worded.
#[derive(Debug, Clone)]
pub struct Task {
    pub id: i64,
    /// [`queue::Job::NAME`].
    pub job: String,
    pub name: String,
    /// What it is about: “ke Rani, laporan #12”. Empty for housekeeping.
    pub about: String,
    /// The page of the report that it is about.
    pub report: Option<String>,
    pub state: State,
    pub queue: String,
    pub attempts: String,
    pub created: Moment,
    pub due: Moment,
    /// When it is due or how it went, in a few words.
    pub when: String,
    /// Why the last attempt failed, as a sentence.
    pub cause: Option<String>,
    /// The kost it belongs to, where several are shown.
    pub kost: Option<String>,
}

/// How a state looks: kind of pill, icon.
pub fn look(state: State) -> (&'static str, &'static str) {
    match state {
        State::Waiting => ("open", "s-open"),
        State::Scheduled => ("", "s-clock"),
        State::Running => ("progress", "s-progress"),
        State::Retrying => ("progress", "s-retry"),
        State::Done => ("done", "s-done"),
        State::Failed => ("danger", "s-failed"),
        State::Cancelled => ("", "s-closed"),
        State::Parked => ("", "s-wait"),
    }
}

/// What a state is called.
pub fn state_word(state: State, t: Words) -> &'static str {
    match state {
        State::Waiting => t.job_state_waiting(),
        State::Scheduled => t.job_state_scheduled(),
        State::Running => t.job_state_running(),
        State::Retrying => t.job_state_retrying(),
        State::Done => t.job_state_done(),
        State::Failed => t.job_state_failed(),
        State::Cancelled => t.job_state_cancelled(),
        State::Parked => t.job_state_parked(),
    }
}

/// What a queue is called.
pub fn queue_word(queue: &str, t: Words) -> String {
    match queue {
        "default" => t.queue_name_default().to_owned(),
        "mail" => t.queue_name_mail().to_owned(),
        "maintenance" => t.queue_name_maintenance().to_owned(),
        other => other.to_owned(),
    }
}

/// A report that tasks are about.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub number: i64,
    pub path: String,
}

/// Names that tasks refer to by id, looked up at once for a whole list.
#[derive(Debug, Default)]
struct Names {
    tickets: HashMap<i64, Report>,
    accounts: HashMap<i64, String>,
    kosts: HashMap<i64, String>,
}

/// How a list of tasks is told: to whom, when, in which zone.
#[derive(Debug, Clone)]
pub struct Telling {
    pub t: Words,
    pub now: Timestamp,
    pub zone: TimeZone,
    /// Whether tasks of several kosts stand side by side.
    pub names_kosts: bool,
}

/// Words the tasks. The statements are three at most, each by key.
pub async fn worded(
    on: impl Into<On<'_>>,
    jobs: &[JobView],
    telling: &Telling,
) -> Result<Vec<Task>> {
    let names = names(on, jobs, telling.names_kosts).await?;
    Ok(jobs.iter().map(|job| word(job, &names, telling)).collect())
}

async fn names(on: impl Into<On<'_>>, jobs: &[JobView], with_kosts: bool) -> Result<Names> {
    let mut on = on.into();
    let mut names = Names::default();
    let kost = jobs.first().filter(|_| !with_kosts).and_then(|job| job.scope);
    let tickets = jobs.iter().filter_map(|job| ticket_of(job.subject.as_deref()));
    names.tickets = reports(&mut on, kost, tickets).await?;
    let accounts = distinct(jobs.iter().filter_map(account_of));
    if !accounts.is_empty() {
        let rows: Vec<(i64, String)> = query("SELECT id, name FROM account WHERE id IN ")
            .push_list(accounts)
            .all(&mut on)
            .await?;
        names.accounts.extend(rows);
    }
    let kosts = distinct(jobs.iter().filter(|_| with_kosts).filter_map(|job| job.scope));
    if !kosts.is_empty() {
        let rows: Vec<(i64, String)> =
            query("SELECT id, name FROM kost WHERE id IN ").push_list(kosts).all(&mut on).await?;
        names.kosts.extend(rows);
    }
    Ok(names)
}

/// The reports of these ids; of this kost, if all of them are.
pub(super) async fn reports(
    on: &mut On<'_>,
    kost: Option<i64>,
    ids: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, Report>> {
    let ids = distinct(ids);
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let reports = query(
        "SELECT ticket.id, ticket.number, kost.slug
         FROM ticket
         JOIN kost ON kost.id = ticket.kost
         WHERE ticket.id IN ",
    )
    .push_list(ids);
    let reports = match kost {
        Some(kost) => reports.push(" AND ticket.kost = ").push_bind(kost),
        None => reports,
    };
    let rows: Vec<(i64, i64, String)> = reports.all(on).await?;
    let report =
        |number, slug: &str| Report { number, path: format!("/k/{slug}/tickets/{number}") };
    Ok(rows.into_iter().map(|(id, number, slug)| (id, report(number, &slug))).collect())
}

fn distinct(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids = ids.collect::<Vec<_>>();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The report that a task's subject means.
pub(super) fn ticket_of(subject: Option<&str>) -> Option<i64> {
    subject?.strip_prefix("ticket:")?.parse().ok()
}

/// Tasks that tell to whom they write.
pub(super) const MAILS: [&str; 2] = ["DeliverEmail", "SendAccountMail"];

/// The word for what went wrong. A task that gave itself up has it as its reason.
fn cause_code(job: &JobView) -> Option<&str> {
    let reason = job.error_detail.as_deref();
    reason.filter(|reason| reason.parse::<Unreachable>().is_ok()).or(job.error_code.as_deref())
}

/// To whom a mail goes.
fn account_of(job: &JobView) -> Option<i64> {
    MAILS.contains(&job.name.as_str()).then(|| job.args.get("account")?.as_i64()).flatten()
}

fn word(job: &JobView, names: &Names, telling: &Telling) -> Task {
    let t = telling.t;
    let person =
        account_of(job).and_then(|account| names.accounts.get(&account)).map(|name| t.job_to(name));
    let report = ticket_of(job.subject.as_deref()).and_then(|ticket| names.tickets.get(&ticket));
    let ticket = report.map(|report| t.queue_about(report.number));
    let kost = match (telling.names_kosts, job.scope) {
        (false, _) => None,
        (true, None) => Some(t.queue_no_kost().to_owned()),
        (true, Some(kost)) => {
            Some(names.kosts.get(&kost).cloned().unwrap_or_else(|| t.common_unknown().to_owned()))
        }
    };
    Task {
        id: job.id.get(),
        job: job.name.clone(),
        name: name_word(&job.name, t),
        report: report.map(|report| report.path.clone()),
        about: person.into_iter().chain(ticket).collect::<Vec<_>>().join(", "),
        state: job.state,
        queue: queue_word(&job.queue, t),
        attempts: t.queue_attempts(i64::from(job.attempt), job.max_attempts),
        created: telling.moment(job.created_at),
        due: telling.moment(job.due_at),
        when: when(job, telling),
        cause: cause_code(job)
            .filter(|_| job.state != State::Done)
            .map(|code| capitalised(&t.cause(code))),
        kost,
    }
}

impl Task {
    /// The task in one phrase, for the labels of its buttons.
    pub fn label(&self) -> String {
        if self.about.is_empty() {
            self.name.clone()
        } else {
            format!("{}, {}", self.name, self.about)
        }
    }
}

impl Telling {
    pub fn moment(&self, at: Timestamp) -> Moment {
        self.t.stamp(at, self.now, &self.zone)
    }
}

fn when(job: &JobView, telling: &Telling) -> String {
    let (t, now) = (telling.t, telling.now);
    match (job.state, job.started_at, job.ended_at) {
        (State::Waiting, _, _) => t.queue_running_for(t.age(job.due_at, now)),
        (State::Running, Some(started), _) => t.queue_running_for(t.age(started, now)),
        (State::Retrying, _, _) => t.queue_again(t.until(job.due_at, now)),
        (State::Done, Some(started), Some(ended)) => {
            t.queue_took(t.duration(ended.duration_since(started)))
        }
        (State::Failed | State::Cancelled, _, Some(ended)) => t.moment(ended, now, &telling.zone),
        _ => t.moment(job.due_at, now, &telling.zone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn causes_are_sentences_and_strange_codes_stay_readable() {
        let t = Words::new(Language::Id);
        assert_eq!(capitalised(&t.cause("smtp_auth")), "Kata sandi SMTP ditolak");
        assert!(t.cause("never_heard_of").contains("never_heard_of"));
    }
}
