//! Renders the layouts and every macro with sample data: Askama checks a
//! template only where a type uses it. With `KOSTTICKET_LOOK=<folder>` set, the
//! pages and the files they need are written there, to be looked at.

use std::path::Path;
use std::{env, fs};

use askama::Template;

use super::{FieldErrors, Form, Problem, assets};

mod sample;
use sample::Page;

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
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "errors/fault.html")]
struct FaultPage {
    page: Page,
    status: u16,
    title: &'static str,
    text: &'static str,
    tone: &'static str,
    can_retry: bool,
    reference: Option<&'static str>,
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
    let mut errors = FieldErrors::one("email", Problem::NotAnEmail);
    errors.add("category", Problem::Required);
    let form = Form::of([
        ("name", "Rani \"R\" <Puspita>"),
        ("email", "rani@example"),
        ("description", "Baris satu\n</textarea> dua"),
    ]);
    let page = PartsPage { page: Page::staff(), form, errors };
    show("parts", &page);
    let html = page.render().expect("the sample data renders");
    assert!(html.contains("aria-describedby=\"email-error email-hint\""), "{html}");
    assert!(html.contains("&#60;/textarea&#62; dua</textarea>"), "{html}");
}

#[test]
fn error_pages_render_for_strangers() {
    let fault = |status, reference: Option<&'static str>| FaultPage {
        page: Page::stranger(),
        status,
        title: "Ada yang lepas di sisi kami",
        text: "Maaf, halaman ini gagal dibuka. Tulisan dan foto Anda tidak hilang.",
        tone: if reference.is_some() { "lamp" } else { "" },
        can_retry: reference.is_some(),
        reference,
    };
    show("404", &fault(404, None));
    show("500", &fault(500, Some("7F3K-21QX")));
    show("offline", &OfflinePage { page: Page::stranger() });
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
