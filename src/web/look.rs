//! Renders the layouts and every macro with sample data: Askama checks a
//! template only where a type uses it. With `KOSTTICKET_LOOK=<folder>` set, the
//! pages and the files they need are written there, to be looked at.

use std::path::Path;
use std::{env, fs};

use askama::Template;

use super::assets;

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

#[test]
fn layouts_render_without_inline_code() {
    for (name, page) in [("resident", Page::resident()), ("staff", Page::staff())] {
        show(name, &FramePage { page });
    }
    show("focus", &FocusPage { page: Page::resident() });
    show("gate", &GatePage { page: Page::stranger() });
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
