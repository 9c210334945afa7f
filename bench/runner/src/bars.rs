//! The bars that the project has set itself, each beside what this run measured.

use crate::results::{Results, clients, plain, readable, spread};
use crate::targets::{django, kostticket, limit};

/// One line of the table.
pub struct Line {
    pub bar: String,
    pub figure: Option<f64>,
    pub unit: &'static str,
    /// What the figure is held against.
    pub bound: Option<f64>,
    pub is_least: bool,
}

impl Line {
    /// Figure to bound; there is none to nothing.
    pub fn ratio(&self) -> Option<f64> {
        Some(self.figure? / self.bound.filter(|bound| *bound > 0.0)?)
    }

    /// Nothing, if one of the two was not measured.
    pub fn is_met(&self) -> Option<bool> {
        let (figure, bound) = (self.figure?, self.bound?);
        Some(if self.is_least { figure >= bound } else { figure <= bound })
    }

    /// As the report has it.
    pub fn to_markdown(&self) -> String {
        let number = |value: Option<f64>| match value {
            Some(ratio) if self.unit == "×" => format!("{ratio:.2}"),
            Some(value) => plain(value),
            None => "—".to_owned(),
        };
        let sign = if self.is_least { "≥" } else { "≤" };
        let met = match self.is_met() {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "not measured",
        };
        format!(
            "| {} | {} {} | {sign} {} {} | {} | {met} |",
            readable(&self.bar),
            number(self.figure),
            self.unit,
            number(self.bound),
            self.unit,
            self.ratio().map_or("—".to_owned(), |ratio| format!("{ratio:.2}")),
        )
    }
}

/// All of them, held against one run.
pub fn all(results: &Results) -> Vec<Line> {
    let mut lines = pages(results);
    lines.extend(writes(results));
    lines.extend(live(results));
    lines.extend(rest(results));
    lines
}

fn least(
    bar: impl Into<String>,
    figure: Option<f64>,
    unit: &'static str,
    bound: Option<f64>,
) -> Line {
    Line { bar: bar.into(), figure, unit, bound, is_least: true }
}

fn most(bar: impl Into<String>, figure: Option<f64>, unit: &'static str, bound: f64) -> Line {
    Line { bar: bar.into(), figure, unit, bound: Some(bound), is_least: false }
}

/// Ours, each with what its database is called.
const OURS: [(&str, &str); 2] =
    [(kostticket::ON_SQLITE, "SQLite"), (kostticket::ON_POSTGRES, "PostgreSQL")];

fn pages(results: &Results) -> Vec<Line> {
    let rate = |page: &str, who| {
        results.median("pages", &format!("{page}, 32 clients"), who, "per_second")
    };
    let times = |factor: f64, rate: Option<f64>| rate.map(|rate| rate * factor);
    let mut lines = Vec::new();
    for (who, on) in OURS {
        for (page, name) in [("dashboard", "Dashboard"), ("list", "List")] {
            for (factor, other, beside) in
                [(0.7, limit::WHO, "the limit"), (50.0, django::WHO, "Django under gunicorn")]
            {
                lines.push(least(
                    format!("{name}, 32 clients, {on}: {factor} × {beside}"),
                    rate(page, who),
                    "/s",
                    times(factor, rate(page, other)),
                ));
            }
        }
        lines.push(least(
            format!("List, compressed, {on}: as many as plain"),
            rate("list (compressed where it can be)", who),
            "/s",
            rate("list", who),
        ));
    }
    lines
}

fn writes(results: &Results) -> Vec<Line> {
    let mut lines = Vec::new();
    for (who, on) in OURS {
        let create = |number, figure| results.median("create", &clients(number), who, figure);
        let queue = format!("KostTicket's queue, {on}");
        let jobs = |variant, figure| results.median("queue", variant, &queue, figure);
        // Of the worst repetition: none may be late, or early.
        let scheduled = |figure| results.most("queue", "scheduled", &queue, figure);
        let rate = if on == "SQLite" { 20_000.0 } else { 8_000.0 };
        lines.extend([
            least(
                format!("Tickets created, 64 clients, {on}"),
                create(64, "per_second"),
                "/s",
                Some(8_000.0),
            ),
            most(format!("Ticket created, 8 clients, p99, {on}"), create(8, "p99_ms"), "ms", 10.0),
            least(
                format!("Jobs that do nothing, {on}"),
                jobs("empty jobs", "per_second"),
                "/s",
                Some(rate),
            ),
            most(
                format!("Enqueue → start at 200/s, p99, {on}"),
                jobs("enqueue to start at 200/s", "p99_ms"),
                "ms",
                50.0,
            ),
            most(
                format!("A scheduled job: late at most, {on}"),
                scheduled("max_late_ms"),
                "ms",
                1_000.0,
            ),
            most(format!("A scheduled job: early, {on}"), scheduled("early"), "", 0.0),
        ]);
    }
    lines
}

fn live(results: &Results) -> Vec<Line> {
    let mut lines = Vec::new();
    for (who, on) in OURS {
        let status = |variant, figure| results.median("live", variant, who, figure);
        let sockets = |variant, figure| results.median("sockets", variant, who, figure);
        lines.extend([
            most(
                format!("Status change → socket, idle, p50, {on}"),
                status("idle", "p50_ms"),
                "ms",
                3.0,
            ),
            most(
                format!("Status change → socket, idle, p99, {on}"),
                status("idle", "p99_ms"),
                "ms",
                10.0,
            ),
            most(
                format!("Status change → socket, 500 writes/s, p99, {on}"),
                status("500 writes/s", "p99_ms"),
                "ms",
                100.0,
            ),
            // Fewer than were asked for are easier.
            least(
                format!("Writes a second meanwhile, {on}"),
                status("500 writes/s", "writes_per_second"),
                "/s",
                Some(475.0),
            ),
            most(
                format!("An idle socket of 10,000, {on}"),
                sockets("10000 idle sockets", "kib_each"),
                "KiB",
                8.0,
            ),
            most(
                format!("Broadcast to 1,000 viewers, p99, {on}"),
                sockets("broadcast to 1000", "p99_ms"),
                "ms",
                250.0,
            ),
        ]);
    }
    lines
}

fn rest(results: &Results) -> Vec<Line> {
    let start = |variant, who, figure| results.median("start", variant, who, figure);
    let mut lines = Vec::new();
    for (who, on) in OURS {
        let login = results.median("login", "pages beside a flood of logins", who, "p99_ms");
        lines.extend([
            most(
                format!("Start → first 200, after a pause, {on}"),
                start("after a pause", who, "first_200_ms"),
                "ms",
                50.0,
            ),
            most(
                format!("Start → first 200, once more, {on}"),
                start("once more", who, "first_200_ms"),
                "ms",
                50.0,
            ),
            most(format!("Other pages under a flood of logins, p99, {on}"), login, "ms", 50.0),
        ]);
    }
    let idle = |who| start("idle", who, "idle_mib");
    lines.extend([
        most("Idle memory, SQLite", idle(kostticket::ON_SQLITE), "MiB", 25.0),
        most("Idle memory, PostgreSQL with its server", idle(kostticket::ON_POSTGRES), "MiB", 25.0),
        most("Binary", start("idle", kostticket::ON_SQLITE, "binary_mb"), "MB", 40.0),
    ]);
    let flat = results
        .rows
        .iter()
        .filter(|row| row.case.starts_with("sizes") && row.variant.starts_with("worst page"));
    for row in flat {
        let ratio = row.figures.get("ratio").map(|values| spread(values).median);
        lines.push(most(format!("Flat cost, {}: {}", row.who, row.variant), ratio, "×", 1.3));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_met_from_its_bound_on_and_unknown_without_a_figure() {
        assert_eq!(least("", Some(8.0), "", Some(8.0)).is_met(), Some(true));
        assert_eq!(most("", Some(8.1), "", 8.0).is_met(), Some(false));
        assert_eq!(least("", None, "", Some(8.0)).is_met(), None);
        assert_eq!(most("", Some(4.0), "", 8.0).ratio(), Some(0.5));
        assert_eq!(most("", Some(0.0), "", 0.0).ratio(), None);
    }
}
