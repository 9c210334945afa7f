//! What was just done, said once on the page that follows.

use crate::words::Words;
use crate::words::jobs::{NAMES, name_word};

db::text_enum! {
    /// A word about what was done, as the cookie carries it to the next page.
    pub enum Flash {
        ReportSent = "report",
        Saved = "saved",
        CommentSent = "comment",
        Confirmed = "confirmed",
        Returned = "returned",
        AllRead = "read",
        LoggedOutThere = "session",
        PasswordChanged = "password",
        EmailLinkSent = "email",
        EmailVerified = "verified",
        Welcome = "welcome",
        WelcomeMail = "welcome_mail",
        TasksRetried = "retried",
        TasksDue = "due",
        TasksRescheduled = "rescheduled",
        TasksCancelled = "cancelled",
        TasksDiscarded = "discarded",
        QueuePaused = "paused",
        QueueResumed = "resumed",
        ScheduleStarted = "started",
        TaskMovedOn = "moved_on",
        LoggedOut = "logout",
        LoggedOutOthers = "sessions",
        Joined = "joined",
        Invited = "invited",
        TakesTasks = "takes",
        TakesNoTasks = "takes_not",
        InviteRenewed = "invite",
        MembershipEnded = "ended",
    }
}

impl Flash {
    /// What it says; some count or name something.
    pub(super) fn word(self, number: i64, t: Words) -> String {
        let text = match self {
            Flash::ReportSent => return t.flash_report_sent(number),
            Flash::TasksRetried => return t.flash_tasks_retried(number),
            Flash::TasksDue => return t.flash_tasks_due(number),
            Flash::TasksRescheduled => return t.flash_tasks_rescheduled(number),
            Flash::TasksCancelled => return t.flash_tasks_cancelled(number),
            Flash::TasksDiscarded => return t.flash_tasks_discarded(number),
            Flash::ScheduleStarted => {
                let name = usize::try_from(number).ok().and_then(|number| NAMES.get(number));
                return t.flash_schedule_started(name_word(name.unwrap_or(&""), t));
            }
            Flash::QueuePaused => t.flash_queue_paused(),
            Flash::QueueResumed => t.flash_queue_resumed(),
            Flash::TaskMovedOn => t.flash_task_moved_on(),
            Flash::Saved => t.flash_saved(),
            Flash::CommentSent => t.flash_comment_sent(),
            Flash::Confirmed => t.ticket_confirmed(),
            Flash::Returned => t.flash_returned(),
            Flash::AllRead => t.flash_all_read(),
            Flash::LoggedOutThere => t.flash_logged_out_there(),
            Flash::PasswordChanged => t.flash_password_changed(),
            Flash::EmailLinkSent => t.flash_email_link_sent(),
            Flash::EmailVerified => t.flash_email_verified(),
            Flash::Welcome => t.flash_welcome(),
            Flash::WelcomeMail => t.flash_welcome_mail(),
            Flash::LoggedOut => t.login_logged_out(),
            Flash::LoggedOutOthers => t.sessions_ended_others(),
            Flash::Joined => t.flash_joined(),
            Flash::Invited => t.flash_invited(),
            Flash::TakesTasks => t.account_takes_tickets_on(),
            Flash::TakesNoTasks => t.account_takes_tickets_off(),
            Flash::InviteRenewed => t.settings_invite_renewed(),
            Flash::MembershipEnded => t.flash_membership_ended(),
        };
        text.to_owned()
    }
}
