//! Reading a posted form, URL-encoded or multipart, within limits of length,
//! count, time and memory.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use hyper::body::Body as _;
use percent_encoding::percent_decode;

use crate::App;
use crate::error::{Error, Result};
use crate::web::client_network;
use crate::web::form::{Form, TextForm, Upload};
use crate::web::multipart;
use crate::web::room::{Held, Sender};
use crate::web::sent::Sent;

/// Bytes of one photo as it is sent.
pub const MAX_FILE: usize = 15 * 1024 * 1024;
/// Bytes of all text fields, with what stands above them.
const MAX_TEXT: usize = 256 * 1024;
/// Bytes of a form without photos, as it comes over the wire.
const MAX_TEXT_BODY: usize = 2 * MAX_TEXT;
/// Bytes of a form with photos: more than is kept, so that a film that is far
/// too long is named next to its field, with the rest of the form still there.
const MAX_BODY: usize = 256 * 1024 * 1024;
/// Fields and files of a multipart form.
const MAX_PARTS: usize = 64;
/// Fields of a URL-encoded form, such as every task of a page.
const MAX_FIELDS: usize = 1000;
/// A form without photos has come by then.
const TEXT_DEADLINE: Duration = Duration::from_secs(120);
/// Six photos on mobile data have come by then: 90 MB at 1 Mbit/s.
const DEADLINE: Duration = Duration::from_secs(15 * 60);
/// Bytes of text that take no room: nobody fails to log in because of photos.
const FREE_TEXT: usize = 16 * 1024;
/// The photos of others are likely to be stored by then.
const BUSY: Error = Error::Busy { seconds: 30 };

/// What becomes of files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Files {
    Keep,
    /// Noted as sent, without their bytes.
    Skip,
    /// The same, since there was no memory for one of them: whoever has to send
    /// everything again keeps no room from others meanwhile.
    NoRoom,
}

/// What one request may still send.
struct Allowance {
    files: Files,
    /// Bytes of text that have come, and the room that they take.
    text: usize,
    held: Held,
}

impl Allowance {
    /// Counts so many more bytes of text.
    fn take_text(&mut self, bytes: usize) -> Result<()> {
        self.text += bytes;
        if self.text > MAX_TEXT {
            return Err(Error::TooLarge);
        }
        let counted = self.text.saturating_sub(FREE_TEXT);
        if self.held.grow(counted) { Ok(()) } else { Err(BUSY) }
    }
}

impl FromRequest<App> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Form> {
        receive(request, app, (MAX_BODY, DEADLINE), Files::Keep).await
    }
}

impl FromRequest<App> for TextForm {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<TextForm> {
        let limits = (MAX_TEXT_BODY, TEXT_DEADLINE);
        receive(request, app, limits, Files::Skip).await.map(TextForm)
    }
}

/// The text fields of a form that may come with photos; these are read past.
pub(super) async fn past_files(request: Request, app: &App) -> Result<Form> {
    receive(request, app, (MAX_BODY, DEADLINE), Files::Skip).await
}

async fn receive(
    request: Request,
    app: &App,
    limits: (usize, Duration),
    files: Files,
) -> Result<Form> {
    let (parts, body) = request.into_parts();
    let account = parts.extensions.get::<Sender>().copied();
    let network = || Sender::Network(client_network(&app.config, &parts));
    let held = app.limits.uploads.enter(account.unwrap_or_else(network));
    read(&parts, body, limits, files, held).await
}

async fn read(
    parts: &Parts,
    body: Body,
    (most, deadline): (usize, Duration),
    files: Files,
    held: Held,
) -> Result<Form> {
    let sent = parts.extensions.get::<Sent>().cloned().unwrap_or_default();
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    sent.take();
    let mut form = Form::default();
    let mut allowance = Allowance { files, text: 0, held };
    let reading = fill(&mut form, kind, body, most, &mut allowance);
    // Who is too slow has been cut off, as far as we know.
    let read = tokio::time::timeout(deadline, reading).await.unwrap_or(Err(Error::BadRequest));
    sent.note(&form, allowance.held, read.is_ok());
    form.sent = sent;
    read.map(|()| form)
}

async fn fill(
    form: &mut Form,
    kind: &str,
    body: Body,
    most: usize,
    allowance: &mut Allowance,
) -> Result<()> {
    match kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => url_encoded(form, body, allowance).await,
        "multipart/form-data" => {
            multipart(form, multipart::Parts::new(kind, body, most)?, allowance).await
        }
        "" => Ok(()), // a button without fields
        _ => Err(Error::BadRequest),
    }
}

async fn url_encoded(form: &mut Form, mut body: Body, allowance: &mut Allowance) -> Result<()> {
    let mut bytes = Vec::new();
    while let Some(data) = next_bytes(&mut body).await? {
        allowance.take_text(data.len())?;
        bytes.extend_from_slice(&data);
    }
    // Browsers never send what is no UTF-8; the parser would put U+FFFD for it.
    percent_decode(&bytes).decode_utf8().map_err(|_| Error::BadRequest)?;
    for (name, value) in form_urlencoded::parse(&bytes).into_owned() {
        if form.fields().len() == MAX_FIELDS {
            return Err(Error::TooLarge);
        }
        form.push(name, value);
    }
    Ok(())
}

/// What the connection brings next; `None` at the body's end.
pub(super) async fn next_bytes(body: &mut Body) -> Result<Option<Bytes>> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => return Ok(Some(data)),
                Err(_trailers) => {}
            },
            Some(Err(_)) => return Err(Error::BadRequest),
            None => return Ok(None),
        }
    }
}

async fn multipart(
    form: &mut Form,
    mut parts: multipart::Parts,
    allowance: &mut Allowance,
) -> Result<()> {
    let mut left = MAX_PARTS;
    while let Some(head) = parts.next().await? {
        left = left.checked_sub(1).ok_or(Error::TooLarge)?;
        allowance.take_text(head.length)?;
        if head.is_file {
            form.files.extend(file(&mut parts, allowance).await?);
        } else {
            form.push(head.name, text(&mut parts, allowance).await?);
        }
        if allowance.files == Files::NoRoom {
            form.files.iter_mut().for_each(Upload::empty);
        }
    }
    if allowance.files == Files::NoRoom { Err(BUSY) } else { Ok(()) }
}

async fn text(parts: &mut multipart::Parts, allowance: &mut Allowance) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = parts.chunk().await? {
        allowance.take_text(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Error::BadRequest)
}

/// One file; `None` for an input that was left empty, which comes as one of no bytes.
async fn file(parts: &mut multipart::Parts, allowance: &mut Allowance) -> Result<Option<Upload>> {
    let most = if allowance.files == Files::Keep { MAX_FILE } else { 0 };
    let (mut bytes, mut length, mut has_room) = (Vec::new(), 0, true);
    let mut held = allowance.held.beside();
    while let Some(chunk) = parts.chunk().await? {
        length += chunk.len();
        if length <= most && has_room {
            bytes.extend_from_slice(&chunk);
            has_room = held.grow(bytes.capacity());
        } else {
            (bytes, held) = (Vec::new(), held.beside());
        }
    }
    let too_big = length > most;
    if !has_room && !too_big {
        allowance.files = Files::NoRoom;
    }
    let upload = Upload { bytes: bytes.into(), too_big, room: Some(Arc::new(held)) };
    Ok((length > 0).then_some(upload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::room::UploadRoom;
    use futures_util::StreamExt;

    const RANI: Sender = Sender::Account(1);

    fn parts(kind: &str) -> Parts {
        Request::builder().header(CONTENT_TYPE, kind).body(()).unwrap().into_parts().0
    }

    #[tokio::test]
    async fn long_texts_take_room_and_short_ones_none() {
        let read = async |length: usize, room: &UploadRoom| {
            let kind = "application/x-www-form-urlencoded";
            let body = format!("a={}", "b".repeat(length));
            let limits = (MAX_TEXT_BODY, TEXT_DEADLINE);
            read(&parts(kind), body.into(), limits, Files::Skip, room.enter(RANI)).await
        };
        let room = UploadRoom::new(20_000);
        let long = read(FREE_TEXT + 8_000 - 2, &room).await.unwrap();
        assert_eq!(room.left(), 12_000);
        assert!(matches!(read(FREE_TEXT + 8_000, &room).await, Err(Error::Busy { .. })));
        assert!(read(FREE_TEXT - 2, &room).await.is_ok());
        drop(long);
        assert_eq!(room.left(), 20_000);
    }

    #[tokio::test]
    async fn who_has_to_send_everything_again_keeps_no_room() {
        let file = |length| {
            let head = "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"";
            Ok::<_, std::io::Error>(format!("{head}\r\n\r\n{}\r\n", "b".repeat(length)))
        };
        let sent = futures_util::stream::iter([file(3_000), file(90_000), file(3_000)]);
        let endless = sent.chain(futures_util::stream::pending());
        let parts = parts("multipart/form-data; boundary=x");
        let (room, limits) = (UploadRoom::new(50_000), (MAX_BODY, DEADLINE));
        let body = Body::from_stream(endless);
        let mut reading = Box::pin(read(&parts, body, limits, Files::Keep, room.enter(RANI)));
        assert!(futures_util::poll!(&mut reading).is_pending());
        assert_eq!(room.left(), 50_000);
    }
}
