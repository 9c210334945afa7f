//! What the macros in `templates/parts/` need beyond what a template can say.

/// The icon that shows a priority, by its key in the database (`low`, `medium`,
/// `high`, `emergency`).
pub fn priority_icon(key: &str) -> &'static str {
    match key {
        "low" => "p-low",
        "high" => "p-high",
        "emergency" => "p-urgent",
        _ => "p-mid",
    }
}
