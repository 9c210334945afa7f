//! How much was done in the last hour or day, and how long it had waited.

use jiff::{SignedDuration, Timestamp};
use queue::Minute;

use crate::admin::chart::Chart;
use crate::admin::queue::View;
use crate::error::Result;
use crate::web::Page;

db::text_enum! {
    /// How far back the charts go.
    pub enum Span {
        Hour = "hour",
        Day = "day",
    }
}

impl Span {
    /// How many steps the chart has, and how long one is.
    fn steps(self) -> (i64, SignedDuration) {
        match self {
            Span::Hour => (30, SignedDuration::from_mins(2)),
            Span::Day => (48, SignedDuration::from_mins(30)),
        }
    }
}

/// What the template draws; without charts nothing ran.
pub(super) struct Pulse {
    pub charts: Option<Charts>,
    /// The length of a step, in minutes.
    pub step: i64,
}

pub(super) struct Charts {
    pub done: Chart,
    pub wait: Chart,
    pub summary: String,
    /// The steps in which something ended.
    pub rows: Vec<Row>,
}

/// One step.
pub(super) struct Row {
    pub time: String,
    pub done: String,
    pub failed: String,
    pub wait: String,
    pub longest: String,
}

impl Pulse {
    pub async fn load(page: &Page, view: &View, span: Span) -> Result<Pulse> {
        let (count, step) = span.steps();
        let first = first(page.now, count, step);
        let minutes = queue::pulse(&page.app.db, view.scope(), first).await?;
        let steps = steps(&minutes, first, count, step);
        let is_empty = minutes.is_empty();
        let charts = if is_empty { None } else { charts(page, view, &steps) };
        Ok(Pulse { charts, step: step.as_mins() })
    }
}

/// When the first step begins, so that the last one is under way.
fn first(now: Timestamp, count: i64, step: SignedDuration) -> Timestamp {
    let step = step.as_secs();
    let last = now.as_second().div_euclid(step) * step;
    Timestamp::from_second(last - (count - 1) * step).unwrap_or(Timestamp::MIN)
}

/// The minutes added up, step by step; a step in which nothing ended is empty.
fn steps(minutes: &[Minute], first: Timestamp, count: i64, step: SignedDuration) -> Vec<Minute> {
    let empty = |number: i64| Minute {
        at: first + step * i32::try_from(number).unwrap_or(i32::MAX),
        done: 0,
        failed: 0,
        waited: 0,
        longest_wait: 0,
        ran: 0,
    };
    let mut steps: Vec<_> = (0..count).map(empty).collect();
    for minute in minutes {
        let number = minute.at.duration_since(first).as_secs() / step.as_secs();
        let sums = usize::try_from(number).ok().and_then(|number| steps.get_mut(number));
        if let Some(sums) = sums {
            sums.done += minute.done;
            sums.failed += minute.failed;
            sums.waited += minute.waited;
            sums.longest_wait = sums.longest_wait.max(minute.longest_wait);
            sums.ran += minute.ran;
        }
    }
    steps
}

fn charts(page: &Page, view: &View, steps: &[Minute]) -> Option<Charts> {
    let (t, zone) = (page.t, view.telling(page).zone);
    let labels: Vec<_> = steps.iter().map(|step| t.time(step.at, &zone)).collect();
    let done: Vec<_> = steps.iter().map(|step| (step.failed, step.done)).collect();
    let wait: Vec<_> = steps.iter().map(|step| (step.longest_wait, mean_wait(step))).collect();
    let ended = |step: &&Minute| step.done + step.failed > 0;
    let row = |step: &Minute| Row {
        time: t.time(step.at, &zone),
        done: t.number(step.done),
        failed: t.number(step.failed),
        wait: t.duration(SignedDuration::from_millis(mean_wait(step))),
        longest: t.duration(SignedDuration::from_millis(step.longest_wait)),
    };
    Some(Charts {
        done: Chart::of(&done, &labels, t)?,
        wait: Chart::of_durations(&wait, &labels, t)?,
        summary: summary(page, steps),
        rows: steps.iter().filter(ended).map(row).collect(),
    })
}

fn summary(page: &Page, steps: &[Minute]) -> String {
    let t = page.t;
    let sum = |of: fn(&Minute) -> i64| steps.iter().map(of).sum::<i64>();
    let (done, failed) = (sum(|step| step.done), sum(|step| step.failed));
    let mean = sum(|step| step.waited) / (done + failed).max(1);
    let longest = steps.iter().map(|step| step.longest_wait).max().unwrap_or(0);
    let duration = |milliseconds| t.duration(SignedDuration::from_millis(milliseconds));
    t.queue_pulse_summary(t.number(done), t.number(failed), duration(mean), duration(longest))
}

/// In milliseconds.
fn mean_wait(step: &Minute) -> i64 {
    step.waited / (step.done + step.failed).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(at: &str, done: i64, waited: i64) -> Minute {
        let at = at.parse().unwrap();
        Minute { at, done, failed: 0, waited, longest_wait: waited, ran: 1 }
    }

    #[test]
    fn minutes_are_added_up_and_the_last_step_is_under_way() {
        let (count, step) = Span::Hour.steps();
        let first = first("2026-11-23T08:01:30Z".parse().unwrap(), count, step);
        assert_eq!(first.to_string(), "2026-11-23T07:02:00Z");
        let minutes = [
            minute("2026-11-23T07:02:00Z", 1, 10),
            minute("2026-11-23T07:03:00Z", 2, 20),
            minute("2026-11-23T08:01:00Z", 4, 40),
        ];
        let steps = steps(&minutes, first, count, step);
        assert_eq!(steps.len(), 30);
        assert_eq!((steps[0].done, steps[0].waited, steps[0].longest_wait), (3, 30, 20));
        assert_eq!((steps[29].done, mean_wait(&steps[29])), (4, 10));
        assert_eq!(steps.iter().map(|step| step.done).sum::<i64>(), 7);
    }
}
