//! What a notification says in a toast and in a mail.

use db::On;
use mail::{Mailbox, Message};
use serde_json::json;

use crate::App;
use crate::accounts::{self, Account, AccountId, MailKind};
use crate::activity::{self, Activity, ActivityId, ActivityKind};
use crate::error::{Error, Result};
use crate::kosts::{self, Kost, KostId, Location};
use crate::notifications::{DeliveryId, News, deliveries, store};
use crate::tickets::{
    self, Actor, DeliveryState, Priority, Status, Ticket, TicketId, Unreachable, Viewer,
};
use crate::web::Letter;
use crate::words::Words;

/// Everything that a text about one activity needs, whoever reads it.
pub struct Story {
    pub activity: Activity,
    pub ticket: Ticket,
    kost: Kost,
    location: Location,
}

impl Story {
    pub async fn load(on: impl Into<On<'_>>, kost: KostId, activity: ActivityId) -> Result<Story> {
        let mut on = on.into();
        let activity = activity::get(&mut on, kost.get(), activity).await?;
        let ticket = tickets::store::get(&mut on, kost, TicketId(activity.ticket)).await?;
        let ticket = ticket.ok_or(Error::NotFound)?;
        Ok(Story {
            kost: kosts::store::get(&mut on, kost).await?,
            location: kosts::store::location_of(&mut on, kost, ticket.location).await?,
            activity,
            ticket,
        })
    }

    /// The toast on a reader's open pages (see the live protocol in `live`).
    pub fn toast(&self, viewer: Viewer, t: Words) -> serde_json::Value {
        let (plate, place) = self.place(viewer, t);
        let is_emergency = self.activity.kind == ActivityKind::Opened
            && self.ticket.priority == Priority::Emergency;
        json!({
            "type": "toast",
            "title": self.news(viewer, place).sentence(t),
            "body": self.ticket.title,
            "url": self.ticket.path(&self.kost.slug),
            "plate": plate,
            "urgent": is_emergency,
        })
    }

    fn place(&self, viewer: Viewer, t: Words) -> (Option<String>, String) {
        viewer.place(&self.location, self.ticket.reporter, t)
    }

    fn news(&self, viewer: Viewer, place: String) -> News<'_> {
        let activity = &self.activity;
        News {
            kind: activity.kind,
            new_value: activity.new_value.as_deref(),
            actor: Actor::of(
                activity.actor.map(AccountId),
                activity.actor_name.as_deref(),
                activity.actor_is_resident,
            ),
            reporter: self.ticket.reporter,
            place,
            viewer,
        }
    }
}

/// Whom a mail is for.
struct Addressee<'a> {
    account: &'a Account,
    viewer: Viewer,
}

/// What a delivery comes to.
pub enum Mail {
    To(Box<Message>),
    /// Its reader cannot be written to any more.
    Unreachable(Unreachable),
    /// It was sent, or is gone with what it was about.
    Nothing,
}

/// The mail of a delivery, to the verified address that its reader has now: it may
/// be another one than when the delivery was queued.
pub async fn of_delivery(app: &App, kost: KostId, id: DeliveryId) -> Result<Mail> {
    let Some(delivery) = deliveries::get(&app.db, kost, id).await? else {
        return Ok(Mail::Nothing);
    };
    if delivery.state != DeliveryState::Queued {
        return Ok(Mail::Nothing);
    }
    let Some(account) = accounts::store::get(&app.db, delivery.account).await? else {
        return Ok(Mail::Nothing);
    };
    let story = Story::load(&app.db, kost, delivery.activity).await?;
    let viewers = store::may_hear(&app.db, &story.activity, [account.id]).await?;
    let Some(viewer) = viewers.into_iter().next() else {
        return Ok(Mail::Unreachable(Unreachable::NoAccess));
    };
    let Some(address) = account.email.as_deref() else {
        return Ok(Mail::Unreachable(Unreachable::NoAddress));
    };
    if !account.wants_mail(MailKind::of(story.activity.kind)) {
        return Ok(Mail::Unreachable(Unreachable::SwitchedOff));
    }
    let to = Addressee { account: &account, viewer };
    Ok(Mail::To(Box::new(compose(app, &story, &to, address)?)))
}

fn compose(app: &App, story: &Story, to: &Addressee<'_>, address: &str) -> Result<Message> {
    let letter = letter(app, story, to);
    let (text, html) = letter.bodies()?;
    let (ticket, reader) = (&story.ticket, to.account);
    let thread = app.message_id(&format!("ticket-{}-{}", ticket.id, reader.id));
    let kind = MailKind::of(story.activity.kind);
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
        // Of the news, and so the same for every attempt as well.
        date: story.activity.at,
    })
}

fn letter(app: &App, story: &Story, to: &Addressee<'_>) -> Letter {
    let t = Words::new(to.account.language);
    let (ticket, activity) = (&story.ticket, &story.activity);
    let (plate, place) = story.place(to.viewer, t);
    let news = story.news(to.viewer, place);
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
        _ if status == Some(Status::Done) && to.account.id == ticket.reporter => t.letter_answer(),
        _ => t.letter_open(),
    };
    Letter {
        t,
        lang: to.account.language.as_str(),
        subject: subject(t, story, &news),
        sender: story.kost.name.clone(),
        plate,
        pill: status.map(|status| (status.word(t), status.look().0)),
        heading: news.sentence(t),
        lines: vec![ticket.title.clone()],
        quote: words.filter(|words| !words.is_empty()).map(|words| (news.actor(t), words)),
        facts: vec![
            (
                t.letter_report(),
                format!("#{}, {}, {}", ticket.number, ticket.category.word(t), news.place),
            ),
            (t.letter_status(), ticket.status.word(t).to_owned()),
            (t.letter_time(), t.full_date_time(activity.at, &zone)),
        ],
        button: (button, app.url(&ticket.path(&story.kost.slug))),
        why: why(t, story, to.viewer),
        stop: Some(app.url("/account/notifications")),
    }
}

/// What made the reader one of those who are told.
fn why(t: Words, story: &Story, viewer: Viewer) -> String {
    let (ticket, kost) = (&story.ticket, &story.kost.name);
    if viewer.account == ticket.reporter {
        t.mail_why_reporter(ticket.number, kost)
    } else if ticket.assignee == Some(viewer.account) {
        t.mail_why_assignee(ticket.number, kost)
    } else if viewer.is_staff {
        t.mail_why_staff(kost)
    } else {
        t.mail_why_follower(ticket.number, kost)
    }
}

fn subject(t: Words, story: &Story, news: &News<'_>) -> String {
    let (kost, number, title, place) =
        (&story.kost.name, story.ticket.number, &story.ticket.title, &news.place);
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
            Some("done") if news.viewer.account == news.reporter => {
                t.mail_done(kost, number, title)
            }
            Some("done") => t.mail_done_other(kost, number, title),
            _ => t.mail_reopened(kost, number, title),
        },
        ActivityKind::Noted => t.mail_note(kost, number, title),
        ActivityKind::Confirmed => t.mail_confirmed(kost, number, title),
        ActivityKind::Reminded => t.mail_reminder(kost, number, title),
        ActivityKind::ClosedBySilence => t.mail_silent(kost, number, title),
        // Nobody is told of it.
        ActivityKind::PriorityChanged => title.clone(),
    }
}
