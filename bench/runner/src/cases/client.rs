//! The load client's own limit: against a server that does next to nothing, on
//! the same cores.

use anyhow::Result;

use crate::load::Load;
use crate::stage::Stage;
use crate::targets::limit;

/// Two letters, and a page of fixed bytes.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let server = limit::start(stage, limit::BYTES)?;
    for (variant, path) in [("two letters", "/ok"), ("40 KB of fixed bytes", "/fixed")] {
        for clients in stage.options.crowds() {
            let load = Load::pages(&server, path, *clients, stage.options.seconds());
            for _ in 0..stage.options.repetitions() {
                let outcome = load.run(&server.roots())?;
                let own = outcome.client / outcome.requests * 1000.0;
                let figures = [
                    ("per_second", outcome.per_second),
                    ("p99_ms", outcome.p99),
                    ("client_cpu_s_per_1000", own),
                ];
                stage.results.note(
                    "client",
                    &format!("{variant}, {clients} clients"),
                    "wrk",
                    &figures,
                );
            }
        }
    }
    Ok(())
}
