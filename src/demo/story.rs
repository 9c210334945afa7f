//! Half a year in the demo kost: what is reported, what becomes of it, in the
//! order of time.

use bytes::Bytes;
use db::Clock;
use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::accounts::{self, AccountId};
use crate::demo::content::{ADDED, NOTES, RETURNS, TROUBLES, Trouble};
use crate::demo::{
    Dice, House, READ_BEFORE, REPORTS, drawing, read_everything, run_tasks, verify_addresses,
};
use crate::error::{Error, Result};
use crate::kosts::{self, Location, LocationId, Member};
use crate::tickets::{self, NewComment, NewTicket, Priority, Status, Ticket, TicketId, photos};
use crate::web::{Form, Upload};

/// Which report, from the newest, waits for the answer of the first resident.
const ASKED: usize = 3;

/// One thing that somebody does.
enum Step {
    Open,
    Reply(&'static str),
    Add(&'static str),
    Note(&'static str),
    Set(Status),
    Confirm,
    Return(&'static str),
}

/// One report: who has which trouble where, and its ticket once it is open.
struct Report {
    trouble: &'static Trouble,
    reporter: AccountId,
    location: LocationId,
    has_photo: bool,
    ticket: Option<TicketId>,
}

/// Plays everything that happened until `now`.
pub async fn live(app: &App, clock: &Clock, house: &House, now: Timestamp) -> Result<()> {
    let mut dice = Dice::new(8);
    let (mut reports, steps) = invent(&mut dice, house, now);
    let recent = now - READ_BEFORE;
    let mut has_read = false;
    let mut ran_at = clock.now();
    for (at, report, step) in steps {
        if at > recent && !has_read {
            clock.set(recent);
            run_tasks(app).await?;
            read_everything(app, house).await?;
            verify_addresses(app, house).await?;
            has_read = true;
        }
        clock.set(at);
        let is_opening = matches!(step, Step::Open);
        play(app, house, &mut dice, &mut reports[report], &step).await?;
        // A report finds its assignee at once; other news may wait for the evening.
        if is_opening || has_read || at.duration_since(ran_at) > SignedDuration::from_hours(12) {
            run_tasks(app).await?;
            ran_at = at;
        }
    }
    clock.set(now);
    run_tasks(app).await
}

type Steps = Vec<(Timestamp, usize, Step)>;

fn invent(dice: &mut Dice, house: &House, now: Timestamp) -> (Vec<Report>, Steps) {
    let mut reports = Vec::new();
    let mut steps = Steps::new();
    for number in 0..REPORTS {
        let opened_at = now - age(dice, number);
        let trouble = match REPORTS - number {
            ASKED => &TROUBLES[0],
            1 => TROUBLES
                .iter()
                .find(|trouble| trouble.priority == Priority::Emergency)
                .unwrap_or(&TROUBLES[0]),
            _ => dice.pick(&TROUBLES),
        };
        let (reporter, room) = match REPORTS - number {
            ASKED => house.residents[0],
            _ => *dice.pick(&house.residents),
        };
        let location = match trouble.shared {
            [] => room,
            places => house.shared[*dice.pick(places)],
        };
        reports.push(Report {
            trouble,
            reporter,
            location,
            has_photo: REPORTS - number == ASKED || dice.chance(45),
            ticket: None,
        });
        let mut story = Story { dice, steps: &mut steps, report: number, at: opened_at };
        match REPORTS - number {
            ASKED => story.ask(trouble),
            _ => story.tell(trouble),
        }
    }
    // What would happen after now has not happened yet.
    steps.retain(|(at, ..)| *at <= now);
    steps.sort_by_key(|(at, report, _)| (*at, *report));
    (reports, steps)
}

/// How long ago a report was made: most over half a year, at a waking hour, the
/// last dozen within the last days.
fn age(dice: &mut Dice, number: usize) -> SignedDuration {
    const LAST_MINUTES: [i64; 12] =
        [4, 55, 140, 300, 620, 1290, 1500, 1800, 2750, 3100, 4300, 4700];
    match LAST_MINUTES.get(REPORTS - 1 - number) {
        Some(minutes) => SignedDuration::from_mins(*minutes),
        None => {
            SignedDuration::from_hours(i64::from(dice.between(4, 178)) * 24)
                + SignedDuration::from_mins(i64::from(dice.between(-420, 420)))
        }
    }
}

/// Writes the steps of one report.
struct Story<'a> {
    dice: &'a mut Dice,
    steps: &'a mut Steps,
    report: usize,
    at: Timestamp,
}

impl Story<'_> {
    fn tell(&mut self, trouble: &'static Trouble) {
        self.steps.push((self.at, self.report, Step::Open));
        if self.dice.chance(25) {
            let text = *self.dice.pick(&ADDED);
            self.after(6, 40, Step::Add(text));
        }
        let (quick, slow) = match trouble.priority {
            Priority::Emergency => (3, 12),
            Priority::High => (8, 150),
            Priority::Medium => (15, 420),
            Priority::Low => (30, 1300),
        };
        self.after(quick, slow, Step::Reply(trouble.reply));
        if self.dice.chance(40) {
            let text = *self.dice.pick(&ADDED);
            self.after(4, 120, Step::Add(text));
        }
        self.after(5, 240, Step::Set(Status::InProgress));
        if self.dice.chance(22) {
            let text = *self.dice.pick(&NOTES);
            self.after(10, 600, Step::Note(text));
        }
        // A few get stuck: the part is on order.
        if self.dice.chance(2) {
            return;
        }
        self.finish(trouble);
        if self.dice.chance(12) {
            let text = *self.dice.pick(&RETURNS);
            self.after(200, 2600, Step::Return(text));
            self.after(20, 300, Step::Set(Status::InProgress));
            self.finish(trouble);
        }
        if self.dice.chance(74) {
            self.after(30, 2200, Step::Confirm);
        }
    }

    /// Handled within the hour; the answer is still to come.
    fn ask(&mut self, trouble: &'static Trouble) {
        self.steps.push((self.at, self.report, Step::Open));
        self.after(8, 12, Step::Reply(trouble.reply));
        self.after(4, 8, Step::Set(Status::InProgress));
        self.after(20, 30, Step::Reply(trouble.fixed));
        self.after(1, 2, Step::Set(Status::Done));
    }

    fn finish(&mut self, trouble: &'static Trouble) {
        self.after(60, 3800, Step::Reply(trouble.fixed));
        self.after(1, 4, Step::Set(Status::Done));
    }

    /// Something that happens so many minutes later.
    fn after(&mut self, least: i32, most: i32, step: Step) {
        self.at += SignedDuration::from_mins(i64::from(self.dice.between(least, most)));
        self.steps.push((self.at, self.report, step));
    }
}

async fn play(
    app: &App,
    house: &House,
    dice: &mut Dice,
    report: &mut Report,
    step: &Step,
) -> Result<()> {
    let Some(id) = report.ticket else {
        report.ticket = Some(open(app, house, dice, report).await?);
        return Ok(());
    };
    let ticket = tickets::store::get(&app.db, house.kost.id, id).await?.ok_or(Error::NotFound)?;
    let in_charge = ticket.assignee.unwrap_or(house.staff[1]);
    let by = match step {
        Step::Add(_) | Step::Confirm | Step::Return(_) => report.reporter,
        _ => in_charge,
    };
    let by = Member::load(app, by, &house.kost.slug).await?;
    let mut tx = app.db.begin().await?;
    let mut ticket = tickets::load_for_change(&mut tx, house.kost.id, id).await?;
    match step {
        Step::Open => {}
        Step::Reply(body) | Step::Add(body) => say(&mut ticket, &mut tx, &by, body, false).await?,
        Step::Note(body) => say(&mut ticket, &mut tx, &by, body, true).await?,
        Step::Set(status) => {
            if let Some(staff) = by.staff() {
                ticket.change_status(&mut tx, *status, &staff).await?;
            }
        }
        Step::Confirm => ticket.confirm(&mut tx, &by.account).await?,
        Step::Return(reason) => {
            ticket.return_ticket(&mut tx, &by.account, Some(reason)).await?;
        }
    }
    Ok(tx.commit().await?)
}

async fn say(
    ticket: &mut Ticket,
    tx: &mut db::Tx,
    by: &Member,
    body: &str,
    is_internal: bool,
) -> Result<()> {
    ticket.comment(tx, by, &NewComment { body: body.to_owned(), is_internal }).await?;
    Ok(())
}

async fn open(app: &App, house: &House, dice: &mut Dice, report: &Report) -> Result<TicketId> {
    let trouble = report.trouble;
    let photos = match report.has_photo {
        true => take_photo(app, report, dice).await?,
        false => photos::StoredPhotos::default(),
    };
    let reporter = accounts::store::get(&app.db, report.reporter).await?.ok_or(Error::NotFound)?;
    let location: Location = kosts::store::location(&app.db, house.kost.id, report.location)
        .await?
        .ok_or(Error::NotFound)?;
    let new = NewTicket {
        title: trouble.title.to_owned(),
        description: trouble.description.to_owned(),
        category: trouble.category,
        location,
        priority: trouble.priority,
        submission: crate::secret::token(),
    };
    let mut tx = app.db.begin().await?;
    let (ticket, activity) = tickets::open(&mut tx, &house.kost, &reporter, &new).await?;
    photos.attach(&mut tx, &ticket, activity).await?;
    tx.commit().await?;
    Ok(ticket.id)
}

async fn take_photo(app: &App, report: &Report, dice: &mut Dice) -> Result<photos::StoredPhotos> {
    let bytes = Bytes::from(drawing::photo(report.trouble.category, dice)?);
    let mut form = Form::default();
    form.files.push(Upload::new(bytes));
    match photos::store(app, report.reporter, &form).await? {
        (stored, None) => Ok(stored),
        (_, Some(problem)) => Err(anyhow::anyhow!("a drawing is refused: {problem:?}").into()),
    }
}
