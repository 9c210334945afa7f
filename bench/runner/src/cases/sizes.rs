//! What every page costs as the installation grows: one client, so that it is the
//! page that takes the time and not the crowd.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use crate::cases::create::new_tickets;
use crate::contestant::Contestant;
use crate::load::Load;
use crate::results::{Results, spread};
use crate::seed::Shape;
use crate::stage::Stage;
use crate::targets::{django, kostticket};

/// Not a page, and so not held against the bar of pages.
const REPORTING: &str = "making a report";

pub fn on_sqlite(stage: &mut Stage) -> Result<()> {
    on(stage, "sizes", false)
}

pub fn on_postgres(stage: &mut Stage) -> Result<()> {
    on(stage, "sizes-postgres", true)
}

fn on(stage: &mut Stage, case: &str, on_postgres: bool) -> Result<()> {
    let shapes = stage.options.sizes().iter();
    let shapes: Vec<_> =
        shapes.map(|&(tickets, kosts)| Shape { tickets, kosts, residents: 30 }).collect();
    pages(stage, case, &shapes, |stage, shape| kostticket::start(stage, shape, on_postgres))?;
    worst(stage, case, if on_postgres { kostticket::ON_POSTGRES } else { kostticket::ON_SQLITE });
    // Afterwards: its workers look for tasks all the time.
    if on_postgres { Ok(()) } else { pages(stage, case, &shapes, django::start) }
}

/// Every page of a contestant in each of the sizes, in turn.
fn pages(
    stage: &mut Stage,
    case: &str,
    shapes: &[Shape],
    start: impl Fn(&mut Stage, Shape) -> Result<Contestant>,
) -> Result<()> {
    let all = shapes.iter().map(|shape| Ok((shape.tickets, start(stage, *shape)?)));
    let all: Vec<_> = all.collect::<Result<_>>()?;
    let pages: Vec<_> = all[0].1.pages.iter().map(|(page, _)| *page).collect();
    let repetitions = stage.options.repetitions();
    for page in &pages {
        for _ in 0..repetitions {
            for (tickets, contestant) in &all {
                let path = contestant.page(page).context("the same pages")?;
                let seconds = if stage.options.quick { 1 } else { 3 };
                let load = Load::pages(contestant, path, 1, seconds)?;
                let outcome = load.run(&contestant.roots())?;
                let variant = variant(page, *tickets);
                stage.results.note(case, &variant, contestant.who, &outcome.figures());
            }
        }
    }
    for repetition in 0..repetitions {
        // The next ones to report are others.
        let first = u64::from(repetition) * 1_000;
        for (tickets, contestant) in &all {
            let load = new_tickets(stage, contestant, first, 1, 1)?;
            let outcome = load.run(&contestant.roots())?;
            let variant = variant(REPORTING, *tickets);
            stage.results.note(case, &variant, contestant.who, &outcome.figures());
        }
    }
    Ok(())
}

fn variant(page: &str, tickets: u32) -> String {
    format!("{page}, {tickets} tickets")
}

/// How many times as long each page takes in a larger installation as in the smallest.
#[derive(Debug, PartialEq)]
pub struct Growth {
    /// Reports in the smaller and in the larger.
    pub least: u32,
    pub tickets: u32,
    /// Each page, and its p50 there to its p50 here.
    pub pages: Vec<(String, f64)>,
}

/// For each larger installation that a case measured.
pub fn growths(results: &Results, case: &str, who: &str) -> Vec<Growth> {
    let p50s: Vec<(&str, u32, f64)> = results
        .rows
        .iter()
        .filter(|row| row.case == case && row.who == who)
        .filter_map(|row| {
            let (page, size) = row.variant.strip_suffix(" tickets")?.rsplit_once(", ")?;
            Some((page, size.parse().ok()?, spread(row.figures.get("p50_ms")?).median))
        })
        .collect();
    let sizes: BTreeSet<u32> = p50s.iter().map(|(_, size, _)| *size).collect();
    let of = |tickets| p50s.iter().filter(move |(_, size, _)| *size == tickets);
    let Some(&least) = sizes.first() else { return Vec::new() };
    let larger = sizes.into_iter().skip(1);
    larger
        .map(|tickets| {
            let ratio = |(page, _, large): &(&str, u32, f64)| {
                let (.., small) = of(least).find(|(other, ..)| other == page)?;
                Some(((*page).to_owned(), large / small))
            };
            Growth { least, tickets, pages: of(tickets).filter_map(ratio).collect() }
        })
        .collect()
}

/// The page that grew most, between the smallest size and each other one.
fn worst(stage: &mut Stage, case: &str, who: &str) {
    for Growth { least, tickets, pages } in growths(&stage.results, case, who) {
        let pages = pages.into_iter().filter(|(page, _)| page != REPORTING);
        let worst = pages.max_by(|one, other| one.1.total_cmp(&other.1));
        let Some((page, ratio)) = worst else { continue };
        let variant = format!("worst page ({page}), {tickets} tickets beside {least}");
        stage.results.note(case, &variant, who, &[("ratio", ratio)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_of_each_size_beside_the_smallest() {
        let mut results = Results::default();
        for (variant, p50s) in [
            ("list, 5000 tickets", [1.0, 3.0]),
            ("list, 100000 tickets", [3.0, 3.0]),
            ("list, 1000000 tickets", [2.0, 2.0]),
            ("worst page (list), 100000 tickets beside 5000", [1.0, 1.0]),
        ] {
            for p50 in p50s {
                results.note("sizes", variant, "us", &[("p50_ms", p50)]);
            }
        }
        let of = |tickets, ratio| Growth {
            least: 5_000,
            tickets,
            pages: vec![("list".to_owned(), ratio)],
        };
        let found = growths(&results, "sizes", "us");
        assert_eq!(found, [of(100_000, 1.5), of(1_000_000, 1.0)]);
    }
}
