//! What every page costs as the installation grows: one client, so that it is the
//! page that takes the time and not the crowd.

use anyhow::{Context, Result};

use crate::contestant::Contestant;
use crate::load::Load;
use crate::seed::Shape;
use crate::stage::Stage;
use crate::targets::kostticket;

pub fn on_sqlite(stage: &mut Stage) -> Result<()> {
    on(stage, "sizes", false)
}

pub fn on_postgres(stage: &mut Stage) -> Result<()> {
    on(stage, "sizes-postgres", true)
}

fn on(stage: &mut Stage, case: &str, on_postgres: bool) -> Result<()> {
    let sizes = stage.options.sizes();
    let shape = |(tickets, kosts)| Shape { tickets, kosts, residents: 30 };
    let all = sizes
        .iter()
        .map(|size| Ok((size.0, kostticket::start(stage, shape(*size), on_postgres)?)))
        .collect::<Result<Vec<(u32, Contestant)>>>()?;
    let pages: Vec<_> = all[0].1.pages.iter().map(|(page, _)| *page).collect();
    let repetitions = stage.options.few_repetitions();
    for page in &pages {
        for repetition in 0..=repetitions {
            for (tickets, contestant) in &all {
                let path = contestant.page(page).context("the same pages")?;
                contestant.size_of(path)?;
                if repetition == 0 {
                    continue;
                }
                let seconds = if stage.options.quick { 1 } else { 3 };
                let outcome = Load::pages(contestant, path, 1, seconds).run(&contestant.roots())?;
                let variant = variant(page, *tickets);
                stage.results.note(case, &variant, contestant.who, &outcome.figures());
            }
        }
    }
    worst(stage, case, &pages, sizes, all[0].1.who);
    Ok(())
}

fn variant(page: &str, tickets: u32) -> String {
    format!("{page}, {tickets} tickets")
}

/// The page that grew most, between the smallest size and each other one.
fn worst(stage: &mut Stage, case: &str, pages: &[&str], sizes: &[(u32, u32)], who: &str) {
    let (least, _) = sizes[0];
    for (tickets, _) in &sizes[1..] {
        let p50 =
            |page, tickets| stage.results.median(case, &variant(page, tickets), who, "p50_ms");
        let ratios =
            pages.iter().filter_map(|page| Some((p50(page, *tickets)? / p50(page, least)?, page)));
        let Some((ratio, page)) = ratios.max_by(|one, other| one.0.total_cmp(&other.0)) else {
            continue;
        };
        let variant = format!("worst page ({page}), {tickets} tickets beside {least}");
        stage.results.note(case, &variant, who, &[("ratio", ratio)]);
    }
}
