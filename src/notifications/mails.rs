//! What a notification says in a toast and in a mail.

use db::{On, Tx, query};
use mail::{Mailbox, Message};
use serde_json::json;

use crate::App;
use crate::accounts::{self, Account};
use crate::activity::{self, Activity, ActivityKind};
use crate::error::Result;
use crate::kosts::{Kost, KostId, Location, MembershipId};
use crate::notifications::audience::mail_kind;
use crate::notifications::wording::News;
use crate::notifications::{DeliveryId, store};
use crate::tickets::{self, Priority, Status, Ticket};
use crate::web::Letter;
use crate::words::Words;

/// Everything that a text about one activity needs.
struct Story<'a> {
    activity: &'a Activity,
    ticket: &'a Ticket,
    kost: Kost,
    location: Location,
    reader: &'a Account,
    reader_is_staff: bool,
}

impl<'a> Story<'a> {
    async fn load(
        tx: &mut Tx,
        activity: &'a Activity,
        ticket: &'a Ticket,
        reader: &'a Account,
    ) -> Result<Self> {
        Ok(Story {
            activity,
            ticket,
            kost: crate::kosts::store::get(&mut *tx, ticket.kost).await?,
            location: tickets::store::location_of(&mut *tx, ticket.location).await?,
            reader_is_staff: is_staff(&mut *tx, ticket.kost, reader).await?,
            reader,
        })
    }

    fn news<'b>(&'b self, place: &'b str) -> News<'b> {
        News {
            kind: self.activity.kind,
            new_value: self.activity.new_value.as_deref(),
            actor: self.activity.actor.map(accounts::AccountId),
            actor_name: self.activity.actor_name.as_deref(),
            reporter: self.ticket.reporter,
            place,
            reader: self.reader.id,
            reader_is_staff: self.reader_is_staff,
        }
    }
}

async fn is_staff(on: impl Into<On<'_>>, kost: KostId, account: &Account) -> Result<bool> {
    let found: Option<(MembershipId,)> = query(
        "SELECT id FROM membership WHERE kost = $1 AND account = $2 AND ended_at IS NULL AND role <> 'resident'",
    )
    .bind(kost)
    .bind(account.id)
    .optional(on)
    .await?;
    Ok(found.is_some())
}

/// The toast on somebody's open pages (see the live protocol in `web::live`).
pub async fn toast(
    tx: &mut Tx,
    activity: &Activity,
    ticket: &Ticket,
    reader: &Account,
    t: Words,
) -> Result<serde_json::Value> {
    let story = Story::load(tx, activity, ticket, reader).await?;
    let place = story.location.label(t);
    let is_emergency =
        activity.kind == ActivityKind::Opened && ticket.priority == Priority::Emergency;
    Ok(json!({
        "type": "toast",
        "title": story.news(&place).sentence(t),
        "body": ticket.title,
        "url": ticket.path(&story.kost.slug),
        "plate": story.location.plate(),
        "urgent": is_emergency,
    }))
}

/// The mail of a delivery; `None` when there is nothing to send any more: it
/// was sent, or its reader may not read it any more or took the address away.
pub async fn of_delivery(app: &App, id: DeliveryId) -> Result<Option<Message>> {
    let mut tx = app.db.begin().await?;
    let Some(delivery) = store::delivery(&mut tx, id).await? else { return Ok(None) };
    if delivery.state == store::DeliveryState::Sent {
        return Ok(None);
    }
    let Some(account) = accounts::store::get(&mut tx, delivery.account).await? else {
        return Ok(None);
    };
    let activity = activity::get(&mut tx, delivery.activity).await?;
    let Some(ticket) = tickets::store::get(&mut tx, delivery.ticket).await? else {
        return Ok(None);
    };
    let is_wanted =
        account.mail_address_for(mail_kind(activity.kind)) == Some(delivery.address.as_str());
    let may_hear = !store::may_hear(&mut tx, activity.id, [account.id]).await?.is_empty();
    if !is_wanted || !may_hear {
        return Ok(None);
    }
    let story = Story::load(&mut tx, &activity, &ticket, &account).await?;
    drop(tx);
    compose(app, &story, &delivery.address).map(Some)
}

fn compose(app: &App, story: &Story, address: &str) -> Result<Message> {
    let letter = letter(app, story);
    let (text, html) = letter.bodies()?;
    let (ticket, reader) = (story.ticket, story.reader);
    let thread = app.message_id(&format!("ticket-{}-{}", ticket.id, reader.id));
    let kind = mail_kind(story.activity.kind);
    Ok(Message {
        to: Mailbox::new(&reader.name, address),
        from: app.mail_from(),
        reply_to: None,
        subject: letter.subject,
        text,
        html: Some(html),
        // The same for every attempt, so that a mail that was sent twice is one.
        message_id: app.message_id(&format!("activity-{}-{}", story.activity.id, reader.id)),
        in_reply_to: Some(thread.clone()),
        references: vec![thread],
        list_unsubscribe: Some(
            app.url(&format!("/unsubscribe/{}/{kind}", reader.unsubscribe_token)),
        ),
        auto_submitted: true,
        date: app.clock.now(),
    })
}

fn letter(app: &App, story: &Story) -> Letter {
    let t = Words::new(story.reader.language);
    let (ticket, activity) = (story.ticket, story.activity);
    let place = story.location.label(t);
    let news = story.news(&place);
    let zone = story.kost.timezone.tz();
    let status =
        activity.new_value.as_deref().filter(|_| activity.kind == ActivityKind::StatusChanged);
    let status = status.and_then(|value| value.parse::<Status>().ok());
    let words = match activity.kind {
        ActivityKind::Opened => Some(ticket.description.clone()),
        _ => activity.body.clone(),
    };
    let button = match activity.kind {
        ActivityKind::Commented | ActivityKind::Noted => t.letter_reply(),
        ActivityKind::Reminded => t.letter_answer(),
        _ if status == Some(Status::Done) && story.reader.id == ticket.reporter => {
            t.letter_answer()
        }
        _ => t.letter_open(),
    };
    Letter {
        t,
        lang: story.reader.language.as_str(),
        subject: subject(t, story, &place, &news),
        sender: story.kost.name.clone(),
        plate: story.location.plate().map(str::to_owned),
        pill: status.map(|status| (status.word(t), pill_kind(status))),
        heading: news.sentence(t),
        lines: vec![ticket.title.clone()],
        quote: words.filter(|words| !words.is_empty()).map(|words| (news.actor(t), words)),
        facts: vec![
            (
                t.letter_report(),
                format!("#{}, {}, {place}", ticket.number, ticket.category.word(t)),
            ),
            (t.letter_status(), ticket.status.word(t).to_owned()),
            (t.letter_time(), t.full_date_time(activity.at, &zone)),
        ],
        button: (button, app.url(&ticket.path(&story.kost.slug))),
        why: why(t, story),
        stop: Some(app.url("/account/notifications")),
    }
}

/// What made the reader one of those who are told.
fn why(t: Words, story: &Story) -> String {
    let (ticket, kost, reader) = (story.ticket, &story.kost.name, story.reader.id);
    if reader == ticket.reporter {
        t.mail_why_reporter(ticket.number, kost)
    } else if ticket.assignee == Some(reader) {
        t.mail_why_assignee(ticket.number, kost)
    } else if story.reader_is_staff {
        t.mail_why_staff(kost)
    } else {
        t.mail_why_follower(ticket.number, kost)
    }
}

fn pill_kind(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::InProgress => "progress",
        Status::Done => "done",
    }
}

fn subject(t: Words, story: &Story, place: &str, news: &News) -> String {
    let (kost, number, title) = (&story.kost.name, story.ticket.number, &story.ticket.title);
    match story.activity.kind {
        ActivityKind::Opened if story.ticket.priority == Priority::Emergency => {
            t.mail_emergency(kost, place, title)
        }
        ActivityKind::Opened => t.mail_opened(kost, number, place, title),
        ActivityKind::Assigned => t.mail_assigned(kost, number, place, title),
        ActivityKind::Commented => t.mail_comment(kost, news.actor(t), number, title),
        ActivityKind::Returned => t.mail_returned(kost, number, title),
        ActivityKind::StatusChanged => match story.activity.new_value.as_deref() {
            Some("in_progress") => t.mail_progress(kost, number, title),
            Some("done") if story.reader.id == story.ticket.reporter => {
                t.mail_done(kost, number, title)
            }
            Some("done") => t.mail_done_other(kost, number, title),
            _ => t.mail_returned(kost, number, title),
        },
        ActivityKind::Noted => t.mail_note(kost, number, title),
        ActivityKind::Confirmed => t.mail_confirmed(kost, number, title),
        ActivityKind::Reminded => t.mail_reminder(kost, number, title),
        ActivityKind::ClosedBySilence => t.mail_silent(kost, number, title),
        ActivityKind::PriorityChanged => t.mail_priority(kost, number, title),
    }
}
