//! Decoding within limits, then everything that happens to pixels.

use std::io::Cursor;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, RgbImage, imageops};

use crate::{Error, Format, Limits, broken, jpeg, webp};

/// What a PNG's text, profile and row buffers may take beside the pixels.
const PNG_EXTRAS: u64 = 32 << 20;

/// Decodes a photo, scales it down to the limits and turns it upright, on white.
pub(crate) fn decode(bytes: &[u8], format: Format, limits: &Limits) -> Result<RgbImage, Error> {
    match format {
        Format::Jpeg => {
            let jpeg::Picture { file, coefficients } = jpeg::picture(bytes)?;
            let decoder = JpegDecoder::new(Cursor::new(file)).map_err(broken)?;
            draw(decoder, coefficients, limits)
        }
        Format::Png => {
            let mut png_limits = image::Limits::no_limits();
            png_limits.max_alloc = Some(PNG_EXTRAS);
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), png_limits);
            draw(decoder.map_err(broken)?, 0, limits)
        }
        Format::WebP => {
            let webp::Outline { file, largest_frame: (width, height), codes } =
                webp::outline(bytes)?;
            let max_memory = limits.max_memory.checked_sub(codes);
            let max_memory = max_memory.ok_or_else(|| broken("its codes take too much memory"))?;
            let limits = &Limits { max_memory, ..*limits };
            check(width, height, 10, limits)?;
            let decoder = WebPDecoder::new(Cursor::new(file)).map_err(broken)?;
            let extra = match (decoder.has_animation(), decoder.color_type().has_alpha()) {
                // The frame (4), the canvas (4), and what a lossless frame was changed by (1).
                (true, _) => 9,
                // Colour planes (1.5) and a lossless picture of the alpha (4 + 1 + 1).
                (false, true) => 8,
                // Colour planes, or a second copy of a lossless picture (4 + 1).
                (false, false) => 6,
            };
            draw(decoder, extra, limits)
        }
    }
}

fn draw(mut decoder: impl ImageDecoder, extra: u64, limits: &Limits) -> Result<RgbImage, Error> {
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    let decoded = u64::from(color.bytes_per_pixel());
    // Grey is widened into a copy; everything else is changed in place.
    let widening = if color.has_color() { 0 } else { 3 };
    check(width, height, decoded + extra.max(widening), limits)?;
    // A photo with strange metadata is still a photo.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).map_err(broken)?;
    let pixels = rgb(pixels, color)?;
    let (to_width, to_height) = fit(width, height, limits.long_side);
    Ok(upright(scale(&pixels, (width, height), (to_width, to_height))?, orientation))
}

fn check(width: u32, height: u32, bytes_per_pixel: u64, limits: &Limits) -> Result<(), Error> {
    let pixels = u64::from(width) * u64::from(height);
    let memory = pixels.saturating_mul(bytes_per_pixel);
    match pixels > limits.max_pixels || memory > limits.max_memory {
        true => Err(Error::TooManyPixels { width, height }),
        false => Ok(()),
    }
}

/// A thumbnail of the whole photo that covers the limits' box, if the photo does.
pub(crate) fn thumbnail(photo: &RgbImage, limits: &Limits) -> Result<RgbImage, Error> {
    let (box_width, box_height) = limits.thumbnail;
    let (width, height) = photo.dimensions();
    let covering = f64::max(
        f64::from(box_width) / f64::from(width),
        f64::from(box_height) / f64::from(height),
    );
    let longest = f64::from(2 * box_width.max(box_height)) / f64::from(width.max(height));
    shrink(photo, covering.min(longest))
}

/// The same picture, smaller; a factor of 1 or more changes nothing.
pub(crate) fn shrink(photo: &RgbImage, factor: f64) -> Result<RgbImage, Error> {
    let side = |length: u32| (f64::from(length) * factor.min(1.0)).round().max(1.0) as u32;
    let to = (side(photo.width()), side(photo.height()));
    scale(photo.as_raw(), photo.dimensions(), to)
}

fn fit(width: u32, height: u32, long_side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= long_side {
        return (width, height);
    }
    let side = |length: u32| {
        let scaled = (u64::from(length) * u64::from(long_side) + u64::from(longest) / 2)
            / u64::from(longest);
        // At most `long_side`, so it fits.
        (scaled as u32).max(1)
    };
    (side(width), side(height))
}

/// Scales RGB pixels. One pixel type on purpose: the resizer's untyped side compiles all of its
/// thirteen, at 1.8 MB of machine code each.
fn scale(pixels: &[u8], from: (u32, u32), to: (u32, u32)) -> Result<RgbImage, Error> {
    let source = TypedImageRef::<U8x3>::from_buffer(from.0, from.1, pixels).map_err(broken)?;
    let mut scaled = vec![0; to.0 as usize * to.1 as usize * 3];
    let mut target = TypedImage::<U8x3>::from_buffer(to.0, to.1, &mut scaled).map_err(broken)?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(false);
    Resizer::new().resize_typed(&source, &mut target, &options).map_err(broken)?;
    RgbImage::from_raw(to.0, to.1, scaled).ok_or_else(|| broken("pixels are missing"))
}

fn upright(mut photo: RgbImage, orientation: Orientation) -> RgbImage {
    match orientation {
        Orientation::NoTransforms => {}
        Orientation::Rotate90 => photo = imageops::rotate90(&photo),
        Orientation::Rotate180 => imageops::rotate180_in_place(&mut photo),
        Orientation::Rotate270 => photo = imageops::rotate270(&photo),
        Orientation::FlipHorizontal => imageops::flip_horizontal_in_place(&mut photo),
        Orientation::FlipVertical => imageops::flip_vertical_in_place(&mut photo),
        Orientation::Rotate90FlipH => {
            photo = imageops::rotate90(&photo);
            imageops::flip_horizontal_in_place(&mut photo);
        }
        Orientation::Rotate270FlipH => {
            photo = imageops::rotate270(&photo);
            imageops::flip_horizontal_in_place(&mut photo);
        }
    }
    photo
}

/// Any pixels to eight-bit RGB on white. Before scaling, so that what is transparent does not
/// bleed into what is not.
fn rgb(mut pixels: Vec<u8>, color: ColorType) -> Result<Vec<u8>, Error> {
    if matches!(color, ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16) {
        narrow(&mut pixels);
    }
    match color {
        ColorType::Rgb8 | ColorType::Rgb16 => {}
        ColorType::Rgba8 | ColorType::Rgba16 => flatten::<4>(&mut pixels),
        ColorType::L8 | ColorType::L16 => pixels = widen(&pixels),
        ColorType::La8 | ColorType::La16 => {
            flatten::<2>(&mut pixels);
            pixels = widen(&pixels);
        }
        other => return Err(broken(format!("pixels of type {other:?}"))),
    }
    Ok(pixels)
}

/// Sixteen bits to eight, rounded, in place.
fn narrow(pixels: &mut Vec<u8>) {
    let length = pixels.len() / 2;
    for at in 0..length {
        let wide = u16::from_ne_bytes([pixels[2 * at], pixels[2 * at + 1]]);
        // At most 255.
        pixels[at] = ((u32::from(wide) + 128) / 257) as u8;
    }
    pixels.truncate(length);
}

/// Lays pixels of `N` bytes, the last of them alpha, on white; in place.
fn flatten<const N: usize>(pixels: &mut Vec<u8>) {
    let count = pixels.len() / N;
    for at in 0..count {
        let alpha = u32::from(pixels[N * at + N - 1]);
        for channel in 0..N - 1 {
            let color = u32::from(pixels[N * at + channel]);
            // At most 255.
            let on_white = (color * alpha + 255 * (255 - alpha) + 127) / 255;
            pixels[(N - 1) * at + channel] = on_white as u8;
        }
    }
    pixels.truncate(count * (N - 1));
}

fn widen(grey: &[u8]) -> Vec<u8> {
    grey.iter().flat_map(|&grey| [grey; 3]).collect()
}
