//! The task queue as people see it: `/k/{kost}/queue` shows a kost's own tasks
//! to its staff, `/admin/queue` all of them to the installation's admin. Those
//! who run a kost can act on its tasks, and nobody on another kost's.

pub mod acts;
mod asked;
pub mod audit;
pub mod bulk;
mod causes;
mod looked_for;
pub mod machinery;
pub mod page;
mod pulse;
pub mod resend;
pub mod task_page;

use asked::Asked;
use jiff::tz::TimeZone;

use crate::admin::tasks::Telling;
use crate::kosts::{Kost, Timezone};
use crate::web::Page;

/// The queues of the program.
const QUEUES: [&str; 3] = ["default", "mail", "maintenance"];

/// Whose tasks: those of one kost, or all.
pub struct View {
    pub(super) kost: Option<Kost>,
    may_act: bool,
}

impl View {
    fn of(kost: &Kost, may_act: bool) -> View {
        View { kost: Some(kost.clone()), may_act }
    }

    fn all() -> View {
        View { kost: None, may_act: true }
    }

    /// What a job's scope must be; `None` lets everything through.
    pub(super) fn scope(&self) -> Option<i64> {
        self.kost.as_ref().map(|kost| kost.id.get())
    }

    fn path(&self) -> String {
        self.kost.as_ref().map_or_else(|| "/admin/queue".to_owned(), |kost| kost.path_to("/queue"))
    }

    fn topic(&self) -> String {
        self.scope().map_or_else(|| "queue".to_owned(), |kost| format!("queue:{kost}"))
    }

    /// In which times are shown and asked for.
    fn zone(&self) -> TimeZone {
        self.timezone().tz()
    }

    fn zone_word(&self) -> &'static str {
        self.timezone().abbreviation()
    }

    fn timezone(&self) -> Timezone {
        // An installation has no zone of its own; most kosts are in this one.
        self.kost.as_ref().map_or(Timezone::Wib, |kost| kost.timezone)
    }

    fn telling(&self, page: &Page) -> Telling {
        Telling { t: page.t, now: page.now, zone: self.zone(), names_kosts: self.kost.is_none() }
    }
}
