//! What must be known of a WebP before its decoder sees it.
//!
//! The decoder believes chunk sizes: it asks for as much memory as a chunk says it has, up to
//! 4 GB, and decodes a lossy frame at the size that the frame says, whatever the canvas is.

use crate::{Error, broken};

/// What the decoder makes of a byte of Huffman codes, at most: 2,048 symbols of eleven bits take
/// 136 bytes in the file and 70 KB as a tree (512 times as much), and a lossless picture may have
/// 65,536 groups of such codes. How many it has is only known when half of it is decoded; so all
/// of it counts as codes, and a lossless file of more than about 800 KB is refused with the usual
/// limits. Cameras write JPEG, and WebP from the web is mostly lossy.
const CODES: u64 = 520;

/// The outline of a WebP file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outline<'a> {
    /// Without what lies behind the RIFF chunk, which the decoder would read.
    pub file: &'a [u8],
    /// The most pixels that any lossy part says it has.
    pub largest_frame: (u32, u32),
    /// The most bytes of memory that Huffman codes may take.
    pub codes: u64,
}

/// Walks the chunks and checks that every one is there.
///
/// # Errors
/// [`Error::Broken`] when a chunk reaches beyond the end of the file.
pub(crate) fn outline(bytes: &[u8]) -> Result<Outline<'_>, Error> {
    let Some(size) = number(bytes, 4) else { return Err(broken("no RIFF header")) };
    let end = (size as usize).saturating_add(8);
    let file = bytes.get(..end).ok_or_else(|| broken("the file ends before its RIFF chunk"))?;
    let mut outline = Outline { file, largest_frame: (0, 0), codes: 0 };
    outline.walk(file, 12, false)?;
    Ok(outline)
}

impl Outline<'_> {
    fn walk(&mut self, bytes: &[u8], start: usize, is_frame: bool) -> Result<(), Error> {
        let mut at = start;
        while at < bytes.len() {
            let header = bytes.get(at..at + 4).zip(number(bytes, at + 4));
            let (name, size) = header.ok_or_else(|| broken("a chunk header is cut off"))?;
            let body = bytes.get(at + 8..(at + 8).saturating_add(size as usize));
            let body = body.ok_or_else(|| broken("a chunk reaches beyond the file"))?;
            match name {
                b"VP8 " => self.grow(lossy_size(body)),
                // One at a time is decoded.
                b"VP8L" | b"ALPH" => self.codes = self.codes.max(body.len() as u64 * CODES),
                // Sixteen bytes of place and duration, then chunks of its own; no frames.
                b"ANMF" if !is_frame && body.len() >= 16 => self.walk(body, 16, true)?,
                _ => {}
            }
            at += 8 + body.len() + body.len() % 2;
        }
        Ok(())
    }

    fn grow(&mut self, size: (u32, u32)) {
        let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        if area(size) > area(self.largest_frame) {
            self.largest_frame = size;
        }
    }
}

fn lossy_size(body: &[u8]) -> (u32, u32) {
    let side = |at: usize| {
        let bytes = body.get(at..at + 2).and_then(|pair| pair.first_chunk());
        bytes.map_or(0, |pair| u32::from(u16::from_le_bytes(*pair) & 0x3FFF))
    };
    (side(6), side(8))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}
