//! What stands in the bar at the side or the foot of every page.

use crate::kosts::{Membership, Role};
use crate::web::NavItem;
use crate::words::Words;

/// For who reads a page at this path; `slug` is the kost of the address.
pub(super) fn items(
    t: Words,
    membership: Option<&Membership>,
    is_admin: bool,
    slug: Option<&str>,
    path: &str,
) -> Vec<NavItem> {
    let house = match (membership, slug) {
        (Some(membership), _) => Some(membership.slug.as_str()),
        (None, Some(slug)) if is_admin => Some(slug),
        _ => None,
    };
    let mut items = match house {
        Some(house) => of_kost(t, house, membership),
        None => of_nobody(t, is_admin),
    };
    mark_current(&mut items, path);
    items
}

/// A member's, or those of the installation's admin on a visit.
fn of_kost(t: Words, house: &str, membership: Option<&Membership>) -> Vec<NavItem> {
    let role = membership.map_or(Role::Owner, |membership| membership.role);
    let at = |rest: &str| format!("/k/{house}{rest}");
    let mut items = if role.is_staff() {
        let count = membership.map(|membership| membership.active_count);
        vec![NavItem { count, ..item("reports", at(""), "ticket", t.nav_reports()) }]
    } else {
        vec![
            item("home", "/tickets".to_owned(), "home", t.nav_home()),
            item("report", at("/tickets/new"), "camera", t.nav_report()),
        ]
    };
    if role.runs_the_kost() {
        items.extend([
            item("kost", at("/members"), "building", t.nav_kost()),
            item("statistics", at("/statistics"), "chart", t.nav_statistics()),
            item("queue", at("/queue"), "queue", t.nav_queue()),
            item("settings", at("/settings"), "sliders", t.nav_settings()),
        ]);
        if membership.is_none() {
            items.push(item("kosts", "/admin/kosts".to_owned(), "door", t.nav_all_kosts()));
        }
    } else {
        items.push(item("info", at("/info"), "door", t.nav_info()));
        items.push(item("account", "/account".to_owned(), "user", t.nav_account()));
    }
    items
}

fn of_nobody(t: Words, is_admin: bool) -> Vec<NavItem> {
    let mut items = if is_admin {
        vec![
            item("kosts", "/admin/kosts".to_owned(), "building", t.nav_kost()),
            item("queue", "/admin/queue".to_owned(), "queue", t.nav_queue()),
            item("mail", "/admin/mail".to_owned(), "mail", t.nav_mail()),
        ]
    } else {
        vec![item("home", "/".to_owned(), "home", t.nav_home())]
    };
    items.push(item("account", "/account".to_owned(), "user", t.nav_account()));
    items
}

fn item(key: &'static str, url: String, icon: &'static str, label: &'static str) -> NavItem {
    NavItem { key, url, icon, label, current: None, count: None }
}

/// Marks where one is: the item of this page, else the one that it belongs to.
fn mark_current(items: &mut [NavItem], path: &str) {
    if let Some(item) = items.iter_mut().find(|item| item.url == path) {
        item.current = Some("page");
        return;
    }
    let keys: &[&str] = match path.split('/').skip(1).collect::<Vec<_>>()[..] {
        ["k", _, "tickets", ..] => &["reports", "home"],
        ["k", _, "members" | "locations" | "info", ..] => &["kost"],
        ["k", _, "queue", ..] | ["admin", "queue", ..] => &["queue"],
        ["k", _, "settings", ..] => &["settings"],
        ["admin", "mail", ..] => &["mail"],
        ["account", ..] => &["account"],
        _ => &[],
    };
    if let Some(item) = items.iter_mut().find(|item| keys.contains(&item.key)) {
        item.current = Some("true");
    }
}
