//! What can be done to a report. Each verb changes the row, records one
//! activity, and enqueues what follows, in the caller's transaction.

use db::Tx;
use jiff::SignedDuration;
use queue::Job;

use crate::accounts::{Account, AccountId};
use crate::activity::{ActivityId, ActivityKind};
use crate::error::{Error, Result};
use crate::kosts::{self, Kost, Member, Staff};
use crate::tickets::jobs::{AssignTicket, CloseSilent, RemindReporter};
use crate::tickets::{Answer, NewComment, NewTicket, Priority, Status, Ticket, store};

/// The reporter is reminded to answer "done" after so long.
pub const REMIND_AFTER: SignedDuration = SignedDuration::from_hours(24 * 3);
/// A ticket done for so long without an answer is closed by silence.
pub const CLOSE_AFTER: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Opens a ticket: takes the kost's next number, records it, and has it assigned.
///
/// # Errors
/// The constraint `ticket_kost_reporter_submission_key` when this form made a ticket before.
pub async fn open(
    tx: &mut Tx,
    kost: &Kost,
    reporter: &Account,
    new: &NewTicket,
) -> Result<(Ticket, ActivityId)> {
    let number = store::next_number(tx, kost.id).await?;
    let ticket = store::insert(tx, kost.id, number, reporter, new).await?;
    let activity = ticket
        .record(
            tx,
            ActivityKind::Opened,
            Some(reporter.id),
            None,
            Some(new.priority.as_str()),
            None,
        )
        .await?;
    AssignTicket { ticket: ticket.id, kost: kost.id }.enqueue(tx).await?;
    Ok((ticket, activity))
}

impl Ticket {
    /// Staff set one of the three states. Done asks the reporter to confirm;
    /// silence for seven days closes it as *unanswered*, never as confirmed.
    pub async fn change_status(&mut self, tx: &mut Tx, to: Status, by: &Staff) -> Result<()> {
        if self.status == to {
            return Ok(());
        }
        self.note_response(tx, by).await?;
        let from = self.set_status(tx, to, false).await?;
        self.record(
            tx,
            ActivityKind::StatusChanged,
            Some(by.account.id),
            Some(from.as_str()),
            Some(to.as_str()),
            None,
        )
        .await?;
        Ok(())
    }

    /// The reporter agrees that it is fixed.
    ///
    /// # Errors
    /// [`Error::Conflict`] unless the ticket is done and was not confirmed.
    pub async fn confirm(&mut self, tx: &mut Tx, by: &Account) -> Result<()> {
        self.must_be_answerable_by(by)?;
        self.set_answer(tx, Answer::Confirmed).await?;
        self.record(tx, ActivityKind::Confirmed, Some(by.id), None, None, None).await?;
        Ok(())
    }

    /// The reporter says that it is not fixed: the ticket is open again.
    ///
    /// # Errors
    /// [`Error::Conflict`] unless the ticket is done. It may be returned even
    /// after silence or a hasty yes: the problem is what counts.
    pub async fn return_ticket(
        &mut self,
        tx: &mut Tx,
        by: &Account,
        reason: Option<&str>,
    ) -> Result<ActivityId> {
        if by.id != self.reporter {
            return Err(Error::Forbidden);
        }
        if self.status != Status::Done {
            return Err(Error::Conflict);
        }
        self.set_status(tx, Status::Open, true).await?;
        self.record(tx, ActivityKind::Returned, Some(by.id), Some("done"), Some("open"), reason)
            .await
    }

    /// Asks the reporter once more whether it is fixed.
    pub async fn remind(&self, tx: &mut Tx) -> Result<()> {
        if self.awaits_answer() {
            self.record(tx, ActivityKind::Reminded, None, None, None, None).await?;
        }
        Ok(())
    }

    /// Nobody answered for seven days.
    pub async fn close_by_silence(&mut self, tx: &mut Tx) -> Result<()> {
        if self.awaits_answer() {
            self.set_answer(tx, Answer::Silent).await?;
            self.record(tx, ActivityKind::ClosedBySilence, None, None, None, None).await?;
        }
        Ok(())
    }

    /// Puts somebody in charge, or nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`] when this account is not present staff of the kost.
    pub async fn reassign(&mut self, tx: &mut Tx, to: Option<AccountId>, by: &Staff) -> Result<()> {
        kosts::store::lock(tx, self.kost).await?;
        if let Some(to) = to
            && !kosts::store::is_staff(&mut *tx, self.kost, to).await?
        {
            return Err(Error::NotFound);
        }
        if self.assignee != to {
            self.set_assignee(tx, to, Some(by.account.id)).await?;
        }
        Ok(())
    }

    /// Puts somebody in charge; `by` nobody when the assigner does it.
    pub(super) async fn set_assignee(
        &mut self,
        tx: &mut Tx,
        to: Option<AccountId>,
        by: Option<AccountId>,
    ) -> Result<()> {
        let from = self.assignee;
        if self.status != Status::Done {
            store::move_load(tx, self.kost, from, to).await?;
        }
        self.assignee = to;
        store::set_assignee(tx, self).await?;
        if let Some(to) = to {
            store::note_assignment(tx, self.kost, to).await?;
        }
        let from = from.map(|account| account.to_string());
        let to = to.map(|account| account.to_string());
        self.record(tx, ActivityKind::Assigned, by, from.as_deref(), to.as_deref(), None).await?;
        Ok(())
    }

    /// Staff set how urgent it is.
    pub async fn change_priority(&mut self, tx: &mut Tx, to: Priority, by: &Staff) -> Result<()> {
        let from = self.priority;
        if from == to {
            return Ok(());
        }
        self.priority = to;
        store::set_priority(tx, self).await?;
        self.record(
            tx,
            ActivityKind::PriorityChanged,
            Some(by.account.id),
            Some(from.as_str()),
            Some(to.as_str()),
            None,
        )
        .await?;
        Ok(())
    }

    /// Adds a comment or, by staff, an internal note. The first comment by
    /// staff is a response; a note is none, since the reporter does not see it.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a comment on a done ticket: return it first;
    /// [`Error::Forbidden`] for a resident's internal note.
    pub async fn comment(
        &mut self,
        tx: &mut Tx,
        by: &Member,
        new: &NewComment,
    ) -> Result<ActivityId> {
        let kind = match (new.is_internal, by.staff()) {
            (true, None) => return Err(Error::Forbidden),
            (true, Some(_)) => ActivityKind::Noted,
            (false, _) if self.status == Status::Done => return Err(Error::Conflict),
            (false, staff) => {
                if let Some(staff) = staff {
                    self.note_response(tx, &staff).await?;
                }
                ActivityKind::Commented
            }
        };
        store::touch(tx, self, kind == ActivityKind::Commented).await?;
        self.record(tx, kind, Some(by.account.id), None, None, Some(&new.body)).await
    }

    /// Somebody follows the ticket from now on: may read and comment it, and
    /// hears of it. Neighbours who do learn neither the reporter's name nor room.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who is not in the kost, and for the reporter.
    pub async fn add_follower(&self, tx: &mut Tx, account: AccountId, _by: &Staff) -> Result<()> {
        let person = kosts::store::person(&mut *tx, self.kost, account).await?;
        if person.is_none() || account == self.reporter {
            return Err(Error::NotFound);
        }
        store::follow(tx, self, account).await?;
        self.refresh(tx, &self.topics()).await
    }

    /// Somebody follows the ticket no more, and is told nothing more of it unless
    /// they may read it all the same.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but staff and the follower,
    /// [`Error::NotFound`] for who does not follow it.
    pub async fn end_following(&self, tx: &mut Tx, account: AccountId, by: &Member) -> Result<()> {
        if by.account.id != account && !by.role.is_staff() {
            return Err(Error::Forbidden);
        }
        // Also for the one who is going.
        self.refresh(tx, &self.topics()).await?;
        if !store::unfollow(tx, self, account).await? {
            return Err(Error::NotFound);
        }
        kosts::forget_news(tx, self.kost, account).await
    }

    fn must_be_answerable_by(&self, by: &Account) -> Result<()> {
        if by.id != self.reporter {
            return Err(Error::Forbidden);
        }
        let open_to_answer = self.status == Status::Done && self.answer != Some(Answer::Confirmed);
        if open_to_answer { Ok(()) } else { Err(Error::Conflict) }
    }

    /// The first response is the first thing that the reporter sees staff do:
    /// a comment or a change of status.
    async fn note_response(&mut self, tx: &mut Tx, by: &Staff) -> Result<()> {
        if self.first_response_at.is_none() && by.account.id != self.reporter {
            self.first_response_at = Some(tx.now());
            store::set_first_response(tx, self).await?;
        }
        Ok(())
    }

    /// Changes the state and everything that is counted by it.
    async fn set_status(&mut self, tx: &mut Tx, to: Status, returned: bool) -> Result<Status> {
        self.stop_waiting(tx).await?;
        let from = std::mem::replace(&mut self.status, to);
        self.returned = returned;
        self.answer = None;
        self.done_at = (to == Status::Done).then(|| tx.now());
        store::set_status(tx, self).await?;
        self.wait_for_answer(tx).await?;
        store::move_count(tx, self.kost, from, to).await?;
        match (from, to) {
            (Status::Done, _) => {
                store::move_load(tx, self.kost, None, self.assignee).await?;
                // Nobody had it, or whoever had it may have left since.
                AssignTicket { ticket: self.id, kost: self.kost }.enqueue(tx).await?;
            }
            (_, Status::Done) => store::move_load(tx, self.kost, self.assignee, None).await?,
            _ => {}
        }
        Ok(from)
    }

    async fn wait_for_answer(&self, tx: &mut Tx) -> Result<()> {
        let Some((remind, close)) = self.deadlines() else { return Ok(()) };
        remind.enqueue_at(tx, remind.done_at + REMIND_AFTER).await?;
        close.enqueue_at(tx, close.done_at + CLOSE_AFTER).await?;
        Ok(())
    }

    async fn stop_waiting(&self, tx: &mut Tx) -> Result<()> {
        let Some((remind, close)) = self.deadlines() else { return Ok(()) };
        remind.withdraw(tx).await?;
        close.withdraw(tx).await?;
        Ok(())
    }

    fn deadlines(&self) -> Option<(RemindReporter, CloseSilent)> {
        let (ticket, kost, done_at) = (self.id, self.kost, self.done_at?);
        Some((RemindReporter { ticket, kost, done_at }, CloseSilent { ticket, kost, done_at }))
    }

    async fn set_answer(&mut self, tx: &mut Tx, answer: Answer) -> Result<()> {
        self.stop_waiting(tx).await?;
        self.answer = Some(answer);
        store::set_answer(tx, self).await
    }
}
