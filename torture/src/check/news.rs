//! Every activity's audience has its notifications exactly once. Who that is is
//! worked out anew from the product's table, as things stood when the
//! announcement was made: reports are assigned and followed meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use anyhow::Result;
use rusqlite::Connection;

use super::{Findings, rows};

type Account = i64;

struct Activity {
    id: i64,
    ticket: i64,
    actor: Option<Account>,
    kind: String,
    new_value: Option<String>,
    at: i64,
}

/// What one ticket is, and what happened to it.
struct Ticket {
    reporter: Account,
    happened: Vec<Activity>,
    /// Since when each follows it.
    followers: Vec<(Account, i64)>,
}

struct Kost {
    roles: HashMap<Account, String>,
}

const ACTIVITIES: &str = "SELECT id, ticket, actor, kind, new_value, at FROM activity ORDER BY id";

/// When each activity was announced.
const ANNOUNCED: &str = "
    SELECT json_extract(args, '$.activity'), ended_at
    FROM job
    WHERE name = 'Announce' AND state = 'done'";

/// Of what happened within `overlap` milliseconds of each other, either may have come first.
pub fn check(db: &Connection, overlap: i64, findings: &mut Findings) -> Result<()> {
    let roles =
        rows(db, "SELECT account, role FROM membership", |row| Ok((row.get(0)?, row.get(1)?)))?;
    let kost = Kost { roles: roles.into_iter().collect() };
    let announced: HashMap<i64, i64> =
        rows(db, ANNOUNCED, |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
    let mut told: HashMap<i64, BTreeSet<Account>> = HashMap::new();
    for (activity, account) in rows(db, "SELECT activity, account FROM notification", |row| {
        Ok((row.get(0)?, row.get(1)?))
    })? {
        told.entry(activity).or_default().insert(account);
    }
    for ticket in tickets(db)?.values() {
        for activity in &ticket.happened {
            // One that was not announced breaks a rule of its own.
            let Some(at) = announced.get(&activity.id) else { continue };
            let told = told.remove(&activity.id).unwrap_or_default();
            let moments = ticket.moments(at - overlap..=at + overlap);
            let mut audiences = moments.map(|then| audience(&kost, ticket, activity, then));
            if !audiences.any(|audience| audience == told) {
                let audience = audience(&kost, ticket, activity, *at);
                findings.lost += audience.difference(&told).count();
                let (id, kind) = (activity.id, &activity.kind);
                let words = format!("{kind} {id} was told to {told:?} instead of {audience:?}");
                findings.problems.push(words);
            }
        }
    }
    findings.problems.extend(told.into_keys().map(|id| format!("news of no activity: {id}")));
    Ok(())
}

fn tickets(db: &Connection) -> Result<BTreeMap<i64, Ticket>> {
    let mut tickets: BTreeMap<i64, Ticket> =
        rows(db, "SELECT id, reporter FROM ticket", |row| Ok((row.get(0)?, row.get(1)?)))?
            .into_iter()
            .map(|(id, reporter)| {
                (id, Ticket { reporter, happened: Vec::new(), followers: Vec::new() })
            })
            .collect();
    let activities = rows(db, ACTIVITIES, |row| {
        Ok(Activity {
            id: row.get(0)?,
            ticket: row.get(1)?,
            actor: row.get(2)?,
            kind: row.get(3)?,
            new_value: row.get(4)?,
            at: row.get(5)?,
        })
    })?;
    for activity in activities {
        if let Some(ticket) = tickets.get_mut(&activity.ticket) {
            ticket.happened.push(activity);
        }
    }
    for (ticket, follower) in rows(db, "SELECT ticket, account, since FROM follower", |row| {
        Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))
    })? {
        if let Some(ticket) = tickets.get_mut(&ticket) {
            ticket.followers.push(follower);
        }
    }
    Ok(tickets)
}

/// Who has to hear of an activity that is announced then.
fn audience(kost: &Kost, ticket: &Ticket, activity: &Activity, then: i64) -> BTreeSet<Account> {
    let followers = || ticket.followers_at(then);
    let readers = || followers().chain([ticket.reporter]).collect::<BTreeSet<_>>();
    let mut people = match activity.kind.as_str() {
        "opened" => kost.running(),
        "assigned" => {
            activity.new_value.iter().filter_map(|account| account.parse().ok()).collect()
        }
        "status_changed" | "returned" => {
            readers().into_iter().chain(ticket.assignee(then)).collect()
        }
        "commented" => match activity.actor {
            Some(by) if kost.is_staff(by) => readers(),
            _ => ticket.in_charge(kost, then),
        },
        "noted" => {
            let acted = ticket.happened.iter().filter(|activity| activity.at <= then);
            let acted = acted.filter_map(|activity| activity.actor);
            let concerned = acted.chain(followers()).filter(|account| kost.is_staff(*account));
            let people = concerned.chain(ticket.in_charge(kost, then)).collect::<BTreeSet<_>>();
            let is_alone = people.iter().all(|account| Some(*account) == activity.actor);
            if is_alone { kost.running() } else { people }
        }
        "confirmed" => {
            kost.with_roles(&["manager"]).into_iter().chain(ticket.assignee(then)).collect()
        }
        _ => BTreeSet::new(),
    };
    if let Some(actor) = activity.actor {
        people.remove(&actor);
    }
    people
}

impl Ticket {
    /// Before and after all that happened to it in this time.
    fn moments(&self, time: RangeInclusive<i64>) -> impl Iterator<Item = i64> {
        let changes = self.happened.iter().map(|activity| activity.at);
        let changes = changes.chain(self.followers.iter().map(|(_, since)| *since));
        let within = changes.filter(|change| time.contains(change)).collect::<Vec<_>>();
        [*time.start(), *time.end()].into_iter().chain(within)
    }

    fn assignee(&self, then: i64) -> Option<Account> {
        let is_last = |activity: &&Activity| activity.kind == "assigned" && activity.at <= then;
        self.happened.iter().rfind(is_last)?.new_value.as_ref()?.parse().ok()
    }

    fn in_charge(&self, kost: &Kost, then: i64) -> BTreeSet<Account> {
        self.assignee(then).map_or_else(|| kost.running(), |account| BTreeSet::from([account]))
    }

    fn followers_at(&self, then: i64) -> impl Iterator<Item = Account> {
        self.followers.iter().filter(move |(_, since)| *since <= then).map(|(account, _)| *account)
    }
}

impl Kost {
    fn is_staff(&self, account: Account) -> bool {
        self.roles.get(&account).is_some_and(|role| role != "resident")
    }

    fn running(&self) -> BTreeSet<Account> {
        self.with_roles(&["manager", "owner"])
    }

    fn with_roles(&self, wanted: &[&str]) -> BTreeSet<Account> {
        let with = self.roles.iter().filter(|(_, role)| wanted.contains(&role.as_str()));
        with.map(|(account, _)| *account).collect()
    }
}
