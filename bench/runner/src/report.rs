//! `bench/RESULTS.md`, the charts beside it, and `bench/results.json`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bars;
use crate::cases::{self, sizes};
use crate::chart::{self, Bar};
use crate::machine;
use crate::results::{Results, Row, plain, readable, spread};
use crate::stage::{Stage, sources};
use crate::targets::kostticket;

/// What is drawn: file, case, variant, figure, title, unit.
const CHARTS: &[[&str; 6]] = &[
    [
        "pages",
        "pages",
        "dashboard, 32 clients",
        "per_second",
        "Dashboards a second",
        "logged in, 32 clients; more is better",
    ],
    [
        "pages-cost",
        "pages",
        "dashboard, 32 clients",
        "cpu_s_per_1000",
        "What a thousand dashboards cost",
        "seconds of processor time of all processes; less is better",
    ],
    [
        "create",
        "create",
        "64 clients",
        "per_second",
        "Reports made a second",
        "64 clients, flushed to the disk; the limit: bare inserts, no HTTP; more is better",
    ],
    [
        "queue",
        "queue",
        "empty jobs",
        "per_second",
        "Tasks a second",
        "tasks that do nothing; more is better",
    ],
    [
        "live",
        "live",
        "idle",
        "p99_ms",
        "Status change to socket",
        "nothing else to do, p99 in milliseconds; less is better",
    ],
    [
        "start",
        "start",
        "idle",
        "idle_mib",
        "Memory while idle",
        "MiB of all processes; less is better",
    ],
];

/// Every figure, in the order of its column, and what stands above that.
const COLUMNS: &[(&str, &str)] = &[
    ("per_second", "a second"),
    ("done_per_second", "a second, until their tasks are done"),
    ("writes_per_second", "writes a second"),
    ("jobs", "jobs"),
    ("seconds", "seconds"),
    ("megabytes", "MB"),
    ("p50_ms", "p50 ms"),
    ("p99_ms", "p99 ms"),
    ("first_200_ms", "ms to the first 200"),
    ("max_late_ms", "late at most, ms"),
    ("early", "early"),
    ("ratio", "times as long"),
    ("cpu_s_per_1000", "CPU s per 1,000"),
    ("cpu_s_each", "CPU s each"),
    ("client_cpu_s_per_1000", "client's CPU s per 1,000"),
    ("peak_mib", "peak MiB"),
    ("memory_mib", "MiB"),
    ("idle_mib", "idle MiB"),
    ("drift_mib", "drift, MiB"),
    ("kib_each", "KiB each"),
    ("binary_mb", "program, MB"),
    ("kb", "kB"),
];

/// The figures, for programs.
const FILE: &str = "results.json";

/// Where the report of this run goes: short ones are not kept.
pub fn place(stage: &Stage) -> PathBuf {
    if stage.options.quick { stage.folder.clone() } else { sources() }
}

/// What earlier runs measured on this machine, as long or as quickly as this one does:
/// only some cases may be measured again.
///
/// # Errors
/// When they cannot be read.
pub fn recall(place: &Path, is_quick: bool) -> Result<Results> {
    let file = place.join(FILE);
    if !file.exists() {
        return Ok(Results::default());
    }
    let earlier: Value = serde_json::from_str(&std::fs::read_to_string(file)?).context(FILE)?;
    let about = about(is_quick)?;
    if earlier["about"] != about {
        println!("── what {FILE} has is of another machine, or of runs of another length: it goes");
        return Ok(Results::default());
    }
    Results::deserialize(&earlier["results"]).context(FILE)
}

/// What has to be the same for figures to stand in one table.
fn about(is_quick: bool) -> Result<Value> {
    Ok(json!({"machine": machine::describe()?, "quick": is_quick}))
}

/// Writes all of it. What could not be measured is named.
pub fn write(results: &Results, place: &Path, is_quick: bool) -> Result<()> {
    let about = about(is_quick)?;
    let lines = bars::all(results);
    let bars: Vec<Value> = lines
        .iter()
        .map(|line| json!({"bar": line.bar, "figure": line.figure, "bound": line.bound, "ratio": line.ratio(), "met": line.is_met()}))
        .collect();
    let all = json!({"about": about, "bars": bars, "results": results});
    keep(place, FILE, &(serde_json::to_string_pretty(&all)? + "\n"))?;
    let mut text = head(&about);
    for (case, why) in &results.failed {
        writeln!(text, "**{case} could not be measured:** {why}\n")?;
    }
    text += "## The bars\n\nWhere at least the bound is asked for (≥), a ratio of 1 and more meets it; where at most (≤), of 1 and less.\n\n\
             | bar | figure | bound | figure ÷ bound | met? |\n|---|---|---|---|---|\n";
    for line in lines {
        writeln!(text, "{}", line.to_markdown())?;
    }
    text += &charts(results, place)?;
    for case in cases::ALL {
        let rows: Vec<_> = results.rows.iter().filter(|row| row.case == case.name).collect();
        if !rows.is_empty() {
            let measured = results.measured.get(case.name).map_or("", String::as_str);
            writeln!(text, "\n## {}\n\n{} ({measured}).\n", case.name, capital(case.about))?;
            text += &table(&rows)?;
        }
    }
    keep(place, "RESULTS.md", &text)
}

/// The whole file or the one before, whatever happens.
fn keep(place: &Path, file: &str, text: &str) -> Result<()> {
    let half = place.join(format!("{file}.new"));
    std::fs::write(&half, text)?;
    Ok(std::fs::rename(half, place.join(file))?)
}

fn head(about: &Value) -> String {
    let machine = &about["machine"];
    let word = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let quick = match about["quick"].as_bool() {
        Some(true) => {
            "**A quick run: short and without the larger cases. For figures to quote, run `cargo xtask bench`.**\n\n"
        }
        _ => "",
    };
    format!(
        "# Measured\n\n\
         Written by `cargo xtask bench`; [README.md](README.md) tells what is measured and how to read it.\n\n\
         {quick}\
         {}, {} cores, {} GiB, Linux {}. The load client runs on\n\
         the same cores. Medians, with the least and the most in brackets.\n\
         Each case tells which commit it measured, and when.\n\n",
        word(&machine["processor"]),
        machine["cores"],
        machine["memory_gib"],
        word(&machine["kernel"]),
    )
}

/// One table: a column for each figure that any row has.
fn table(rows: &[&Row]) -> Result<String> {
    let is_column = |figure: &String| COLUMNS.iter().any(|(name, _)| name == figure);
    let strange = rows.iter().flat_map(|row| row.figures.keys()).find(|name| !is_column(name));
    ensure!(strange.is_none(), "no column for {strange:?}");
    let has = |name: &str| rows.iter().any(|row| row.figures.contains_key(name));
    let columns: Vec<_> = COLUMNS.iter().filter(|(name, _)| has(name)).collect();
    let headings: Vec<_> = columns.iter().map(|(_, heading)| *heading).collect();
    let rule = "---|".repeat(columns.len());
    let mut text = format!("\n| what | who | {} |\n|---|---|{rule}\n", headings.join(" | "));
    for row in rows {
        let cells: Vec<_> = columns
            .iter()
            .map(|(name, _)| row.figures.get(*name).map_or("–".to_owned(), |values| cell(values)))
            .collect();
        writeln!(text, "| {} | {} | {} |", readable(&row.variant), row.who, cells.join(" | "))?;
    }
    Ok(text)
}

fn cell(values: &[f64]) -> String {
    let found = spread(values);
    match values.len() {
        1 => plain(found.median),
        _ => format!("{} ({}–{})", plain(found.median), plain(found.least), plain(found.most)),
    }
}

fn charts(results: &Results, place: &Path) -> Result<String> {
    let mut text = String::new();
    let mut draw = |file: &str, title: &str, unit: &str, mut bars: Vec<Bar>| -> Result<()> {
        if bars.is_empty() {
            return Ok(());
        }
        bars.sort_by(|one, other| other.value.median.total_cmp(&one.value.median));
        if unit.ends_with("less is better") {
            bars.reverse();
        }
        keep(place, &format!("{file}.svg"), &chart::bars(title, unit, &bars))?;
        Ok(writeln!(text, "\n![{title}]({file}.svg)")?)
    };
    for [file, case, variant, figure, title, unit] in CHARTS {
        let rows = results.rows.iter().filter(|row| row.case == *case && row.variant == *variant);
        let bars = rows.filter_map(|row| {
            let is_ours = row.who.starts_with("KostTicket");
            let value = spread(row.figures.get(*figure)?);
            Some(Bar { label: row.who.clone(), value, is_ours })
        });
        draw(file, title, unit, bars.collect())?;
    }
    for (case, who) in
        [("sizes", kostticket::ON_SQLITE), ("sizes-postgres", kostticket::ON_POSTGRES)]
    {
        for sizes::Growth { least, tickets, pages } in sizes::growths(results, case, who) {
            let title = readable(&format!("{who}: {tickets} reports beside {least}"));
            let bars = pages.into_iter().map(|(label, ratio)| Bar {
                label,
                value: spread(&[ratio]),
                is_ours: true,
            });
            let unit = "one client: how many times as long pages take; 1 is no growth";
            draw(&format!("{case}-{tickets}"), &title, unit, bars.collect())?;
        }
    }
    Ok(text)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
