//! Files to try: made here, byte by byte where no encoder would make them.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};

pub const RED: [u8; 3] = [220, 20, 20];
pub const GREEN: [u8; 3] = [20, 200, 20];
pub const BLUE: [u8; 3] = [20, 20, 220];
pub const YELLOW: [u8; 3] = [230, 220, 20];

/// Red, green, blue and yellow quarters: top left, top right, bottom left, bottom right.
pub fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => YELLOW,
        })
    })
}

/// No two neighbours alike: the worst that an encoder can meet.
pub fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 0x9E37_79B9_u32;
    RgbImage::from_fn(width, height, |_, _| {
        Rgb(std::array::from_fn(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        }))
    })
}

pub fn jpeg(photo: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(photo).unwrap();
    bytes
}

pub fn png(pixels: &[u8], width: u32, height: u32, color: ExtendedColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(pixels, width, height, color).unwrap();
    bytes
}

pub fn webp(pixels: &[u8], width: u32, height: u32, color: ExtendedColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    WebPEncoder::new_lossless(&mut bytes).encode(pixels, width, height, color).unwrap();
    bytes
}

/// An EXIF block as phones write it: the orientation, and where the photo was taken.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    // GPS IFD at 38: latitude 6° 12' 31", south of the equator.
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend([2, 0, 1, 0, 2, 0, 2, 0, 0, 0, b'S', 0, 0, 0]);
    tiff.extend([2, 0, 5, 0, 3, 0, 0, 0, 68, 0, 0, 0, 0, 0, 0, 0]);
    for degrees in [6_u32, 1, 12, 1, 31, 1] {
        tiff.extend(degrees.to_le_bytes());
    }
    tiff.extend(b"GPS-SECRET-PLACE");
    tiff
}

/// Puts an EXIF block behind the first marker of a JPEG.
pub fn jpeg_with_exif(jpeg: &[u8], exif: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xFF, 0xE1]);
    bytes.extend((exif.len() as u16 + 8).to_be_bytes());
    bytes.extend(b"Exif\0\0");
    bytes.extend(exif);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// Puts an `eXIf` chunk behind the header of a PNG.
pub fn png_with_exif(png: &[u8], exif: &[u8]) -> Vec<u8> {
    let mut bytes = png[..33].to_vec();
    bytes.extend(png_chunk(b"eXIf", exif));
    bytes.extend(&png[33..]);
    bytes
}

pub fn png_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = (body.len() as u32).to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(body);
    chunk.extend(crc32(&chunk[4..]).to_be_bytes());
    chunk
}

/// 30,000 × 30,000 black pixels in about 110 KB: what a decoder would unpack to 900 MB.
pub fn png_bomb() -> Vec<u8> {
    let side = 30_000_u32;
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    header.extend([1, 0, 0, 0, 0]); // one bit of grey
    let rows = vec![0_u8; (side as usize / 8 + 1) * side as usize];
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut Cursor::new(rows), &mut packed).unwrap();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(png_chunk(b"IHDR", &header));
    bytes.extend(png_chunk(b"IDAT", &packed.finish().unwrap()));
    bytes.extend(png_chunk(b"IEND", b""));
    bytes
}

pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((body.len() as u32 + 4).to_le_bytes());
    bytes.extend(b"WEBP");
    bytes.extend(body);
    bytes
}

pub fn riff_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend((body.len() as u32).to_le_bytes());
    chunk.extend(body);
    chunk.resize(chunk.len() + body.len() % 2, 0);
    chunk
}

/// A `VP8X` chunk: flags (2 animation, 8 EXIF, 16 alpha) and the canvas.
pub fn riff_canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let mut body = vec![flags, 0, 0, 0];
    body.extend(&(width - 1).to_le_bytes()[..3]);
    body.extend(&(height - 1).to_le_bytes()[..3]);
    riff_chunk(b"VP8X", &body)
}

/// One frame that covers the canvas, from a still lossless WebP.
pub fn riff_frame(still: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut body = vec![0; 6];
    body.extend(&(width - 1).to_le_bytes()[..3]);
    body.extend(&(height - 1).to_le_bytes()[..3]);
    body.extend([100, 0, 0, 0]);
    body.extend(&still[12..]);
    riff_chunk(b"ANMF", &body)
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A lossless picture of one pixel with as many groups of Huffman codes as are asked for: 138
/// bytes each, of which a decoder makes 70 KB.
pub fn vp8l_of_codes(groups: u16) -> Vec<u8> {
    let mut bits = Bits::default();
    let last = u64::from(groups - 1);
    bits.put(0x2F, 8);
    bits.put(0, 14 + 14 + 4); // 1 × 1, version 0
    bits.put(0, 1); // no transforms
    bits.put(1 | 11 << 1, 5); // a colour cache of eleven bits
    bits.put(1, 1 + 3); // groups, chosen by a picture of 1 × 1
    bits.put(0, 1);
    // Its one pixel: the number of the last group in green and red.
    bits.single(last & 0xFF);
    bits.single(last >> 8);
    (0..3).for_each(|_| bits.single(0));
    for _ in 0..groups {
        // Green: 2,048 symbols of eleven bits; said once, then repeated six at a time.
        bits.put(11 << 1, 5);
        for at in 0..15 {
            // Of the lengths of lengths, in their order, 8 is "repeat" and 14 is eleven.
            bits.put(u64::from(at == 8 || at == 14), 3);
        }
        bits.put(1 | 4 << 1, 4);
        bits.put(343 - 2, 10);
        bits.put(0, 1);
        (0..341).for_each(|_| bits.put(0b111, 3));
        bits.put(0, 1);
        (0..4).for_each(|_| bits.single(0));
    }
    bits.put(0, 11); // the pixel
    bits.put(0, 53);
    bits.bytes
}

/// Bits, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn put(&mut self, value: u64, count: usize) {
        for at in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = (value >> at & 1) as u8;
            *self.bytes.last_mut().unwrap() |= bit << (self.used % 8);
            self.used += 1;
        }
    }

    /// A Huffman code of one symbol.
    fn single(&mut self, symbol: u64) {
        self.put(0b101, 3);
        self.put(symbol, 8);
    }
}
