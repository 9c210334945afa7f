//! `/admin/kosts`: every kost of the installation, and a new one.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;

use crate::error::Result;
use crate::kosts::{InstallationAdmin, Kost, NewKost, Timezone, store};
use crate::web::{FieldErrors, Flash, Form, Page, TextForm};

#[derive(Template)]
#[template(path = "admin/kosts.html")]
struct KostsPage<'a> {
    page: &'a Page,
    kosts: Vec<Kost>,
    is_first: bool,
    next: Option<String>,
    form: Form,
    errors: FieldErrors,
}

impl<'a> KostsPage<'a> {
    async fn load(
        page: &'a Page,
        after: &str,
        form: Form,
        errors: FieldErrors,
    ) -> Result<KostsPage<'a>> {
        let kosts = store::list(&page.app.db, after).await?;
        let next = (kosts.len() == store::LISTED).then(|| kosts.last()).flatten();
        let next = next.map(|kost| format!("/admin/kosts?after={}", kost.slug));
        Ok(KostsPage { page, kosts, is_first: after.is_empty(), next, form, errors })
    }
}

/// `GET /admin/kosts?after=`
pub async fn list(page: Page, _: InstallationAdmin, RawQuery(query): RawQuery) -> Result<Response> {
    let after = Form::from_query(&query.unwrap_or_default()).text("after").to_owned();
    let form = page.form_or(|| Form::of([("timezone", Timezone::Wib.as_str()), ("rooms", "12")]));
    page.html(&KostsPage::load(&page, &after, form, FieldErrors::default()).await?)
}

/// `POST /admin/kosts` [kost_name, timezone, rooms]
pub async fn create(
    page: Page,
    _: InstallationAdmin,
    TextForm(form): TextForm,
) -> Result<Response> {
    let mut errors = FieldErrors::default();
    let Some(kost) = NewKost::parse(&form, 0, &mut errors) else {
        return page.invalid(&KostsPage::load(&page, "", form, errors).await?);
    };
    let mut tx = page.app.db.begin().await?;
    let id = kost.found(&mut tx, page.t).await?;
    let kost = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(page.done(&kost.path_to("/members"), Flash::Saved))
}
