//! What tasks and their schedules are called. The pages and the word after an act
//! share it.

use super::Words;

/// The types of task that the program has.
pub const NAMES: [&str; 12] = [
    "AssignTicket",
    "AssignWaiting",
    "ReleaseTickets",
    "Announce",
    "DeliverEmail",
    "SendAccountMail",
    "SendResetLinks",
    "RemindReporter",
    "CloseSilent",
    "CleanUp",
    "RemoveOldMails",
    "RemoveStrayPhotos",
];

/// What a task does.
pub fn name_word(name: &str, t: Words) -> String {
    match name {
        "AssignTicket" => t.job_name_assign_ticket(),
        "AssignWaiting" => t.job_name_assign_waiting(),
        "ReleaseTickets" => t.job_name_release_tickets(),
        "Announce" => t.job_name_announce(),
        "DeliverEmail" => t.job_name_deliver_email(),
        "SendAccountMail" => t.job_name_send_account_mail(),
        "SendResetLinks" => t.job_name_send_reset_links(),
        "RemindReporter" => t.job_name_remind_reporter(),
        "CloseSilent" => t.job_name_close_silent(),
        "CleanUp" => t.job_name_clean_up(),
        "RemoveOldMails" => t.job_name_remove_old_mails(),
        "RemoveStrayPhotos" => t.job_name_remove_stray_photos(),
        other => return t.job_name_unknown(other),
    }
    .to_owned()
}

/// What a schedule does: it is named after its task, `clean_up` after `CleanUp`.
pub fn schedule_word(schedule: &str, t: Words) -> String {
    let capitals = schedule.split('_').map(super::capitalised);
    name_word(&capitals.collect::<String>(), t)
}
