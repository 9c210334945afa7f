//! What a request's form holds, for whoever has to answer instead of its page:
//! nothing typed is lost because of a limit, a database, or a session that ended.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http::request::Parts;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::App;
use crate::web::form::{Fields, Form};
use crate::web::receive;
use crate::web::room::Held;

/// In the extensions of every request that may carry a form.
#[derive(Clone, Debug, Default)]
pub struct Sent(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    body: Body,
    /// Somebody has begun to read the body: only they can say what was in it.
    is_taken: bool,
    /// Shared with the form that was read.
    fields: Arc<Fields>,
    /// What these take of the memory of all requests.
    room: Option<Held>,
    /// How many files would be lost.
    files: usize,
    /// Nothing of it is missing but files.
    is_whole: bool,
}

impl Sent {
    /// Lends the body to whoever answers the request.
    pub fn lend(body: Body) -> (Sent, Body) {
        let sent = Sent(Arc::new(Mutex::new(State { body, ..State::default() })));
        (sent.clone(), Body::new(Lent(sent)))
    }

    /// Notes that the body is being read.
    pub(super) fn take(&self) {
        self.state().is_taken = true;
    }

    /// Notes what was in it, as far as it was read.
    pub(super) fn note(&self, form: &Form, room: Held, is_whole: bool) {
        let mut state = self.state();
        (state.fields, state.room) = (form.shared_fields(), Some(room));
        state.is_whole = is_whole;
        state.files = form.files.len();
    }

    /// Notes the field that stands for a file from now on.
    pub(super) fn stored(&self, name: &str, value: String) {
        let mut state = self.state();
        state.files = state.files.saturating_sub(1);
        Arc::make_mut(&mut state.fields).push((name.to_owned(), value));
    }

    /// The text fields, and whether there were files as well. Reads the body, if
    /// nobody has.
    pub async fn form(&self, app: &App, asked: &Parts) -> (Form, bool) {
        let body = {
            let mut state = self.state();
            (!state.is_taken).then(|| std::mem::take(&mut state.body))
        };
        if let Some(body) = body {
            let mut parts = asked.clone();
            parts.extensions.insert(self.clone());
            // Half of it is better than nothing.
            let _ = receive::past_files(Request::from_parts(parts, body), app).await;
        }
        let state = self.state();
        (Form::sharing(state.fields.clone()), state.files > 0)
    }

    /// The form, if it came whole and none of its files would be lost.
    pub async fn whole_form(&self, app: &App, asked: &Parts) -> Option<Form> {
        let (form, has_lost_files) = self.form(app, asked).await;
        (self.state().is_whole && !has_lost_files).then_some(form)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body, as long as it has not been taken back.
struct Lent(Sent);

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.0.state().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.state().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.state().body.size_hint()
    }
}
