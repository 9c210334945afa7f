//! Others read pages while somebody floods the log-in, from ever other addresses
//! and with ever other names: each attempt costs a hash of a password.

use anyhow::{Context, Result};

use crate::load::{Forms, Load, let_settle, write_forms};
use crate::seed::username;
use crate::stage::{Stage, USUAL};
use crate::targets::{django, kostticket};

const ATTACKERS: usize = 32;

/// Dashboards of eight clients, without and with the flood.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let mut all = Vec::from(kostticket::start_both(stage, USUAL)?);
    if !stage.options.quick {
        all.push(django::start(stage, USUAL)?);
    }
    let names = (0..USUAL.kosts * USUAL.residents)
        .map(|number| (number, username(1 + number % USUAL.kosts, 1 + number / USUAL.kosts)));
    let file = stage.folder.join("login-forms.txt");
    let mut first = 0;
    for _ in 0..stage.options.repetitions() {
        for contestant in &all {
            let people = contestant.people.as_ref().context("it has people")?;
            let attempts = names.clone().map(|(number, name)| (people.attempt)(number, &name));
            write_forms(&file, attempts)?;
            // There, a page takes seconds beside the flood.
            let seconds = if contestant.who == django::WHO { 12 } else { 2 };
            let pages = Load::pages(contestant, &contestant.pages[0].1, 8, seconds)?;
            let alone = pages.run(&contestant.roots())?;
            stage.results.note("login", "pages alone", contestant.who, &alone.figures());
            let prefix = stage.next_run();
            let flood = Load {
                url: contestant.base.clone(),
                headers: Vec::new(),
                clients: ATTACKERS,
                seconds: seconds + 2,
                // What is turned away for another reason costs no hash.
                forms: Some(Forms { file: file.clone(), first, taken: people.refusal, prefix }),
            };
            first += 2_000;
            let flooding = std::thread::spawn(move || flood.run_beside(&[]));
            std::thread::sleep(std::time::Duration::from_secs(1));
            let beside = pages.run_beside(&contestant.roots())?;
            stage.results.note(
                "login",
                "pages beside a flood of logins",
                contestant.who,
                &beside.figures_beside(),
            );
            let flooded = flooding.join().map_err(|_| anyhow::anyhow!("the flood panicked"))??;
            let figures = [("per_second", flooded.per_second), ("p99_ms", flooded.p99)];
            stage.results.note("login", "the flood itself", contestant.who, &figures);
            let_settle(&contestant.roots());
        }
    }
    Ok(())
}
