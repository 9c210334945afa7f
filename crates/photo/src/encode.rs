//! JPEG out: baseline, colour at half resolution, without any metadata.
//!
//! Optimised Huffman tables would save another 9 %, but the encoder then writes one scan per
//! colour, which not every decoder reads (zune-jpeg 0.5 shows green). Progressive is larger.

use image::RgbImage;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};

use crate::{Error, broken, pixels};

/// Encodes at the given quality, 1 to 100.
pub(crate) fn jpeg(photo: &RgbImage, quality: u8) -> Result<Vec<u8>, Error> {
    let side = |length: u32| u16::try_from(length).map_err(broken);
    let (width, height) = (side(photo.width())?, side(photo.height())?);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality.clamp(1, 100));
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.encode(photo.as_raw(), width, height, ColorType::Rgb).map_err(broken)?;
    Ok(bytes)
}

/// Encodes into at most `limit` bytes: first at lower quality, then smaller. A single pixel is
/// encoded whatever it takes.
pub(crate) fn jpeg_within(mut photo: RgbImage, limit: usize) -> Result<(RgbImage, Vec<u8>), Error> {
    loop {
        for quality in [75, 65, 55, 45, 35] {
            let bytes = jpeg(&photo, quality)?;
            if bytes.len() <= limit || photo.dimensions() == (1, 1) {
                return Ok((photo, bytes));
            }
        }
        photo = pixels::shrink(&photo, 0.75)?;
    }
}
