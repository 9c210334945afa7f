//! Everything that the page of one report shows, put together for one reader.

use std::collections::HashMap;

use askama::Template;

use crate::accounts::{self, AccountId};
use crate::activity::{ActivityId, ActivityKind};
use crate::error::Result;
use crate::kosts::store::Person;
use crate::kosts::{self, Role};
use crate::secret;
use crate::tickets::pages::home;
use crate::tickets::pages::show::{Refusal, Stale};
use crate::tickets::pages::staff_side::{Known, StaffSide};
use crate::tickets::pages::thread::{Entry, Telling};
use crate::tickets::photos::KeptPhoto;
use crate::tickets::timeline::{self, Happening};
use crate::tickets::verbs::CLOSE_AFTER;
use crate::tickets::{Answer, Priority, Reading, Status, Ticket, store};
use crate::web::{FieldErrors, Form, Page, Signature};

/// The page of one report.
#[derive(Template)]
#[template(path = "tickets/show.html")]
pub struct TicketPage {
    pub page: Page,
    pub path: String,
    pub back: String,
    pub ticket: Ticket,
    pub plate: Option<String>,
    pub place: String,
    pub opened: String,
    pub assignee: Option<Signature>,
    pub steps: Vec<Step>,
    pub next: (&'static str, String),
    pub panel: Option<Panel>,
    pub entries: Vec<Entry>,
    pub earlier: Option<String>,
    pub composer: Composer,
    pub is_reporter: bool,
    pub reader: AccountId,
    pub follower_count: i64,
    /// What only staff see.
    pub staff: Option<StaffSide>,
    pub submission: String,
    /// Photos that came with an attempt that was not taken.
    pub kept: Vec<KeptPhoto>,
    pub conflict: Option<Conflict>,
    /// A comment that was refused: what was typed.
    pub refused: Option<String>,
    pub moved: bool,
    pub form: Form,
    pub errors: FieldErrors,
}

/// One of the three status steps.
pub struct Step {
    pub class: &'static str,
    pub glyph: &'static str,
    pub word: &'static str,
    pub at: Option<String>,
    pub is_now: bool,
}

/// What the reporter is asked, or told, above everything.
pub enum Panel {
    /// Who says that it is done, and until when an answer counts.
    Ask {
        lead: String,
        until: String,
    },
    /// When it was confirmed.
    Confirmed(String),
    Silent,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Composer {
    /// A comment, or a note where the reader is staff.
    Open,
    /// A note only: staff, on a done report.
    Note,
    /// Nothing; one line says why.
    Closed,
}

/// Both values of a property, and how to insist.
pub struct Conflict {
    pub lead: String,
    pub values: String,
    pub field: &'static str,
    pub value: String,
}

impl TicketPage {
    /// Loads the page for this reader; the timeline before `before`.
    #[expect(clippy::too_many_lines, reason = "one value, field by field")]
    pub async fn load(
        page: Page,
        reading: Reading,
        form: Form,
        before: Option<ActivityId>,
    ) -> Result<TicketPage> {
        let db = page.app.db.clone();
        let Reading { member, ticket } = &reading;
        let (path, t, zone) = (reading.path(), page.t, member.kost.timezone.tz());
        let reader_is_staff = member.role.is_staff();
        let people = if reader_is_staff {
            kosts::store::people(&db, ticket.kost).await?
        } else {
            kosts::store::staff(&db, ticket.kost).await?
        };
        let followers = store::followers(&db, ticket).await?;
        let location = kosts::store::location_of(&db, ticket.kost, ticket.location).await?;
        let viewer = reading.viewer();
        let (plate, place) = viewer.place(&location, ticket.reporter, t);
        let mut happenings = timeline::newest(&db, ticket, before, reader_is_staff).await?;
        let has_earlier = happenings.len() > timeline::AT_A_TIME;
        happenings.truncate(timeline::AT_A_TIME);
        happenings.reverse();
        let earlier = happenings
            .first()
            .filter(|_| has_earlier)
            .map(|first| format!("{path}?before={}", first.id));
        let photos = timeline::photos(&db, ticket, &happenings).await?;
        let turns = timeline::turns(&db, ticket).await?;
        let staff_members = people.iter().filter(|person| person.role.is_staff());
        let roles: HashMap<_, Role> =
            staff_members.map(|person| (person.account, person.role)).collect();
        let assignee = assignee(&page, ticket, &people).await?;
        let staff = match member.staff() {
            Some(staff) => {
                let known = Known {
                    ticket,
                    location: &location,
                    people: &people,
                    followers: &followers,
                    assignee: assignee.as_ref(),
                    zone: &zone,
                };
                Some(StaffSide::load(&page, &staff, known).await?)
            }
            None => None,
        };
        let telling = Telling { page: &page, ticket, path: &path, viewer, roles, zone };
        Ok(TicketPage {
            back: if reader_is_staff { member.kost.path() } else { "/tickets".to_owned() },
            opened: t.date_time(ticket.opened_at, page.now, &telling.zone),
            steps: steps(ticket, &turns, &telling),
            next: next(&reading, assignee.as_ref(), &turns, &telling),
            panel: reading.is_reporter().then(|| panel(ticket, &turns, &telling)).flatten(),
            entries: telling.entries(happenings, photos),
            composer: match (ticket.status, reader_is_staff) {
                (Status::Done, true) => Composer::Note,
                (Status::Done, false) => Composer::Closed,
                _ => Composer::Open,
            },
            is_reporter: reading.is_reporter(),
            reader: member.account.id,
            follower_count: followers.len() as i64,
            submission: secret::token(),
            kept: Vec::new(),
            plate,
            place,
            assignee,
            earlier,
            staff,
            conflict: None,
            refused: None,
            moved: false,
            form,
            errors: FieldErrors::default(),
            path,
            ticket: reading.ticket.clone(),
            page,
        })
    }

    /// Says why an attempt was not taken.
    pub async fn refuse(&mut self, refusal: Refusal) -> Result<()> {
        match refusal {
            Refusal::Moved => self.moved = true,
            Refusal::CommentRefused(kept) => {
                self.refused = Some(self.form.value("body").to_owned());
                self.kept = kept;
            }
            Refusal::Stale(stale) => {
                let last = timeline::last_change(&self.page.app.db, &self.ticket).await?;
                self.conflict = Some(self.conflict(stale, last));
            }
        }
        Ok(())
    }

    fn conflict(&self, stale: Stale, last: Option<Happening>) -> Conflict {
        let t = self.page.t;
        let who =
            last.and_then(|last| last.actor_name).unwrap_or_else(|| t.news_system().to_owned());
        let (theirs, yours) = match stale.field {
            "status" => (
                self.ticket.status.word(t).to_owned(),
                word_of(stale.value.parse(), |status: Status| status.word(t)),
            ),
            "priority" => (
                self.ticket.priority.word(t).to_owned(),
                word_of(stale.value.parse(), |priority: Priority| priority.word(t)),
            ),
            _ => {
                let name = |value: &str| {
                    self.staff.as_ref().map(|staff| staff.name_of(value, t)).unwrap_or_default()
                };
                let current =
                    self.ticket.assignee.map(|account| account.to_string()).unwrap_or_default();
                (name(&current), name(&stale.value))
            }
        };
        Conflict {
            lead: t.staff_conflict(who),
            values: t.staff_conflict_values(theirs, yours),
            field: stale.field,
            value: stale.value,
        }
    }

    /// How long it took until it was done.
    fn resolved_in(&self) -> Option<String> {
        let done_at = self.ticket.done_at?;
        Some(self.page.t.duration_in_words(done_at.duration_since(self.ticket.opened_at)))
    }

    fn is_note(&self) -> bool {
        self.form.is_on("internal")
    }
}

fn word_of<T, E>(parsed: Result<T, E>, word: impl Fn(T) -> &'static str) -> String {
    parsed.map(word).unwrap_or_default().to_owned()
}

async fn assignee(page: &Page, ticket: &Ticket, people: &[Person]) -> Result<Option<Signature>> {
    let Some(account) = ticket.assignee else { return Ok(None) };
    if let Some(person) = people.iter().find(|person| person.account == account) {
        return Ok(Some(Signature::new(
            account.get(),
            &person.name,
            Some(person.role.word(page.t)),
        )));
    }
    // Somebody who has left since.
    Ok(accounts::store::get(&page.app.db, account).await?.map(|account| account.signature(None)))
}

/// The latest turn of this kind, since the report was returned last.
fn turn(turns: &[Happening], to: Status) -> Option<&Happening> {
    turns
        .iter()
        .take_while(|turn| turn.kind != ActivityKind::Returned || to == Status::Open)
        .find(|turn| turn.new_value.as_deref() == Some(to.as_str()))
}

fn steps(ticket: &Ticket, turns: &[Happening], telling: &Telling<'_>) -> Vec<Step> {
    let (t, page) = (telling.page.t, telling.page);
    let place = |status: Status| match status {
        Status::Open => 0,
        Status::InProgress => 1,
        Status::Done => 2,
    };
    let now = place(ticket.status);
    [Status::Open, Status::InProgress, Status::Done]
        .into_iter()
        .map(|status| {
            let at = match status {
                Status::Open if ticket.returned => turn(turns, Status::Open).map(|turn| turn.at),
                Status::Open => Some(ticket.opened_at),
                Status::InProgress => turn(turns, Status::InProgress).map(|turn| turn.at),
                Status::Done => ticket.done_at,
            };
            let (mine, is_past) = (place(status), place(status) < now);
            let is_now = mine == now;
            let is_skipped = is_past && status == Status::InProgress && at.is_none();
            let (class, glyph) = match (status, is_now) {
                _ if is_skipped => ("is-past is-skipped", "s-closed"),
                _ if is_past => ("is-past", "s-done"),
                (Status::Open, true) => ("is-now is-open", "s-open"),
                (Status::InProgress, true) => ("is-now is-progress", "s-progress"),
                (Status::Done, true) => ("is-now is-done", "s-done"),
                _ => ("", "s-open"),
            };
            let word = if status == Status::Open && ticket.returned {
                t.status_returned()
            } else {
                status.word(t)
            };
            let at = at.filter(|_| mine <= now).map(|at| t.step(at, page.now, &telling.zone));
            Step { class, glyph, word, at, is_now }
        })
        .collect()
}

/// The one-line answer to "and now?".
fn next(
    reading: &Reading,
    assignee: Option<&Signature>,
    turns: &[Happening],
    telling: &Telling<'_>,
) -> (&'static str, String) {
    let (t, ticket) = (telling.page.t, &reading.ticket);
    let is_mine = ticket.assignee == Some(telling.viewer.account);
    let reporter = || {
        let turn = turns.iter().find(|turn| turn.actor == Some(ticket.reporter));
        telling.name(turn.and_then(Happening::actor))
    };
    match (ticket.status, ticket.answer) {
        (Status::Done, None) if reading.is_reporter() => {
            ("clock", t.ticket_next_awaiting_you().to_owned())
        }
        (Status::Done, None) => ("clock", t.ticket_next_awaiting(t.delivery_to_reporter())),
        (Status::Done, Some(Answer::Silent)) => {
            ("s-closed", t.ticket_next_silent(CLOSE_AFTER.as_hours() / 24))
        }
        (Status::Done, Some(Answer::Confirmed)) if reading.is_reporter() => {
            ("check-circle", t.ticket_next_confirmed_you().to_owned())
        }
        (Status::Done, Some(Answer::Confirmed)) => {
            ("check-circle", t.ticket_next_confirmed(reporter()))
        }
        _ if is_mine => ("user", t.ticket_next_you_assigned().to_owned()),
        (status, _) => {
            home::unfinished(status, ticket.returned, assignee.map(|who| who.name.as_str()), t)
        }
    }
}

fn panel(ticket: &Ticket, turns: &[Happening], telling: &Telling<'_>) -> Option<Panel> {
    let (t, now) = (telling.page.t, telling.page.now);
    let done_at = ticket.done_at?;
    Some(match ticket.answer {
        None => {
            let done = turn(turns, Status::Done);
            let who = telling.name(done.and_then(Happening::actor));
            let until = t.day_inline(done_at + CLOSE_AFTER, now, &telling.zone);
            Panel::Ask { lead: t.ticket_ask_lead(who), until: t.ticket_silence(until) }
        }
        Some(Answer::Confirmed) => {
            let at = turns
                .iter()
                .find(|turn| turn.kind == ActivityKind::Confirmed)
                .map_or(done_at, |turn| turn.at);
            Panel::Confirmed(t.ticket_confirmed_body(t.date_time_inline(at, now, &telling.zone)))
        }
        Some(Answer::Silent) => Panel::Silent,
    })
}
