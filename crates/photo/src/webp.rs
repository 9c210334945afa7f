//! What must be known of a WebP before its decoder sees it.
//!
//! The decoder believes chunk sizes: it asks for as much memory as a chunk says it has, up to
//! 4 GB, and decodes a lossy frame at the size that the frame says, whatever the canvas is.

use crate::{Error, broken};

/// The most pixels that any part of the file says it has; checks that every chunk is there.
///
/// # Errors
/// [`Error::Broken`] when a chunk reaches beyond the end of the file.
pub(crate) fn largest_frame(bytes: &[u8]) -> Result<(u32, u32), Error> {
    let Some(size) = number(bytes, 4) else { return Err(broken("no RIFF header")) };
    let end = (size as usize).saturating_add(8);
    let file = bytes.get(..end).ok_or_else(|| broken("the file ends before its RIFF chunk"))?;
    let mut largest = (0, 0);
    walk(file, 12, false, &mut largest)?;
    Ok(largest)
}

fn walk(bytes: &[u8], start: usize, is_frame: bool, largest: &mut (u32, u32)) -> Result<(), Error> {
    let mut at = start;
    while at < bytes.len() {
        let header = bytes.get(at..at + 4).zip(number(bytes, at + 4));
        let (name, size) = header.ok_or_else(|| broken("a chunk header is cut off"))?;
        let body = bytes.get(at + 8..(at + 8).saturating_add(size as usize));
        let body = body.ok_or_else(|| broken("a chunk reaches beyond the file"))?;
        match name {
            b"VP8 " => grow(largest, lossy_size(body)),
            // Sixteen bytes of place and duration, then chunks of its own; no frames.
            b"ANMF" if !is_frame && body.len() >= 16 => walk(body, 16, true, largest)?,
            _ => {}
        }
        at += 8 + body.len() + body.len() % 2;
    }
    Ok(())
}

fn lossy_size(body: &[u8]) -> (u32, u32) {
    let side = |at: usize| {
        let bytes = body.get(at..at + 2).and_then(|pair| pair.first_chunk());
        bytes.map_or(0, |pair| u32::from(u16::from_le_bytes(*pair) & 0x3FFF))
    };
    (side(6), side(8))
}

fn grow(largest: &mut (u32, u32), size: (u32, u32)) {
    let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    if area(size) > area(*largest) {
        *largest = size;
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}
