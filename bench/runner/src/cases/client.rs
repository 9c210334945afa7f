//! The load client's own limit: against a server that does next to nothing, on
//! the same cores.

use anyhow::Result;

use crate::cases::create::new_tickets;
use crate::load::Load;
use crate::results;
use crate::stage::Stage;
use crate::targets::limit;

/// Two letters, a page of fixed bytes, and forms as those of new reports.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let server = limit::start(stage, limit::BYTES)?;
    for clients in stage.options.crowds() {
        for what in ["two letters", "40 KB of fixed bytes", "forms"] {
            let variant = format!("{what}, {}", results::clients(*clients));
            for _ in 0..stage.options.repetitions() {
                let seconds = stage.options.seconds();
                let load = match what {
                    "forms" => new_tickets(stage, &server, 0, *clients, seconds)?,
                    "two letters" => Load::pages(&server, "/ok", *clients, seconds)?,
                    _ => Load::pages(&server, "/fixed", *clients, seconds)?,
                };
                let outcome = load.run(&server.roots())?;
                let own = outcome.client / outcome.requests * 1000.0;
                let figures = [
                    ("per_second", outcome.per_second),
                    ("p99_ms", outcome.p99),
                    ("client_cpu_s_per_1000", own),
                ];
                stage.results.note("client", &variant, "wrk", &figures);
            }
        }
    }
    Ok(())
}
