//! Reading a posted form, URL-encoded or multipart, within limits of length,
//! count, time and memory.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use hyper::body::Body as _;
use percent_encoding::percent_decode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::App;
use crate::error::{Error, Result};
use crate::web::form::{Form, TextForm, Upload};
use crate::web::multipart::Parts;
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
/// Until the photos of others are likely to be stored.
const BUSY_SECONDS: u64 = 30;

/// The memory that photos may take while they come in, for all requests together.
pub struct UploadRoom(Arc<Semaphore>);

impl UploadRoom {
    /// What each permit stands for.
    const BYTES: usize = 1024;

    /// So many megabytes.
    pub fn new(megabytes: usize) -> UploadRoom {
        UploadRoom(Arc::new(Semaphore::new(megabytes * 1024 * 1024 / UploadRoom::BYTES)))
    }

    /// Makes `held` worth so many bytes; `false` when there is no room for them.
    fn grow(&self, held: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> bool {
        let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.div_ceil(UploadRoom::BYTES).saturating_sub(has);
        let Ok(permit) = self.0.clone().try_acquire_many_owned(more as u32) else { return false };
        match held {
            Some(held) => held.merge(permit),
            None => *held = Some(permit),
        }
        true
    }
}

/// What becomes of files.
#[derive(Clone, Copy)]
enum Files<'a> {
    Keep(&'a UploadRoom),
    /// Noted as sent, without their bytes.
    Skip,
}

impl FromRequest<App> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Form> {
        read(request, MAX_BODY, DEADLINE, Files::Keep(&app.limits.uploads)).await
    }
}

impl FromRequest<App> for TextForm {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<TextForm> {
        read(request, MAX_TEXT_BODY, TEXT_DEADLINE, Files::Skip).await.map(TextForm)
    }
}

/// The text fields of a form that may come with photos; these are read past.
pub(super) async fn past_files(request: Request) -> Result<Form> {
    read(request, MAX_BODY, DEADLINE, Files::Skip).await
}

async fn read(request: Request, most: usize, deadline: Duration, files: Files<'_>) -> Result<Form> {
    let (parts, body) = request.into_parts();
    let sent = parts.extensions.get::<Sent>().cloned().unwrap_or_default();
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    sent.take();
    let mut form = Form::default();
    let reading = fill(&mut form, kind, body, most, files);
    // Who is too slow has been cut off, as far as we know.
    let read = tokio::time::timeout(deadline, reading).await.unwrap_or(Err(Error::BadRequest));
    sent.note(&form);
    form.sent = sent;
    read.map(|()| form)
}

async fn fill(
    form: &mut Form,
    kind: &str,
    body: Body,
    most: usize,
    files: Files<'_>,
) -> Result<()> {
    match kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => url_encoded(form, body).await,
        "multipart/form-data" => multipart(form, Parts::new(kind, body, most)?, files).await,
        "" => Ok(()), // a button without fields
        _ => Err(Error::BadRequest),
    }
}

async fn url_encoded(form: &mut Form, mut body: Body) -> Result<()> {
    let mut bytes = Vec::new();
    while let Some(data) = next_bytes(&mut body).await? {
        if bytes.len() + data.len() > MAX_TEXT {
            return Err(Error::TooLarge);
        }
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

async fn multipart(form: &mut Form, mut parts: Parts, files: Files<'_>) -> Result<()> {
    let mut room = MAX_TEXT;
    let mut is_busy = false;
    for _ in 0..MAX_PARTS {
        let Some(head) = parts.next().await? else {
            return if is_busy { Err(Error::Busy { seconds: BUSY_SECONDS }) } else { Ok(()) };
        };
        room = room.checked_sub(head.length).ok_or(Error::TooLarge)?;
        if !head.is_file {
            let text = text(&mut parts, &mut room).await?;
            form.push(head.name, text);
            continue;
        }
        match (file(&mut parts, files).await?, is_busy) {
            (Ok(upload), false) => form.files.extend(upload),
            // Whoever has to send everything again keeps no room from others meanwhile.
            _ => {
                is_busy = true;
                form.files.iter_mut().for_each(Upload::empty);
            }
        }
    }
    Err(Error::TooLarge)
}

async fn text(parts: &mut Parts, room: &mut usize) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = parts.chunk().await? {
        *room = room.checked_sub(chunk.len()).ok_or(Error::TooLarge)?;
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Error::BadRequest)
}

/// There is no memory for this file now.
struct NoRoom;

/// One file; `None` for an input that was left empty, which comes as one of no bytes.
async fn file(parts: &mut Parts, files: Files<'_>) -> Result<Result<Option<Upload>, NoRoom>> {
    let most = if let Files::Keep(_) = files { MAX_FILE } else { 0 };
    let (mut bytes, mut held, mut length, mut has_room) = (Vec::new(), None, 0, true);
    while let Some(chunk) = parts.chunk().await? {
        length += chunk.len();
        if length <= most && has_room {
            bytes.extend_from_slice(&chunk);
            has_room = matches!(files, Files::Keep(room) if room.grow(&mut held, bytes.capacity()));
        } else {
            (bytes, held) = (Vec::new(), None);
        }
    }
    let too_big = length > most;
    if !has_room && !too_big {
        return Ok(Err(NoRoom));
    }
    let upload = Upload { bytes: bytes.into(), too_big, room: held.map(Arc::new) };
    Ok(Ok((length > 0).then_some(upload)))
}
