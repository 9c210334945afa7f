//! New reports through the form, from many people at once: report, activity and
//! tasks in one transaction, flushed before the answer; the tasks run beside it.

use anyhow::{Context, Result};

use crate::contestant::Contestant;
use crate::load::{Forms, Load};
use crate::results;
use crate::stage::{Stage, USUAL};
use crate::targets::{django, helpdesk, kostticket, limit};

/// By everybody in turn, and the bare inserts beside them.
pub fn measure(stage: &mut Stage) -> Result<()> {
    for &clients in stage.options.reporters() {
        // With as few reports as all others found.
        stage.make_anew();
        let ours = kostticket::start_both(stage, USUAL)?;
        let others = [django::start(stage, USUAL)?, helpdesk::start(stage)?];
        let all: Vec<_> = ours.into_iter().chain(others).collect();
        let mut first = 0;
        let variant = results::clients(clients);
        for repetition in stage.options.first_repetition()..=stage.options.repetitions() {
            let seconds = if repetition == 0 { 1 } else { stage.options.seconds() };
            for contestant in &all {
                let load = new_tickets(stage, contestant, first, clients, seconds)?;
                let outcome = match repetition {
                    0 => load.run_anyway(&contestant.roots())?,
                    _ => load.run(&contestant.roots())?,
                };
                // The next ones to report are others, until all have.
                first = forward(first, outcome.requests);
                if repetition > 0 {
                    let figures = outcome.figures_with_what_follows()?;
                    stage.results.note("create", &variant, contestant.who, &figures);
                }
            }
            if repetition > 0 {
                let rate = limit::insert(stage, clients, seconds)?;
                stage.results.note("create", &variant, limit::WHO, &[("per_second", rate)]);
            }
        }
    }
    Ok(())
}

/// Forms for new tickets, beginning with this line of the file.
pub fn new_tickets(
    stage: &mut Stage,
    on: &Contestant,
    first: u64,
    clients: usize,
    seconds: u64,
) -> Result<Load> {
    let file = on.forms.clone().context("it has forms")?;
    let forms = Some(Forms { file, first, taken: "30[23]", prefix: stage.next_run() });
    Ok(Load { url: on.base.clone(), headers: Vec::new(), clients, seconds, forms })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of requests, counted by wrk"
)]
fn forward(first: u64, requests: f64) -> u64 {
    first + requests as u64
}
