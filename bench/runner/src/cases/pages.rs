//! The pages that people look at all day, by everybody who has them, in turn.

use anyhow::{Context, Result};

use crate::contestant::Contestant;
use crate::load::Load;
use crate::stage::{Stage, USUAL};
use crate::targets::{django, helpdesk, kostticket, limit};

const PAGES: [&str; 3] = ["dashboard", "list", "report"];

/// With compression, as browsers ask for it.
const COMPRESSED: &str = "Accept-Encoding: gzip, deflate, br, zstd";

/// Each page, for each number of clients.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let ours = kostticket::start_both(stage, USUAL)?;
    let bytes = ours[0].size_of(ours[0].page("dashboard").context("its dashboard")?)?;
    let others =
        [limit::start(stage, bytes)?, django::start(stage, USUAL)?, helpdesk::start(stage)?];
    let all: Vec<Contestant> = ours.into_iter().chain(others).collect();
    for contestant in &all {
        for (name, path) in &contestant.pages {
            let size = contestant.size_of(path)?;
            println!("   {name} of {}: {size} bytes", contestant.who);
        }
    }
    let pages = if stage.options.quick { &PAGES[..2] } else { &PAGES };
    for page in pages {
        for clients in stage.options.crowds() {
            in_turn(stage, &all, page, *clients, &[])?;
        }
    }
    in_turn(stage, &all, "list", 32, &[COMPRESSED])
}

/// Everybody in turn, once to warm up and then several times.
fn in_turn(
    stage: &mut Stage,
    all: &[Contestant],
    page: &str,
    clients: usize,
    headers: &[&str],
) -> Result<()> {
    let mark = if headers.is_empty() { "" } else { " (compressed where it can be)" };
    let variant = format!("{page}{mark}, {clients} clients");
    let mut seconds = vec![1; all.len()];
    for repetition in stage.options.first_repetition()..=stage.options.repetitions() {
        for (contestant, seconds) in all.iter().zip(&mut seconds) {
            let Some(path) = contestant.page(page) else { continue };
            let mut load = Load::pages(contestant, path, clients, *seconds);
            load.headers.extend(headers.iter().map(|header| (*header).to_owned()));
            if repetition == 0 {
                let warm = load.run_anyway(&contestant.roots())?;
                *seconds = stage.options.seconds_for(warm.per_second);
                continue;
            }
            let outcome = load.run(&contestant.roots())?;
            stage.results.note("pages", &variant, contestant.who, &outcome.figures());
        }
    }
    Ok(())
}
