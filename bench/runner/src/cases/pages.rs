//! The pages that people look at all day, by everybody who has them, in turn.

use anyhow::{Context, Result};

use crate::contestant::Contestant;
use crate::load::Load;
use crate::results;
use crate::stage::{Stage, USUAL};
use crate::targets::{django, helpdesk, kostticket, limit};
use crate::usage;

const PAGES: [&str; 3] = ["dashboard", "list", "report"];

/// How pages are asked for: what the variant is called, and the headers.
type Way = (&'static str, &'static [&'static str]);
const PLAIN: Way = ("", &[]);
/// As browsers do.
const COMPRESSED: Way =
    (" (compressed where it can be)", &["Accept-Encoding: gzip, deflate, br, zstd"]);

/// Each page, for each number of clients.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let ours = kostticket::start_both(stage, USUAL)?;
    let bytes = ours[0].size_of(ours[0].page("dashboard").context("its dashboard")?)?;
    let others =
        [limit::start(stage, bytes)?, django::start(stage, USUAL)?, helpdesk::start(stage)?];
    let all: Vec<Contestant> = ours.into_iter().chain(others).collect();
    for contestant in &all {
        for page in PAGES {
            let Some(path) = contestant.page(page) else { continue };
            let size = [("kb", usage::bytes(contestant.size_of(path)?.try_into()?) / 1000.0)];
            stage.results.note(
                "pages",
                &format!("size of the {page}, plain"),
                contestant.who,
                &size,
            );
        }
    }
    let pages = if stage.options.quick { &PAGES[..2] } else { &PAGES };
    for page in pages {
        for clients in stage.options.crowds() {
            // The bar looks at both: one after the other each time.
            let ways: &[Way] =
                if (*page, *clients) == ("list", 32) { &[PLAIN, COMPRESSED] } else { &[PLAIN] };
            in_turn(stage, &all, page, *clients, ways)?;
        }
    }
    Ok(())
}

/// Everybody in turn, in each of these ways, once to warm up and then several times.
fn in_turn(
    stage: &mut Stage,
    all: &[Contestant],
    page: &str,
    clients: usize,
    ways: &[Way],
) -> Result<()> {
    let mut seconds = vec![1; all.len()];
    for repetition in stage.options.first_repetition()..=stage.options.repetitions() {
        for (contestant, seconds) in all.iter().zip(&mut seconds) {
            let Some(path) = contestant.page(page) else { continue };
            for (mark, headers) in ways {
                let mut load = Load::pages(contestant, path, clients, *seconds)?;
                load.headers.extend(headers.iter().map(|header| (*header).to_owned()));
                if repetition == 0 {
                    let warm = load.run_anyway(&contestant.roots())?;
                    *seconds = stage.options.seconds_for(warm.per_second);
                    continue;
                }
                let outcome = load.run(&contestant.roots())?;
                let variant = format!("{page}{mark}, {}", results::clients(clients));
                stage.results.note("pages", &variant, contestant.who, &outcome.figures());
            }
        }
    }
    Ok(())
}
