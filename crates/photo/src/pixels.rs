//! Decoding within limits, then everything that happens to pixels.

use std::io::Cursor;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, RgbImage};

use crate::{Error, Format, Limits, broken, jpeg, webp};

/// What a PNG's text, profile and row buffers may take beside the pixels.
const PNG_EXTRAS: u64 = 32 << 20;

/// Decodes a photo, scales it down to the limits and turns it upright, on white.
pub(crate) fn decode(bytes: &[u8], format: Format, limits: &Limits) -> Result<RgbImage, Error> {
    let reader = Cursor::new(bytes);
    match format {
        Format::Jpeg => {
            let outline = jpeg::outline(bytes);
            if !outline.complete {
                return Err(broken("the file ends before the picture does"));
            }
            let decoder = JpegDecoder::new(reader).map_err(broken)?;
            // The coefficients are two bytes each, up to three a pixel.
            let extra = if outline.progressive { 6 } else { 0 };
            draw(decoder, extra, limits)
        }
        Format::Png => {
            let mut png_limits = image::Limits::no_limits();
            png_limits.max_alloc = Some(PNG_EXTRAS);
            draw(PngDecoder::with_limits(reader, png_limits).map_err(broken)?, 0, limits)
        }
        Format::WebP => {
            let (width, height) = webp::largest_frame(bytes)?;
            check(width, height, 10, limits)?;
            // Colour planes (1.5) and a second copy for lossless pictures or alpha (4).
            draw(WebPDecoder::new(reader).map_err(broken)?, 6, limits)
        }
    }
}

fn draw(mut decoder: impl ImageDecoder, extra: u64, limits: &Limits) -> Result<RgbImage, Error> {
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    let decoded = u64::from(color.bytes_per_pixel());
    // Scaling with alpha works on a copy.
    let scaling = if color.has_alpha() { 2 * decoded } else { decoded };
    check(width, height, scaling.max(decoded + extra), limits)?;
    // A photo with strange metadata is still a photo.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let (width, height) = fit(width, height, limits.long_side);
    let mut scaled = DynamicImage::ImageRgb8(scale(&decoded, width, height)?);
    drop(decoded);
    scaled.apply_orientation(orientation);
    Ok(scaled.into_rgb8())
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
    let (width, height) = (side(photo.width()), side(photo.height()));
    // Borrowed by the resizer as it is: no copy of the pixels.
    let source = ImageRef::new(photo.width(), photo.height(), photo.as_raw(), PixelType::U8x3);
    let pixels = resize(source.map_err(broken)?, width, height)?.into_vec();
    RgbImage::from_raw(width, height, pixels).ok_or_else(|| broken("pixels are missing"))
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

fn scale(decoded: &DynamicImage, width: u32, height: u32) -> Result<RgbImage, Error> {
    let (pixel_type, channels, wide) = match decoded.color() {
        ColorType::L8 => (PixelType::U8, 1, false),
        ColorType::La8 => (PixelType::U8x2, 2, false),
        ColorType::Rgb8 => (PixelType::U8x3, 3, false),
        ColorType::Rgba8 => (PixelType::U8x4, 4, false),
        ColorType::L16 => (PixelType::U16, 1, true),
        ColorType::La16 => (PixelType::U16x2, 2, true),
        ColorType::Rgb16 => (PixelType::U16x3, 3, true),
        ColorType::Rgba16 => (PixelType::U16x4, 4, true),
        other => return Err(broken(format!("pixels of type {other:?}"))),
    };
    let source = ImageRef::new(decoded.width(), decoded.height(), decoded.as_bytes(), pixel_type);
    let scaled = resize(source.map_err(broken)?, width, height)?;
    let narrow = match wide {
        false => scaled.into_vec(),
        true => narrowed(scaled.buffer()),
    };
    let rgb = on_white(&narrow, channels);
    RgbImage::from_raw(width, height, rgb).ok_or_else(|| broken("pixels are missing"))
}

fn resize(source: ImageRef<'_>, width: u32, height: u32) -> Result<Image<'static>, Error> {
    let mut target = Image::new(width, height, source.pixel_type());
    // Colours count as much as they can be seen: transparent pixels do not bleed into others.
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(true);
    Resizer::new().resize(&source, &mut target, &options).map_err(broken)?;
    Ok(target)
}

/// Sixteen bits to eight, rounded.
fn narrowed(wide: &[u8]) -> Vec<u8> {
    let (pairs, _) = wide.as_chunks::<2>();
    pairs.iter().map(|pair| ((u32::from(u16::from_ne_bytes(*pair)) + 128) / 257) as u8).collect()
}

/// Grey to RGB, and alpha away.
fn on_white(pixels: &[u8], channels: usize) -> Vec<u8> {
    if channels == 3 {
        return pixels.to_vec();
    }
    let white = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        // At most 255.
        ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let mut rgb = Vec::with_capacity(pixels.len() / channels * 3);
    for pixel in pixels.chunks_exact(channels) {
        match *pixel {
            [grey] => rgb.extend([grey; 3]),
            [grey, alpha] => rgb.extend([white(grey, alpha); 3]),
            [red, green, blue, alpha] => rgb.extend([red, green, blue].map(|c| white(c, alpha))),
            _ => {}
        }
    }
    rgb
}
