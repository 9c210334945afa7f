//! All cases, in the order in which they are measured.

mod backup;
mod client;
mod create;
mod live;
mod login;
mod pages;
mod queue;
pub mod sizes;
mod soak;
mod sockets;
mod start;
mod uploads;

use anyhow::Result;

use crate::stage::Stage;

/// One thing that is measured, for everybody who can do it.
pub struct Case {
    pub name: &'static str,
    pub about: &'static str,
    /// Whether it is part of `--quick`.
    pub is_quick: bool,
    pub measure: fn(&mut Stage) -> Result<()>,
}

/// See the module.
pub const ALL: &[Case] = &[
    Case {
        name: "client",
        about: "what the load client itself can do",
        is_quick: true,
        measure: client::measure,
    },
    Case {
        name: "start",
        about: "start to first answer, idle memory, size of the program",
        is_quick: true,
        measure: start::measure,
    },
    Case {
        name: "pages",
        about: "dashboard, list and report, logged in",
        is_quick: true,
        measure: pages::measure,
    },
    Case {
        name: "create",
        about: "new reports through the form, by many people",
        is_quick: true,
        measure: create::measure,
    },
    Case {
        name: "queue",
        about: "tasks that do nothing, a second; enqueue to start",
        is_quick: true,
        measure: queue::measure,
    },
    Case {
        name: "live",
        about: "from a status change to the reporter's socket",
        is_quick: true,
        measure: live::measure,
    },
    Case {
        name: "sockets",
        about: "idle sockets, and a broadcast to a thousand viewers",
        is_quick: true,
        measure: sockets::measure,
    },
    Case {
        name: "login",
        about: "others' pages beside a flood of logins",
        is_quick: true,
        measure: login::measure,
    },
    Case {
        name: "uploads",
        about: "reports with four photos of a phone",
        is_quick: true,
        measure: uploads::measure,
    },
    Case {
        name: "sizes",
        about: "thirteen pages as the installation grows, one client",
        is_quick: false,
        measure: sizes::on_sqlite,
    },
    Case {
        name: "sizes-postgres",
        about: "the same on PostgreSQL",
        is_quick: false,
        measure: sizes::on_postgres,
    },
    Case {
        name: "backup",
        about: "a copy of a million reports while people go on",
        is_quick: false,
        measure: backup::measure,
    },
    Case {
        name: "soak",
        about: "the same for a long time: memory",
        is_quick: false,
        measure: soak::measure,
    },
];
