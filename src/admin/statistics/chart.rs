//! The curves of the weekly chart, as SVG paths of 1000 by 200 units.

use crate::admin::statistics::figures::Week;

/// What the template draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    pub opened: String,
    pub resolved: String,
    /// The area under `resolved`.
    pub area: String,
    /// The numbers beside the grid, from the top down.
    pub scale: [i64; 5],
}

impl Chart {
    /// Draws the weeks; `None` when there are none.
    pub fn of(weeks: &[Week]) -> Option<Chart> {
        let most = weeks.iter().map(|week| week.opened.max(week.resolved)).max()?;
        // Four steps of whole reports.
        let top = (most.max(1) + 3) / 4 * 4;
        let resolved = path(weeks.iter().map(|week| week.resolved), weeks.len(), top);
        Some(Chart {
            opened: path(weeks.iter().map(|week| week.opened), weeks.len(), top),
            area: format!("{resolved}L1000 200L0 200z"),
            resolved,
            scale: [top, top * 3 / 4, top / 2, top / 4, 0],
        })
    }
}

fn path(values: impl Iterator<Item = i64>, count: usize, top: i64) -> String {
    let points = values.enumerate().map(|(index, value)| {
        let x = if count > 1 { index as f64 * 1000.0 / (count - 1) as f64 } else { 0.0 };
        format!("{x:.1} {:.1}", 200.0 - value as f64 * 200.0 / top as f64)
    });
    let points = points.collect::<Vec<_>>();
    // A single week is a level line.
    let end = if count == 1 {
        format!("L1000{}", points[0].trim_start_matches("0.0"))
    } else {
        String::new()
    };
    format!("M{}{end}", points.join("L"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn week(opened: i64, resolved: i64) -> Week {
        Week { monday: date(2026, 11, 23), opened, resolved }
    }

    #[test]
    fn the_scale_has_whole_steps() {
        let chart = Chart::of(&[week(0, 1), week(6, 3)]).unwrap();
        assert_eq!(chart.scale, [8, 6, 4, 2, 0]);
        assert_eq!(chart.opened, "M0.0 200.0L1000.0 50.0");
        assert_eq!(chart.area, "M0.0 175.0L1000.0 125.0L1000 200L0 200z");
    }

    #[test]
    fn one_week_is_a_level_line_and_none_is_nothing() {
        assert_eq!(Chart::of(&[week(4, 2)]).unwrap().opened, "M0.0 0.0L1000 0.0");
        assert_eq!(Chart::of(&[]), None);
    }
}
