//! What staff see beside a report: its properties to set, who reported it, and
//! what was sent about it.

use jiff::tz::TimeZone;
use queue::JobId;

use crate::accounts::{self, AccountId};
use crate::error::Result;
use crate::kosts::store::Person;
use crate::kosts::{Location, Staff};
use crate::tickets::pages::followers::Following;
use crate::tickets::timeline::{self, Delivery, Progress, Unreachable};
use crate::tickets::{Priority, Status, Ticket};
use crate::web::{Page, Signature};
use crate::words::Words;

/// The side panel of staff.
pub struct StaffSide {
    pub statuses: Vec<Choice>,
    pub assignees: Vec<Choice>,
    pub priorities: Vec<Choice>,
    /// The reader's own id, where "Saya tangani" makes sense.
    pub take: Option<String>,
    pub reporter: Signature,
    pub reporter_line: String,
    pub phone: Option<String>,
    pub sent: Vec<Sent>,
    /// The page of the kost's tasks.
    pub queue: String,
    pub following: Following,
    names: Vec<(String, String)>,
}

/// One option of a drop-down.
pub struct Choice {
    pub value: String,
    pub text: String,
    pub is_current: bool,
}

/// One e-mail, and whether it arrived.
pub struct Sent {
    pub text: String,
    /// What the e-mail tells of.
    pub about: &'static str,
    pub is_failed: bool,
    /// Its task, while the queue keeps it.
    pub task: Option<JobId>,
    /// The delivery, for those who may have it sent after all.
    pub again: Option<i64>,
}

/// What the page knows already.
pub struct Known<'a> {
    pub ticket: &'a Ticket,
    pub location: &'a Location,
    /// The present members of the kost.
    pub people: &'a [Person],
    pub followers: &'a [AccountId],
    pub assignee: Option<&'a Signature>,
    pub zone: &'a TimeZone,
}

impl StaffSide {
    pub async fn load(page: &Page, staff: &Staff, known: Known<'_>) -> Result<StaffSide> {
        let Known { ticket, location, people, followers, assignee, zone } = &known;
        let (t, reader) = (page.t, staff.account.id);
        let db = &page.app.db;
        let reporter = people.iter().find(|person| person.account == ticket.reporter);
        let reporter_name = match reporter {
            Some(person) => person.name.clone(),
            None => accounts::store::get(db, ticket.reporter)
                .await?
                .map(|account| account.name)
                .unwrap_or_default(),
        };
        let deliveries = timeline::deliveries(db, ticket).await?;
        let choice = |value: &str, text: &str, is_current| Choice {
            value: value.to_owned(),
            text: text.to_owned(),
            is_current,
        };
        Ok(StaffSide {
            statuses: Status::ALL
                .iter()
                .map(|status| choice(status.as_str(), status.word(t), *status == ticket.status))
                .collect(),
            priorities: Priority::ALL
                .iter()
                .map(|priority| {
                    choice(priority.as_str(), priority.word(t), *priority == ticket.priority)
                })
                .collect(),
            assignees: assignees(ticket, people, *assignee, t),
            take: (!staff.is_visiting_admin
                && ticket.status != Status::Done
                && ticket.assignee != Some(reader))
            .then(|| reader.to_string()),
            reporter: Signature::new(ticket.reporter.get(), &reporter_name, None),
            reporter_line: reporter_line(reporter, location, t, zone),
            phone: reporter.and_then(|person| person.phone.clone()),
            queue: staff.kost.path_to("/queue"),
            sent: deliveries
                .iter()
                .map(|delivery| Sent::new(delivery, &known, page, staff))
                .collect(),
            following: Following::of(ticket, people, followers, reader, t),
            names: people
                .iter()
                .map(|person| (person.account, &person.name))
                .chain(ticket.assignee.zip(assignee.map(|who| &who.name)))
                .map(|(account, name)| (account.to_string(), name.clone()))
                .collect(),
        })
    }

    /// Who the value of an assignee field is.
    pub fn name_of(&self, value: &str, t: Words) -> String {
        let known = self.names.iter().find(|(account, _)| account == value);
        known.map_or_else(|| t.staff_nobody().to_owned(), |(_, name)| name.clone())
    }

    /// How a reply addresses the reporter.
    pub fn first_name(&self) -> &str {
        self.reporter.name.split_whitespace().next().unwrap_or("")
    }

    /// The colour of the icon beside the priority drop-down.
    pub fn priority_class(&self, priority: &Priority) -> &'static str {
        if *priority == Priority::Emergency { "urgent" } else { "" }
    }
}

/// Nobody, then the staff with their loads; who takes no reports on says so. Who
/// has left and still has it stands last.
fn assignees(
    ticket: &Ticket,
    people: &[Person],
    assignee: Option<&Signature>,
    t: Words,
) -> Vec<Choice> {
    let nobody = Choice {
        value: String::new(),
        text: t.staff_nobody().to_owned(),
        is_current: ticket.assignee.is_none(),
    };
    let staff = people.iter().filter(|person| person.role.is_staff());
    let somebody = staff.map(|person| Choice {
        value: person.account.to_string(),
        text: if person.takes_tickets {
            t.staff_assignee_load(person.name.as_str(), person.unfinished)
        } else {
            t.staff_assignee_away(person.name.as_str())
        },
        is_current: ticket.assignee == Some(person.account),
    });
    let mut choices: Vec<_> = std::iter::once(nobody).chain(somebody).collect();
    if let (false, Some(account), Some(who)) =
        (choices.iter().any(|choice| choice.is_current), ticket.assignee, assignee)
    {
        let text = t.staff_assignee_gone(who.name.as_str());
        choices.push(Choice { value: account.to_string(), text, is_current: true });
    }
    choices
}

/// Where the reporter lives, and since when.
fn reporter_line(
    reporter: Option<&Person>,
    location: &Location,
    t: Words,
    zone: &TimeZone,
) -> String {
    let Some(person) = reporter else { return t.staff_reporter_gone().to_owned() };
    let date = t.date(zone.to_datetime(person.started_at).date());
    match &person.location_name {
        _ if person.role.is_staff() => person.role.word(t).to_owned(),
        Some(_) if person.location == Some(location.id) => {
            t.staff_reporter_since(location.label(t), date)
        }
        Some(name) => t.staff_reporter_since(format!("{} {name}", t.place_room()), date),
        None => t.staff_reporter_since(person.role.word(t), date),
    }
}

impl Sent {
    /// What stands before the line.
    pub fn icon(&self) -> &'static str {
        if self.is_failed { "alert" } else { "mail" }
    }

    fn new(delivery: &Delivery, known: &Known<'_>, page: &Page, staff: &Staff) -> Sent {
        let Known { ticket, zone, .. } = known;
        let t = page.t;
        let who = match delivery.account {
            account if account == ticket.reporter => t.delivery_to_reporter().to_owned(),
            account if ticket.assignee == Some(account) => t.delivery_to_assignee().to_owned(),
            _ => delivery.account_name.clone(),
        };
        let cause = |code: &str| t.cause(code);
        let text = match &delivery.progress {
            Progress::Sent(at) => t.delivery_sent(who, t.moment_inline(*at, page.now, zone)),
            Progress::Kept(at) => t.delivery_kept(who, t.moment_inline(*at, page.now, zone)),
            Progress::Due(None) => t.delivery_waiting(who),
            Progress::Due(Some(code)) => t.delivery_delayed(who, cause(code)),
            Progress::Failed(code) => t.delivery_failed(who, cause(code)),
            Progress::GivenUp(None) => t.delivery_given_up(who),
            Progress::GivenUp(Some(code)) => t.delivery_given_up_cause(who, cause(code)),
        };
        let is_failed = match &delivery.progress {
            Progress::Sent(_) | Progress::Kept(_) | Progress::Due(None) => false,
            // Who left, or wants no such mails, is no failure, and nobody's to mend.
            Progress::GivenUp(Some(why)) => why == Unreachable::NoAddress.as_str(),
            Progress::Due(Some(_)) | Progress::Failed(_) | Progress::GivenUp(None) => true,
        };
        let again = (is_failed && staff.role.runs_the_kost()).then_some(delivery.id);
        Sent { text, about: delivery.kind.inline(t), is_failed, task: delivery.job, again }
    }
}
