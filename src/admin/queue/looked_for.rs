//! What is typed into the search of tasks, as what tasks hold: people type what they
//! read, and that is not what is stored.

use db::{Db, query};
use queue::Word;

use crate::admin::filter::pattern;
use crate::admin::queue::View;
use crate::admin::tasks::{MAILS, NAMES, name_word};
use crate::error::Result;
use crate::tickets::{TicketNumber, Unreachable, photos};
use crate::words::{Language, Words};

/// So many words count.
const WORDS: usize = 8;
/// So many people or reports may be meant by one.
const MEANT: i64 = 100;

/// The words of a text. A task has to have each of them: in what it is called in
/// either language, in what stopped it, in the number of its report, or in the name of
/// the person to whom it writes.
pub(super) async fn words(db: &Db, view: &View, text: &str) -> Result<Vec<Word>> {
    let typed = text.to_lowercase();
    let mut parts: Vec<_> = typed.split_whitespace().take(WORDS).collect();
    if parts.len() > 1 {
        parts.retain(|part| !is_filler(part));
    }
    let mut words = Vec::new();
    for part in parts {
        words.push(Word {
            names: NAMES.into_iter().filter(|name| says(part, |t| name_word(name, t))).collect(),
            codes: codes().filter(|code| says(part, |t| t.cause(code))).collect(),
            subjects: reports(db, view, part).await?,
            argument: Some((&MAILS, "account", people(db, view, part).await?)),
            part: part.to_owned(),
        });
    }
    Ok(words)
}

/// What stands before a name or a number, and says nothing of its own.
fn is_filler(part: &str) -> bool {
    let is = |t: Words| {
        [t.job_to(""), t.queue_about("")]
            .iter()
            .any(|word| word.trim_end_matches('#').trim() == part)
    };
    Language::ALL.iter().any(|language| is(Words::new(*language)))
}

/// Whether this is said so in one of the languages.
fn says(part: &str, word: impl Fn(Words) -> String) -> bool {
    Language::ALL.iter().any(|language| word(Words::new(*language)).to_lowercase().contains(part))
}

fn codes() -> impl Iterator<Item = &'static str> {
    let unreachable = Unreachable::ALL.iter().map(|why| why.as_str());
    let ours = unreachable.chain([photos::AWAY]);
    queue::CODES.into_iter().chain(mail::SendError::CODES).chain(ours)
}

/// The reports of this number, as tasks name them: one of a kost, or one of each.
pub(super) async fn reports(db: &Db, view: &View, typed: &str) -> Result<Vec<String>> {
    let Ok(number) = typed.trim_start_matches('#').parse::<TicketNumber>() else {
        return Ok(Vec::new());
    };
    // From the kosts to their reports, each by its number: SQLite joins what is crossed
    // in the order in which it stands.
    let reports = query("SELECT ticket.id FROM kost CROSS JOIN ticket WHERE ticket.kost = kost.id");
    let reports = match view.scope() {
        Some(kost) => reports.push(" AND kost.id = ").push_bind(kost),
        None => reports,
    };
    let ids: Vec<(i64,)> =
        reports.push(" AND ticket.number = ").push_bind(number).limit(MEANT).all(db).await?;
    Ok(ids.into_iter().map(|(id,)| format!("ticket:{id}")).collect())
}

/// People whose name has this in it; for a kost those who are in it.
async fn people(db: &Db, view: &View, part: &str) -> Result<Vec<i64>> {
    let people = match view.scope() {
        // From the kost to its people, as in `reports`.
        Some(kost) => query(
            "SELECT account.id
             FROM membership
             CROSS JOIN account
             WHERE account.id = membership.account AND membership.ended_at IS NULL AND membership.kost = ",
        )
        .push_bind(kost)
        .push(" AND"),
        None => query("SELECT account.id FROM account WHERE"),
    };
    let people = people.push(" LOWER(account.name) LIKE ").push_bind(pattern(part));
    let people = people.push(" ESCAPE '!' ORDER BY account.id").limit(MEANT);
    let ids: Vec<(i64,)> = people.all(db).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}
