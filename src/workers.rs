//! Every job and every schedule of the program, readable on one page.

use std::sync::Arc;

use queue::{Registry, Settings, Workers};

use crate::accounts::jobs::{CleanUp, RemoveOldMails, SendAccountMail, SendResetLinks};
use crate::activity::Announce;
use crate::app::{self, App};
use crate::kosts::{AssignWaiting, ReleaseTickets};
use crate::notifications::jobs::DeliverEmail;
use crate::tickets::jobs::{AssignTicket, CloseSilent, RemindReporter, RemoveStrayPhotos};

/// What the workers of this program can do.
pub fn registry() -> Registry<App> {
    Registry::new()
        .job::<Announce>()
        .job::<AssignTicket>()
        .job::<AssignWaiting>()
        .job::<ReleaseTickets>()
        .job::<DeliverEmail>()
        .job::<SendAccountMail>()
        .job::<SendResetLinks>()
        .job::<RemindReporter>()
        .job::<CloseSilent>()
        .job::<CleanUp>()
        .job::<RemoveOldMails>()
        .job::<RemoveStrayPhotos>()
        .schedule::<CleanUp>("clean_up", "17 3 * * *", jiff::tz::TimeZone::UTC, || CleanUp {})
        .schedule::<RemoveOldMails>(
            "remove_old_mails",
            "27 3 * * *",
            jiff::tz::TimeZone::UTC,
            || RemoveOldMails {},
        )
        .schedule::<RemoveStrayPhotos>(
            "remove_stray_photos",
            "37 3 * * *",
            jiff::tz::TimeZone::UTC,
            || RemoveStrayPhotos {},
        )
}

/// Starts the workers of this node, under the machine's name.
pub fn start(app: &App) -> Workers {
    let node = app::machine();
    // Other machines may share the data folder; only ours can tell who of us lives.
    let presence = Some(app.config.data.join("workers").join(&node));
    let settings = Settings { node, presence, ..Settings::default() };
    queue::start(app.db.clone(), Arc::new(app.clone()), registry(), settings)
}

#[cfg(test)]
mod tests {
    use super::registry;
    use crate::admin::tasks::{NAMES, name_word};
    use crate::words::{Language, Words};

    #[test]
    fn every_task_of_the_program_has_a_name_in_words() {
        let t = Words::new(Language::Id);
        for name in registry().names() {
            assert_ne!(name_word(name, t), t.job_name_unknown(name));
        }
        let mut known = registry().names().collect::<Vec<_>>();
        let mut listed = NAMES.to_vec();
        known.sort_unstable();
        listed.sort_unstable();
        assert_eq!(known, listed);
        assert_eq!(name_word("Sweep", t), t.job_name_unknown("Sweep"));
    }
}
