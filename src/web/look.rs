//! Renders the layouts and every macro with sample data: Askama checks a
//! template only where a type uses it. With `KOSTTICKET_LOOK=<folder>` set, the
//! pages and the files they need are written there, to be looked at.

use std::path::Path;
use std::{env, fs};

use askama::Template;

use super::assets;

mod sample;
use sample::{Errors, Form, Page, Problem};

#[derive(Template)]
#[template(path = "look/app_sample.html")]
struct FramePage {
    page: Page,
}

#[derive(Template)]
#[template(path = "look/focus_sample.html")]
struct FocusPage {
    page: Page,
}

#[derive(Template)]
#[template(path = "look/gate_sample.html")]
struct GatePage {
    page: Page,
}

#[derive(Template)]
#[template(path = "look/parts_sample.html")]
struct PartsPage {
    page: Page,
    form: Form,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "errors/403.html")]
struct ForbiddenPage {
    page: Page,
}

#[derive(Template)]
#[template(path = "errors/404.html")]
struct NotFoundPage {
    page: Page,
}

#[derive(Template)]
#[template(path = "errors/429.html")]
struct TooManyPage {
    page: Page,
    seconds: i64,
}

#[derive(Template)]
#[template(path = "errors/500.html")]
struct BrokenPage {
    page: Page,
    reference: &'static str,
}

#[derive(Template)]
#[template(path = "errors/503.html")]
struct UnavailablePage {
    page: Page,
}

#[derive(Template)]
#[template(path = "errors/offline.html")]
struct OfflinePage {
    page: Page,
}

/// A chip without a number.
const NO_COUNT: Option<i64> = None;

#[test]
fn layouts_render_without_inline_code() {
    for (name, page) in [("resident", Page::resident()), ("staff", Page::staff())] {
        show(name, &FramePage { page });
    }
    show("focus", &FocusPage { page: Page::resident() });
    show("gate", &GatePage { page: Page::stranger() });
}

#[test]
fn parts_render_in_all_their_states() {
    let page = PartsPage {
        page: Page::staff(),
        form: Form,
        errors: Errors(vec![("email", Problem), ("category", Problem)]),
    };
    show("parts", &page);
    let html = page.render().expect("the sample data renders");
    assert!(html.contains("aria-describedby=\"email-error email-hint\""), "{html}");
    assert!(html.contains("&#60;/textarea&#62; dua</textarea>"), "{html}");
}

#[test]
fn error_pages_render_for_strangers() {
    let page = Page::stranger;
    show("403", &ForbiddenPage { page: page() });
    show("404", &NotFoundPage { page: page() });
    show("429", &TooManyPage { page: page(), seconds: 30 });
    show("500", &BrokenPage { page: page(), reference: "7F3K-21QX" });
    show("503", &UnavailablePage { page: page() });
    show("offline", &OfflinePage { page: page() });
}

/// Checks what must hold for every page under our Content-Security-Policy, and
/// writes the page where somebody wants to look at it.
fn show(name: &str, template: &impl Template) {
    let html = template.render().expect("the sample data renders");
    for forbidden in [" style=", "<style", " onclick=", "javascript:", "<script>"] {
        assert!(!html.contains(forbidden), "{name} contains {forbidden}");
    }
    if let Some(folder) = env::var_os("KOSTTICKET_LOOK") {
        let folder = Path::new(&folder);
        fs::create_dir_all(folder).expect("the folder can be made");
        fs::write(folder.join(format!("{name}.html")), html).expect("the page can be written");
        assets::write_to(&folder.join("assets")).expect("the files can be written");
    }
}
