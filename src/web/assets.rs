//! The front end's files: embedded, compressed when the program was built, and
//! named after their content, so that a browser asks for each of them once.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};
use axum::response::Response;
use axum::routing::get;

use crate::web::compress::accepts;

// APP_CSS, APP_JS, ICONS_SVG, FAVICON_SVG, FONT_WOFF2: the addresses; and FILES.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One file of the front end.
struct Asset {
    path: &'static str,
    media_type: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// Serves the files under `/assets/`, each with the best encoding the client
/// takes, to be kept for a year. Everything else there is left to the fallback.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.iter().fold(Router::new(), |router, asset| {
        let serve = move |headers: HeaderMap| async move { asset.response(&headers) };
        router.route(asset.path, get(serve))
    })
}

impl Asset {
    fn response(&self, request: &HeaderMap) -> Response {
        let (encoding, bytes) = self.best_for(request);
        let mut response = Response::new(Body::from(Bytes::from_static(bytes)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers
            .insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }

    fn best_for(&self, request: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
        match (self.brotli, self.gzip) {
            (Some(brotli), _) if accepts(request, "br") => (Some("br"), brotli),
            (_, Some(gzip)) if accepts(request, "gzip") => (Some("gzip"), gzip),
            _ => (None, self.plain),
        }
    }
}

#[cfg(test)]
mod use_tests;

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT_ENCODING;
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt;

    use super::*;

    async fn get(path: &str, encodings: &str) -> Response {
        let request =
            Request::get(path).header(ACCEPT_ENCODING, encodings).body(Body::empty()).unwrap();
        router::<()>().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn files_are_kept_for_ever_and_come_in_the_best_encoding() {
        for (encodings, expected) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip;q=1.0, br;q=0", Some("gzip")),
            ("identity", None),
        ] {
            let response = get(APP_CSS, encodings).await;
            let headers = response.headers();
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(
                headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap()),
                expected
            );
            assert_eq!(headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
            assert_eq!(headers[VARY], "accept-encoding");
        }
    }

    #[tokio::test]
    async fn the_stylesheet_asks_for_the_font_that_is_there() {
        let css = FILES.iter().find(|asset| asset.path == APP_CSS).unwrap().plain;
        let name = FONT_WOFF2.trim_start_matches("/assets/");
        assert!(String::from_utf8_lossy(css).contains(name));
        assert_eq!(get(FONT_WOFF2, "br").await.headers()[CONTENT_TYPE], "font/woff2");
        assert_eq!(get("/assets/other.css", "").await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn the_first_view_stays_within_its_budget() {
        let size = |path| {
            let asset = FILES.iter().find(|asset| asset.path == path).unwrap();
            asset.brotli.unwrap_or(asset.plain).len()
        };
        assert!(size(APP_CSS) < 15_400, "stylesheet: {}", size(APP_CSS));
        assert!(size(APP_JS) < 22_000, "htmx and our own scripts: {}", size(APP_JS));
        assert!(size(ICONS_SVG) < 2_700, "icons: {}", size(ICONS_SVG));
        assert!(size(FONT_WOFF2) < 14_000, "font: {}", size(FONT_WOFF2));
    }
}
