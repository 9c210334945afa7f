//! Bars as SVG, in light and dark, with nothing but text and rectangles.

use std::fmt::Write;

use crate::results::{Spread, plain};

/// One bar.
#[derive(Debug, Clone)]
pub struct Bar {
    pub label: String,
    pub value: Spread,
    /// Whether it is ours.
    pub is_ours: bool,
}

const WIDTH: f64 = 720.0;
const LEFT: f64 = 280.0;
const RIGHT: f64 = 100.0;
const LINE: f64 = 30.0;
const TOP: f64 = 54.0;
const STYLE: &str = "
  text { font: 14px system-ui, sans-serif; fill: #1f2a2e }
  .title { font-weight: 600; font-size: 16px }
  .unit { fill: #5b686d; font-size: 12px }
  .ours { fill: #0b7a75 } .other { fill: #9db0b5 } .reach { stroke: #1f2a2e; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6eef0 } .unit { fill: #9fb0b5 } .ours { fill: #3cc7bf } .other { fill: #5d7379 }
    .reach { stroke: #e6eef0 }
  }";

/// Medians as bars, the least and the most as a line across their ends.
pub fn bars(title: &str, unit: &str, bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.value.most).fold(f64::MIN_POSITIVE, f64::max);
    let scale = (WIDTH - LEFT - RIGHT) / most;
    let height = TOP + LINE * f64::from(u32::try_from(bars.len()).unwrap_or(u32::MAX)) + 10.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">\n\
         <style>{STYLE}\n</style>\n\
         <text class=\"title\" x=\"0\" y=\"18\">{title}</text>\n\
         <text class=\"unit\" x=\"0\" y=\"38\">{unit}</text>\n"
    );
    let mut y = TOP;
    for Bar { label, value, is_ours } in bars {
        let class = if *is_ours { "ours" } else { "other" };
        let (end, least, most) =
            (LEFT + value.median * scale, LEFT + value.least * scale, LEFT + value.most * scale);
        let (middle, text) = (y + 10.0, y + 15.0);
        // Writing into a string cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{label}</text>\
             <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"20\" rx=\"3\"/>\
             <line class=\"reach\" x1=\"{least:.1}\" x2=\"{most:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>\
             <text x=\"{:.1}\" y=\"{text}\">{}</text>",
            LEFT - 10.0,
            (end - LEFT).max(1.0),
            most.max(end) + 8.0,
            plain(value.median),
        );
        y += LINE;
    }
    svg + "</svg>\n"
}
