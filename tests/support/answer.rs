//! One request and its answer.

use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, StatusCode, request};
use tower::ServiceExt;

/// A request that is being filled in.
pub struct Call {
    router: axum::Router,
    builder: request::Builder,
    body: Body,
}

impl Call {
    pub fn new(router: axum::Router, builder: request::Builder) -> Call {
        Call { router, builder, body: Body::empty() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Call {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Comes over a connection from this address.
    pub fn from(mut self, address: &str) -> Call {
        let peer = std::net::SocketAddr::new(address.parse().unwrap(), 40000);
        self.builder = self.builder.extension(axum::extract::ConnectInfo(peer));
        self
    }

    /// Sends this cookie along.
    pub fn cookie(self, cookie: &str) -> Call {
        self.header(COOKIE.as_str(), cookie)
    }

    /// A URL-encoded form.
    pub fn form(self, fields: &[(&str, &str)]) -> Call {
        let body = form(fields);
        self.body("application/x-www-form-urlencoded", body)
    }

    /// As [`Call::form`], over a bad line: `meanwhile` happens before it has arrived.
    pub fn form_after(
        self,
        meanwhile: impl Future<Output = ()> + Send + 'static,
        fields: &[(&str, &str)],
    ) -> Call {
        let fields = form(fields);
        let arriving = futures_util::stream::once(async move {
            meanwhile.await;
            Ok::<_, std::convert::Infallible>(fields)
        });
        self.body("application/x-www-form-urlencoded", Body::from_stream(arriving))
    }

    /// A multipart form: text fields, and files as (field, name, bytes).
    pub fn multipart(self, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Call {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!(
                    "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        for (name, file, bytes) in files {
            let head = format!(
                "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--x--\r\n");
        self.body("multipart/form-data; boundary=x", body)
    }

    /// Any body.
    pub fn body(mut self, kind: &str, body: impl Into<Body>) -> Call {
        self.builder = self.builder.header(CONTENT_TYPE, kind);
        self.body = body.into();
        self
    }

    pub async fn send(self) -> Answer {
        let request = self.builder.body(self.body).unwrap();
        let response = self.router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            text: without_moment(&String::from_utf8_lossy(&bytes)),
            bytes: bytes.to_vec(),
        };
        answer.assert_no_inline_code();
        answer
    }
}

/// A page carries the moment at which it was made, for its socket: apart from
/// that, two pages that tell the same are the same.
fn without_moment(page: &str) -> String {
    let Some((before, rest)) = page.split_once(" data-seen=\"") else { return page.to_owned() };
    let after = rest.split_once('"').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

/// Fields as a URL-encoded form.
fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// A header's text, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// No page of ours may rely on what our content policy forbids.
    fn assert_no_inline_code(&self) {
        let is_page = self.header("content-type").starts_with("text/html");
        // A kept mail has a policy of its own, in a frame of its own.
        if !is_page || self.header("content-security-policy").contains("'unsafe-inline'") {
            return;
        }
        for forbidden in [" style=\"", "<style", " onclick=\"", "javascript:", "<script>"] {
            assert!(!self.text.contains(forbidden), "{forbidden} in {}", self.text);
        }
    }

    /// Every answer says what it may load and do, and for whom it is.
    #[track_caller]
    pub fn assert_guarded(&self, what: &str) {
        let policy = self.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{what}: {policy}");
        assert!(!policy.contains("unsafe"), "{what}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ] {
            assert_eq!(self.header(name), value, "{what}: {name}");
        }
    }

    /// Where a 303 leads.
    #[track_caller]
    pub fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.headers[LOCATION].to_str().unwrap()
    }

    /// The cookies that it sets, as a `Cookie` header would send them.
    pub fn cookies(&self) -> String {
        let pairs = self
            .headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }
}
