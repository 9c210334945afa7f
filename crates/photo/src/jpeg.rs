//! What the JPEG decoder is given: the picture and nothing else.
//!
//! The decoder is lenient: it paints the missing half of a truncated file grey, reads scans
//! without end, and takes quadratic time for some metadata. So the file is written anew, without
//! all that is not needed for the picture, and in a way that can only be read as it is here.

use crate::{Error, broken};

/// Progressive files of usual encoders have up to 12 scans, hand-made scripts about 30.
const MOST_SCANS: usize = 40;
/// A sequential file has each component in exactly one scan.
const MOST_SEQUENTIAL_SCANS: usize = 4;
/// The most bytes of tables and headers: 40 scans with new Huffman tables each need half of it.
const MOST_TABLES: usize = 100_000;

/// A JPEG file, reduced to its picture.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Frame, tables, scans, end; and of all metadata the orientation and Adobe's colour model.
    pub file: Vec<u8>,
    /// What the decoder holds of the whole picture beside its pixels, in bytes a pixel.
    pub coefficients: u64,
}

#[derive(Default)]
struct Walk {
    tables: usize,
    scans: usize,
    components: u8,
    progressive: bool,
    /// Not everything can be drawn while it is read.
    in_parts: bool,
    has_exif: bool,
}

/// Reads the file up to the end of its picture; data after it is none of ours. A segment in
/// which another picture (a thumbnail) lies is stepped over.
///
/// # Errors
/// [`Error::Broken`] when the end is not there, or when there is more of something than any
/// picture needs.
pub(crate) fn picture(bytes: &[u8]) -> Result<Picture, Error> {
    let mut file = vec![0xFF, 0xD8];
    let mut walk = Walk::default();
    let mut at = 2;
    loop {
        let Some(&[0xFF, marker]) = bytes.get(at..at + 2).and_then(|pair| pair.first_chunk())
        else {
            return Err(broken("the file ends before the picture does"));
        };
        match marker {
            // Padding, and markers that stand alone.
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            0xD9 => {
                file.extend([0xFF, 0xD9]);
                return Ok(Picture { file, coefficients: walk.coefficients() });
            }
            _ => {
                let body = body(bytes, at + 2)?;
                let end = at + 4 + body.len();
                if walk.needs(marker, body)? {
                    file.extend(&bytes[at..end]);
                }
                at = match marker {
                    0xDA => copy_scan(bytes, end, &mut file),
                    _ => end,
                };
            }
        }
    }
}

/// What follows a length of two bytes, which counts itself.
fn body(bytes: &[u8], at: usize) -> Result<&[u8], Error> {
    let length = bytes.get(at..at + 2).and_then(|pair| pair.first_chunk());
    let length = length.map_or(0, |pair| usize::from(u16::from_be_bytes(*pair)));
    bytes.get(at + 2..at + length).ok_or_else(|| broken("a segment is cut off"))
}

impl Walk {
    /// Whether the decoder gets this segment.
    fn needs(&mut self, marker: u8, body: &[u8]) -> Result<bool, Error> {
        match marker {
            // The first, before the picture; it has a place of its own in the file's size.
            0xE1 if body.starts_with(b"Exif\0\0") && !self.has_exif && self.scans == 0 => {
                self.has_exif = true;
                return Ok(true);
            }
            // The decoder reads twelve bytes of it.
            0xEE if body.starts_with(b"Adobe") && body.len() >= 12 => {}
            0xDA => {
                self.scans += 1;
                self.in_parts |= body.first() != Some(&self.components);
            }
            0xDB | 0xDD => {}
            // Huffman tables, arithmetic conditioning, and a number without meaning.
            0xC4 | 0xC8 | 0xCC => {}
            0xC0..=0xCF => {
                self.components = body.get(5).copied().unwrap_or_default();
                // SOF2, 6, 10 and 14 are the progressive ones.
                self.progressive |= matches!(marker, 0xC2 | 0xC6 | 0xCA | 0xCE);
            }
            _ => return Ok(false),
        }
        self.tables += 4 + body.len();
        let most_scans = if self.progressive { MOST_SCANS } else { MOST_SEQUENTIAL_SCANS };
        match self.tables > MOST_TABLES || self.scans > most_scans {
            true => Err(broken("more tables or scans than a picture needs")),
            false => Ok(true),
        }
    }

    /// Two bytes each, one a pixel and component.
    fn coefficients(&self) -> u64 {
        if self.progressive || self.in_parts { 2 * u64::from(self.components) } else { 0 }
    }
}

/// Within a scan 0xFF is followed by 0 or by a restart marker; anything else ends it. Padding is
/// left out: decoders do not agree on 0xFF 0xFF 0x00. Returns where the scan ends.
fn copy_scan(bytes: &[u8], from: usize, file: &mut Vec<u8>) -> usize {
    let mut at = from;
    loop {
        let rest = &bytes[at..];
        let plain = rest.iter().position(|&byte| byte == 0xFF).unwrap_or(rest.len());
        file.extend(&rest[..plain]);
        at += plain;
        match rest.get(plain + 1) {
            Some(0xFF) => at += 1,
            Some(&code @ (0x00 | 0xD0..=0xD7)) => {
                file.extend([0xFF, code]);
                at += 2;
            }
            _ => return at,
        }
    }
}
