//! What every page costs as the installation grows: one client, so that it is the
//! page that takes the time and not the crowd.

use anyhow::{Context, Result};

use crate::contestant::Contestant;
use crate::load::Load;
use crate::results::{Results, Row, Spread, spread};
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

/// How many times as long a page takes in the largest installation as in the smallest.
pub struct Growth {
    pub page: String,
    pub who: String,
    /// Reports in the smallest and in the largest.
    pub least: u32,
    pub most: u32,
    /// The p50 of both, repetition by repetition.
    pub ratio: Spread,
}

/// Of every page of a case that was measured in both.
pub fn growths(results: &Results, case: &str) -> Vec<Growth> {
    let rows: Vec<(&str, u32, &Row)> = results
        .rows
        .iter()
        .filter(|row| row.case == case)
        .filter_map(|row| {
            let (page, size) = row.variant.strip_suffix(" tickets")?.rsplit_once(", ")?;
            Some((page, size.parse().ok()?, row))
        })
        .collect();
    let sizes = || rows.iter().map(|(_, size, _)| *size);
    let (Some(least), Some(most)) = (sizes().min(), sizes().max()) else { return Vec::new() };
    let large = rows.iter().filter(|(_, size, _)| *size == most && most > least);
    large
        .filter_map(|(page, _, large)| {
            let small = rows.iter().find(|(other, size, _)| other == page && *size == least)?;
            let [large_p50, small_p50] = [*large, small.2].map(|row| row.figures.get("p50_ms"));
            let pairs = large_p50?.iter().zip(small_p50?);
            let ratios: Vec<f64> = pairs.map(|(large, small)| large / small).collect();
            let (page, who) = ((*page).to_owned(), large.who.clone());
            Some(Growth { page, who, least, most, ratio: spread(&ratios) })
        })
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_of_the_largest_beside_the_smallest() {
        let mut results = Results::default();
        for (variant, p50s) in [
            ("list, 5000 tickets", [1.0, 2.0]),
            ("list, 100000 tickets", [9.0, 9.0]),
            ("list, 1000000 tickets", [1.5, 2.0]),
            ("worst page (list), 1000000 tickets beside 5000", [1.0, 1.0]),
        ] {
            for p50 in p50s {
                results.note("sizes", variant, "us", &[("p50_ms", p50)]);
            }
        }
        let growths = growths(&results, "sizes");
        let [growth] = &growths[..] else { panic!("{} pages", growths.len()) };
        assert_eq!((growth.page.as_str(), growth.least, growth.most), ("list", 5_000, 1_000_000));
        assert_eq!(growth.ratio, Spread { median: 1.25, least: 1.0, most: 1.5 });
    }
}
