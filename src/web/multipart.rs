//! A multipart form, read piece by piece: never more of it in memory than what
//! the connection brought at once, heads of parts short, work linear in length.

use axum::body::{Body, Bytes};
use bytes::{Buf, BytesMut};
use memchr::memmem::find;

use crate::error::{Error, Result};
use crate::web::receive::next_bytes;

/// Bytes of the head of one part, and of what stands before the first.
const MAX_HEAD: usize = 16 * 1024;
/// Bytes of a boundary (RFC 2046).
const MAX_BOUNDARY: usize = 70;

/// The parts of a form, one after the other.
pub struct Parts {
    body: Body,
    buffer: BytesMut,
    /// Line end, two dashes, boundary.
    delimiter: Vec<u8>,
    /// What comes next belongs to a part, or to what stands before the first.
    is_within: bool,
    /// Bytes that may still come.
    left: usize,
}

/// What stands above a part.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub name: String,
    pub is_file: bool,
    /// In bytes, as it came.
    pub length: usize,
}

impl Parts {
    /// The parts of a body of at most `most` bytes.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when the content type names no boundary.
    pub fn new(content_type: &str, body: Body, most: usize) -> Result<Parts> {
        let boundary = parameter(content_type, "boundary").ok_or(Error::BadRequest)?;
        if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
            return Err(Error::BadRequest);
        }
        Ok(Parts {
            body,
            // The first delimiter may lack the line end that the others have.
            buffer: BytesMut::from(&b"\r\n"[..]),
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            is_within: true,
            left: most,
        })
    }

    /// The head of the next part; its bytes follow by [`Parts::chunk`].
    ///
    /// # Errors
    /// [`Error::BadRequest`] when this is no such form, or only half of one,
    /// [`Error::TooLarge`] when it is longer than it may be.
    pub async fn next(&mut self) -> Result<Option<Head>> {
        while self.chunk().await?.is_some() {}
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        if self.buffer.starts_with(b"--") {
            return Ok(None);
        }
        let length = loop {
            // The search begins with the delimiter's own line end: a part may have no head.
            let near = &self.buffer[..self.buffer.len().min(MAX_HEAD)];
            match find(near, b"\r\n\r\n") {
                Some(end) => break end + 4,
                None if near.len() == MAX_HEAD => return Err(Error::BadRequest),
                None => self.fill().await?,
            }
        };
        self.is_within = true;
        let head = self.buffer.split_to(length);
        let head = std::str::from_utf8(&head).map_err(|_| Error::BadRequest)?;
        Head::parse(head).map(Some)
    }

    /// The next bytes of this part, `None` at its end.
    ///
    /// # Errors
    /// As [`Parts::next`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        while self.is_within {
            let sure = match find(&self.buffer, &self.delimiter) {
                Some(0) => {
                    self.buffer.advance(self.delimiter.len());
                    self.is_within = false;
                    break;
                }
                Some(end) => end,
                // The end of the buffer may be the beginning of a delimiter.
                None => self.buffer.len().saturating_sub(self.delimiter.len() - 1),
            };
            if sure > 0 {
                return Ok(Some(self.buffer.split_to(sure).freeze()));
            }
            self.fill().await?;
        }
        Ok(None)
    }

    async fn fill(&mut self) -> Result<()> {
        let data = next_bytes(&mut self.body).await?.ok_or(Error::BadRequest)?;
        self.left = self.left.checked_sub(data.len()).ok_or(Error::TooLarge)?;
        self.buffer.extend_from_slice(&data);
        Ok(())
    }
}

impl Head {
    fn parse(head: &str) -> Result<Head> {
        let disposition = head
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))
            .map_or("", |(_, value)| value);
        Ok(Head {
            name: parameter(disposition, "name").unwrap_or_default(),
            is_file: ["filename", "filename*"]
                .into_iter()
                .any(|name| parameter(disposition, name).is_some()),
            length: head.len(),
        })
    }
}

/// The parameter `wanted` of a header such as `form-data; name="title"`.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    let (_, mut rest) = header.split_once(';')?;
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (value, after) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), after)
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after.trim_start().trim_start_matches(';');
    }
}

/// What stands up to the closing quote, and what follows it.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => {
                value.extend(characters.next().map(|(_, escaped)| escaped));
            }
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORM: &[u8] = b"preamble\r\n--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n\
        keran\r\n--\r\nbocor\r\n--x\r\ncontent-disposition: form-data; filename=\"a;\\\"b.jpg\"; NAME=photos\r\n\
        Content-Type: image/jpeg\r\n\r\n\r\n--x\r\n\r\nbare\r\n--x--\r\nepilogue";

    /// Everything that a body of these pieces holds.
    async fn read(pieces: Vec<Bytes>) -> Result<Vec<(String, bool, Vec<u8>)>> {
        let stream = futures_util::stream::iter(pieces.into_iter().map(Ok::<_, axum::Error>));
        let kind = "multipart/form-data; charset=utf-8; boundary=\"x\"";
        let mut parts = Parts::new(kind, Body::from_stream(stream), 100_000)?;
        let mut all = Vec::new();
        while let Some(head) = parts.next().await? {
            let mut bytes = Vec::new();
            while let Some(chunk) = parts.chunk().await? {
                bytes.extend_from_slice(&chunk);
            }
            all.push((head.name, head.is_file, bytes));
        }
        Ok(all)
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    proptest! {
        #[test]
        fn the_same_parts_come_out_however_the_bytes_come_in(size in 1..200_usize) {
            let pieces = FORM.chunks(size).map(Bytes::from_static).collect();
            prop_assert_eq!(block_on(read(pieces)).unwrap(), vec![
                ("title".to_owned(), false, b"keran\r\n--\r\nbocor".to_vec()),
                ("photos".to_owned(), true, Vec::new()),
                (String::new(), false, b"bare".to_vec()),
            ]);
        }

        #[test]
        fn half_a_form_is_no_form(length in 0..FORM.len() - b"--\r\nepilogue".len()) {
            let half = block_on(read(vec![Bytes::from_static(&FORM[..length])]));
            prop_assert!(matches!(half, Err(Error::BadRequest)));
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let head = |length| {
            let name = "a".repeat(length);
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n\r\n--x--")
        };
        assert_eq!(block_on(read(vec![head(10_000).into()])).unwrap().len(), 1);
        let pieces = head(20_000).into_bytes().chunks(100).map(Bytes::copy_from_slice).collect();
        assert!(matches!(block_on(read(pieces)), Err(Error::BadRequest)));
        let many = vec![Bytes::from(vec![b'a'; 60_000]); 2];
        assert!(matches!(block_on(read(many)), Err(Error::TooLarge)));
        for kind in ["multipart/form-data", "multipart/form-data; boundary=", "x; boundary=\"x"] {
            assert!(Parts::new(kind, Body::empty(), 1).is_err(), "{kind}");
        }
    }
}
