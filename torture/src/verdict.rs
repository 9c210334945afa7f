//! What a fault did, as a row of the table.

use std::time::Duration;

use crate::check::Findings;

/// How many of the problems are told.
const TOLD: usize = 20;

/// What one fault did.
#[derive(Debug, Default)]
pub struct Verdict {
    pub fault: String,
    pub times: usize,
    pub acknowledged: usize,
    pub lost: usize,
    pub mails: usize,
    pub mails_again: usize,
    /// From each start to the first answer.
    pub answered: Vec<Duration>,
    /// Each time from the first answer that was a 5xx, or none at all, to the last one.
    pub outages: Vec<Duration>,
    /// From the last start, or from the end of the fault, until nothing waited.
    pub drained: Vec<Duration>,
    pub problems: Vec<String>,
    /// Why it was not tried.
    pub skipped: Option<String>,
    /// What else is worth knowing.
    pub remarks: Vec<String>,
}

impl Verdict {
    pub fn new(fault: impl Into<String>) -> Verdict {
        Verdict { fault: fault.into(), ..Verdict::default() }
    }

    /// It cannot be tried here.
    pub fn skipped(fault: impl Into<String>, why: impl Into<String>) -> Verdict {
        Verdict { skipped: Some(why.into()), ..Verdict::new(fault) }
    }

    /// Adds what a check found.
    pub fn add(&mut self, findings: Findings) {
        self.lost = self.lost.max(findings.lost);
        self.mails = findings.mails;
        self.mails_again = findings.mails_again;
        for problem in findings.problems {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    pub fn is_fine(&self) -> bool {
        self.lost == 0 && self.problems.is_empty()
    }

    /// Tells what was wrong.
    pub fn complain(&self) {
        for problem in self.problems.iter().take(TOLD) {
            println!("  {}: {problem}", self.fault);
        }
        if self.problems.len() > TOLD {
            println!("  {}: and {} more", self.fault, self.problems.len() - TOLD);
        }
    }

    /// The row of the table.
    pub fn row(&self) -> String {
        if let Some(why) = &self.skipped {
            return format!("| {} | skipped: {why} | | | | | | |", self.fault);
        }
        let wrong = match self.problems.len() {
            0 => String::new(),
            count => format!(" ({count} problems)"),
        };
        format!(
            "| {} | {} | {} | {}{wrong} | {} of {} mails | {} | {} | {} |",
            self.fault,
            self.times,
            self.acknowledged,
            self.lost,
            self.mails_again,
            self.mails,
            spread(&self.answered),
            spread(&self.outages),
            spread(&self.drained),
        )
    }
}

/// The table of them all.
pub fn table(verdicts: &[Verdict]) -> String {
    let mut lines = vec![
        "| fault | times | acknowledged | lost | duplicated | restart → first answer, median / max \
         | 5xx or no answer for, median / max | → nothing waits, median / max |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(verdicts.iter().map(Verdict::row));
    for verdict in verdicts {
        let fault = &verdict.fault;
        lines.extend(verdict.remarks.iter().map(|remark| format!("{fault}: {remark}")));
    }
    lines.join("\n")
}

fn spread(times: &[Duration]) -> String {
    let mut times = times.to_vec();
    times.sort_unstable();
    match (times.get(times.len() / 2), times.last()) {
        (Some(median), Some(max)) => {
            format!("{:.2} / {:.2} s", median.as_secs_f64(), max.as_secs_f64())
        }
        _ => "–".to_owned(),
    }
}
