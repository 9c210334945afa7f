//! `/k/{kost}/statistics`: what a month looked like, in the kost's time zone.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use jiff::SignedDuration;
use jiff::civil::Date;

mod csv;
pub mod figures;
mod span;
pub mod store;

use crate::admin::chart::Chart;
use crate::error::Result;
use crate::kosts::{Kost, Staff, store as kosts};
use crate::tickets::Status;
use crate::web::{FieldErrors, Form, Page};
use crate::words::Words;
use figures::{Figures, Times};
use span::{Preset, Span, day};

#[derive(Template)]
#[template(path = "admin/statistics.html")]
struct StatisticsPage<'a> {
    page: &'a Page,
    kost: &'a Kost,
    form: Form,
    errors: FieldErrors,
    presets: Vec<(&'static str, String, bool)>,
    shown: Option<Shown>,
}

/// What a span looked like, worded.
struct Shown {
    span: String,
    csv_url: String,
    figures: Figures,
    compared: String,
    chart: Option<Chart>,
    summary: String,
    weeks: Vec<(String, i64, i64)>,
    categories: Vec<Bar>,
    places: Vec<Bar>,
    outcomes: Vec<Bar>,
    statuses: Vec<Bar>,
}

/// One bar: how long it is, out of a hundred, and its number.
struct Bar {
    icon: &'static str,
    name: String,
    count: i64,
    width: i64,
    share: String,
    tone: &'static str,
}

/// `GET /k/{kost}/statistics?from=&to=`
pub async fn show(page: Page, staff: Staff, RawQuery(query): RawQuery) -> Result<Response> {
    let mut form = Form::from_query(&query.unwrap_or_default());
    let kost = &staff.kost;
    let today = day(page.now, &kost.timezone.tz());
    let span = match Span::parse(&form, today) {
        Ok(span) => span,
        Err(errors) => return wrong(&page, kost, form, errors),
    };
    form.set("from", span.from.to_string());
    form.set("to", span.to.to_string());
    let presets = presets(kost, today, Some(span), page.t);
    let shown = Some(shown(&page, kost, span).await?);
    page.html(&StatisticsPage {
        page: &page,
        kost,
        form,
        errors: FieldErrors::default(),
        presets,
        shown,
    })
}

/// `GET /k/{kost}/statistics.csv?from=&to=`
pub async fn download(page: Page, staff: Staff, RawQuery(query): RawQuery) -> Result<Response> {
    let form = Form::from_query(&query.unwrap_or_default());
    let kost = &staff.kost;
    let span = match Span::parse(&form, day(page.now, &kost.timezone.tz())) {
        Ok(span) => span,
        Err(errors) => return wrong(&page, kost, form, errors),
    };
    let figures = figures(&page, kost, span).await?;
    let places = places(&page, kost, &figures).await?;
    let name = format!("{}-{}-{}-{}.csv", page.t.stats_file(), kost.slug, span.from, span.to);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, csv::file(&figures, &places, page.t)).into_response())
}

fn wrong(page: &Page, kost: &Kost, form: Form, errors: FieldErrors) -> Result<Response> {
    let presets = presets(kost, day(page.now, &kost.timezone.tz()), None, page.t);
    page.invalid(&StatisticsPage { page, kost, form, errors, presets, shown: None })
}

impl StatisticsPage<'_> {
    /// The span is none of those that are offered, or could not be read.
    fn is_own_span(&self) -> bool {
        self.presets.iter().all(|(_, _, is_current)| !is_current)
    }
}

fn presets(
    kost: &Kost,
    today: Date,
    chosen: Option<Span>,
    t: Words,
) -> Vec<(&'static str, String, bool)> {
    let preset = |preset: Preset| {
        let word = match preset {
            Preset::Week => t.stats_span_7d(),
            Preset::Month => t.stats_span_30d(),
            Preset::TwelveWeeks => t.stats_span_12w(),
            Preset::Year => t.stats_span_year(),
        };
        let span = preset.span(today);
        (word, url(kost, "/statistics", span), chosen == Some(span))
    };
    Preset::ALL.map(preset).to_vec()
}

fn url(kost: &Kost, page: &str, span: Span) -> String {
    kost.path_to(&format!("{page}?from={}&to={}", span.from, span.to))
}

async fn figures(page: &Page, kost: &Kost, span: Span) -> Result<Figures> {
    let (db, zone) = (&page.app.db, kost.timezone.tz());
    let moments = span.moments(&zone);
    let opened = store::opened(db, kost.id, moments).await?;
    let resolved = store::resolved(db, kost.id, moments).await?;
    Ok(Figures::of(span, &zone, &opened, &resolved))
}

/// The locations by name, the one with the most reports first.
async fn places(page: &Page, kost: &Kost, figures: &Figures) -> Result<Vec<(String, i64)>> {
    let locations = kosts::locations(&page.app.db, kost.id).await?;
    let named = figures.by_location.iter().filter_map(|(id, count)| {
        let location = locations.iter().find(|location| location.id == *id)?;
        Some((location.label(page.t), *count))
    });
    Ok(named.collect())
}

async fn shown(page: &Page, kost: &Kost, span: Span) -> Result<Shown> {
    let t = page.t;
    let figures = figures(page, kost, span).await?;
    let before =
        store::count_opened(&page.app.db, kost.id, span.before().moments(&kost.timezone.tz()))
            .await?;
    let places = places(page, kost, &figures).await?;
    let weeks = &figures.weeks;
    let labels = weeks.iter().map(|week| t.day_and_month(week.monday)).collect::<Vec<_>>();
    let points = weeks.iter().map(|week| (week.opened, week.resolved)).collect::<Vec<_>>();
    Ok(Shown {
        span: t.stats_span(&kost.name, t.day_and_month(span.from), t.date(span.to)),
        csv_url: url(kost, "/statistics.csv", span),
        compared: compared(figures.opened - before, t),
        chart: Chart::of(&points, &labels, t),
        summary: t.stats_per_week_summary(
            weeks.len() as i64,
            t.number(figures.opened),
            t.number(figures.resolved),
        ),
        weeks: labels
            .into_iter()
            .zip(weeks)
            .map(|(label, week)| (label, week.opened, week.resolved))
            .collect(),
        categories: bars(
            figures.by_category.iter().map(|(category, count)| {
                (category.icon(), category.word(t).to_owned(), *count, "kt-c-brand")
            }),
            t,
        ),
        places: bars(places.into_iter().map(|(place, count)| ("", place, count, "kt-c-brand")), t),
        outcomes: bars(
            [
                ("s-done", t.stats_confirmed().to_owned(), figures.confirmed, "kt-c-out"),
                ("s-closed", t.stats_silent().to_owned(), figures.silent, "kt-c-mid"),
                ("s-clock", t.stats_awaiting().to_owned(), figures.awaiting, "kt-c-brand"),
            ]
            .into_iter(),
            t,
        ),
        statuses: bars(
            figures.by_status.iter().map(|(status, count)| status_bar(*status, *count, t)),
            t,
        ),
        figures,
    })
}

fn compared(difference: i64, t: Words) -> String {
    match difference {
        0 => t.stats_equal().to_owned(),
        more if more > 0 => t.stats_more(more),
        fewer => t.stats_fewer(-fewer),
    }
}

fn status_bar(status: Status, count: i64, t: Words) -> (&'static str, String, i64, &'static str) {
    let tone = match status {
        Status::Open => "kt-c-in",
        Status::InProgress => "kt-c-mid",
        Status::Done => "kt-c-out",
    };
    (status.look().1, status.word(t).to_owned(), count, tone)
}

/// Bars as long as their numbers are, the longest over the whole width.
fn bars(
    rows: impl Iterator<Item = (&'static str, String, i64, &'static str)>,
    t: Words,
) -> Vec<Bar> {
    let rows = rows.collect::<Vec<_>>();
    let most = rows.iter().map(|row| row.2).max().unwrap_or(0).max(1);
    let all = rows.iter().map(|row| row.2).sum::<i64>();
    let bar = |(icon, name, count, tone)| Bar {
        icon,
        name,
        count,
        width: count * 100 / most,
        share: t.percent(count, all),
        tone,
    };
    rows.into_iter().map(bar).collect()
}

impl Shown {
    /// A figure for a tile: the duration, or a dash.
    fn time(&self, time: &Option<SignedDuration>, t: &Words) -> String {
        time.map_or_else(|| "–".to_owned(), |time| t.duration(time))
    }

    /// What stands under a duration: how long nine of ten took.
    fn note(&self, times: &Times, t: &Words) -> String {
        match times.p90 {
            Some(p90) => t.stats_p90_is(t.duration(p90)),
            None => t.stats_too_few().to_owned(),
        }
    }
}
