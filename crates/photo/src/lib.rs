//! From whatever somebody uploads to a photo that can be kept and shown.
//!
//! A file is judged by its content alone: JPEG, PNG or WebP, whole, and no larger than the
//! limits, which are checked before anything is decoded. What is kept is always encoded anew, so
//! that nothing of the file survives but its pixels: no place, no camera, no trailing data.

mod encode;
mod jpeg;
mod pixels;
mod preparer;
mod webp;

pub use preparer::Preparer;

/// What a photo may cost, and how it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest file, in bytes.
    pub max_bytes: usize,
    /// The most pixels, width times height, read from the header before decoding.
    pub max_pixels: u64,
    /// The most memory that decoding may need, in bytes, estimated before decoding. A lossless
    /// WebP counts with 520 times its size beside its pixels.
    pub max_memory: u64,
    /// The longer side of the kept photo, in pixels; smaller photos keep their size.
    pub long_side: u32,
    /// JPEG quality of the kept photo, 1 to 100.
    pub quality: u8,
    /// The box that a thumbnail covers, in pixels.
    pub thumbnail: (u32, u32),
    /// The largest thumbnail, in bytes.
    pub thumbnail_bytes: usize,
}

impl Default for Limits {
    /// 20 MB, 40 megapixels, 400 MiB; 1600 pixels at quality 80; 240 × 180 in 12 KB.
    fn default() -> Self {
        Self {
            max_bytes: 20_000_000,
            max_pixels: 40_000_000,
            max_memory: 400 << 20,
            long_side: 1600,
            quality: 80,
            thumbnail: (240, 180),
            thumbnail_bytes: 12_000,
        }
    }
}

/// A photo, ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// JPEG, upright, without metadata.
    pub full: Vec<u8>,
    /// A small JPEG of the whole photo. It covers the thumbnail's box, nothing is cut off, and
    /// its longer side is at most twice the box's.
    pub thumbnail: Vec<u8>,
    /// Width of `full` in pixels.
    pub width: u32,
    /// Height of `full` in pixels.
    pub height: u32,
    /// Width of `thumbnail` in pixels.
    pub thumbnail_width: u32,
    /// Height of `thumbnail` in pixels.
    pub thumbnail_height: u32,
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither JPEG nor PNG nor WebP.
    #[error("neither JPEG nor PNG nor WebP")]
    NotAPhoto,
    /// More pixels, or more memory to decode them, than the limits allow.
    #[error("{width} × {height} pixels are too many")]
    TooManyPixels {
        /// As the file's header says.
        width: u32,
        /// As the file's header says.
        height: u32,
    },
    /// More bytes than the limits allow.
    #[error("{bytes} bytes are too many")]
    TooBig {
        /// The file's size.
        bytes: usize,
    },
    /// It begins like a photo but cannot be read to its end.
    #[error("cannot be read: {0}")]
    Broken(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    Png,
    WebP,
}

/// Checks, decodes, turns upright, scales and encodes a photo.
///
/// Takes CPU time (tenths of a second for 12 megapixels) and memory (3 to 10 bytes a pixel while
/// decoding): within an async program use a [`Preparer`].
///
/// # Errors
/// [`Error`] says what is wrong with the file.
pub fn prepare(bytes: &[u8], limits: &Limits) -> Result<Prepared, Error> {
    if bytes.len() > limits.max_bytes {
        return Err(Error::TooBig { bytes: bytes.len() });
    }
    let format = format(bytes).ok_or(Error::NotAPhoto)?;
    let photo = pixels::decode(bytes, format, limits)?;
    let small = pixels::thumbnail(&photo, limits)?;
    let full = encode::jpeg(&photo, limits.quality)?;
    let (small, thumbnail) = encode::jpeg_within(small, limits.thumbnail_bytes)?;
    Ok(Prepared {
        full,
        thumbnail,
        width: photo.width(),
        height: photo.height(),
        thumbnail_width: small.width(),
        thumbnail_height: small.height(),
    })
}

fn format(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Format::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
        _ => None,
    }
}

pub(crate) fn broken(why: impl std::fmt::Display) -> Error {
    Error::Broken(why.to_string())
}
