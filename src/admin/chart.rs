//! Two curves over one time, as SVG paths of 1000 by 200 units, with the labels
//! beside and below.

use jiff::SignedDuration;

use crate::words::Words;

/// What the template draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The first curve, dashed.
    pub first: String,
    /// The second one, with the area under it.
    pub second: String,
    pub area: String,
    /// The numbers beside the grid, from the top down.
    pub scale: [String; 5],
    pub ticks: Vec<Tick>,
}

/// One label under the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where its point is, in percent of the width.
    pub at: f64,
    /// `text-anchor`: the outer ones do not stand out.
    pub anchor: &'static str,
    pub label: String,
}

impl Chart {
    /// Draws the points, each of which has its label; `None` when there are none.
    pub fn of(points: &[(i64, i64)], labels: &[String], t: Words) -> Option<Chart> {
        let most = points.iter().map(|(first, second)| *first.max(second)).max()?;
        // Four steps of whole numbers.
        let top = (most.max(1) + 3) / 4 * 4;
        Some(Chart::up_to(top, points, labels, |mark| t.number(mark)))
    }

    /// Draws lengths of time, in milliseconds, against steps that people count in.
    pub fn of_durations(points: &[(i64, i64)], labels: &[String], t: Words) -> Option<Chart> {
        let most = points.iter().map(|(first, second)| *first.max(second)).max()?;
        let step = STEPS.into_iter().find(|step| step * 4 >= most);
        let step = step.unwrap_or_else(|| (most + 4 * DAY - 1) / (4 * DAY) * DAY);
        Some(Chart::up_to(step * 4, points, labels, |mark| match mark {
            0 => t.number(0),
            mark => t.duration(SignedDuration::from_millis(mark)),
        }))
    }

    fn up_to(
        top: i64,
        points: &[(i64, i64)],
        labels: &[String],
        word: impl Fn(i64) -> String,
    ) -> Chart {
        let second = path(points.iter().map(|point| point.1), points.len(), top);
        Chart {
            first: path(points.iter().map(|point| point.0), points.len(), top),
            area: format!("{second}L1000 200L0 200z"),
            second,
            scale: [top, top * 3 / 4, top / 2, top / 4, 0].map(word),
            ticks: ticks(labels),
        }
    }
}

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Four of each are told in one unit each: `15 mnt`, `30 mnt`, `45 mnt`, `1 jam`.
const STEPS: [i64; 15] = [
    SECOND / 2,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    DAY,
];

fn path(values: impl Iterator<Item = i64>, count: usize, top: i64) -> String {
    let points = values.enumerate().map(|(index, value)| {
        let x = if count > 1 { index as f64 * 1000.0 / (count - 1) as f64 } else { 0.0 };
        format!("{x:.1} {:.1}", 200.0 - value as f64 * 200.0 / top as f64)
    });
    let points = points.collect::<Vec<_>>();
    // A single point is a level line.
    let end = if count == 1 {
        format!("L1000{}", points[0].trim_start_matches("0.0"))
    } else {
        String::new()
    };
    format!("M{}{end}", points.join("L"))
}

/// Five labels at most, each under its own point.
fn ticks(labels: &[String]) -> Vec<Tick> {
    let last = labels.len().saturating_sub(1).max(1);
    let every = last.div_ceil(4);
    let tick = |(point, label): (usize, &String)| Tick {
        at: (point as f64 * 1000.0 / last as f64).round() / 10.0,
        anchor: match point {
            0 => "start",
            point if point == last => "end",
            _ => "middle",
        },
        label: label.clone(),
    };
    labels.iter().enumerate().step_by(every).map(tick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    fn chart(points: &[(i64, i64)]) -> Option<Chart> {
        Chart::of(points, &labels(points.len()), Words::new(Language::Id))
    }

    fn labels(count: usize) -> Vec<String> {
        (0..count).map(|point| point.to_string()).collect()
    }

    #[test]
    fn the_scale_has_whole_steps() {
        let chart = chart(&[(0, 1), (6, 3)]).unwrap();
        assert_eq!(chart.scale, ["8", "6", "4", "2", "0"]);
        assert_eq!(chart.first, "M0.0 200.0L1000.0 50.0");
        assert_eq!(chart.area, "M0.0 175.0L1000.0 125.0L1000 200L0 200z");
    }

    #[test]
    fn lengths_of_time_have_round_steps() {
        let scale = |most| {
            let points = [(most, 0)];
            let t = Words::new(Language::Id);
            Chart::of_durations(&points, &labels(1), t).unwrap().scale.join(" | ")
        };
        assert_eq!(scale(3), "2 dtk | 1,5 dtk | 1 dtk | 0,5 dtk | 0");
        assert_eq!(scale(45_000), "1 mnt | 45 dtk | 30 dtk | 15 dtk | 0");
        assert_eq!(scale(1_036_225), "20 mnt | 15 mnt | 10 mnt | 5 mnt | 0");
        assert_eq!(scale(20 * HOUR), "1 hari | 18 jam | 12 jam | 6 jam | 0");
        assert_eq!(scale(9 * DAY), "12 hari | 9 hari | 6 hari | 3 hari | 0");
    }

    #[test]
    fn one_point_is_a_level_line_and_none_is_nothing() {
        assert_eq!(chart(&[(4, 2)]).unwrap().first, "M0.0 0.0L1000 0.0");
        assert_eq!(chart(&[]), None);
    }

    #[test]
    fn each_label_stands_under_its_own_point() {
        let places = |count: usize| {
            let ticks = ticks(&labels(count));
            ticks.into_iter().map(|tick| (tick.label, tick.at)).collect::<Vec<_>>()
        };
        let of = |label: &str, at: f64| (label.to_owned(), at);
        assert_eq!(places(12), [of("0", 0.0), of("3", 27.3), of("6", 54.5), of("9", 81.8)]);
        assert_eq!(places(2), [of("0", 0.0), of("1", 100.0)]);
        assert_eq!(places(1), [of("0", 0.0)]);
        assert!(places(104).len() <= 5);
    }
}
