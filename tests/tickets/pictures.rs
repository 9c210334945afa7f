//! Pictures as people send them, good and bad.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// A small photo, as JPEG.
pub fn jpeg() -> Vec<u8> {
    encoded(ImageFormat::Jpeg)
}

/// A small photo, as PNG.
pub fn png() -> Vec<u8> {
    encoded(ImageFormat::Png)
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(64, 48, |x, y| Rgb([x as u8 * 4, y as u8 * 5, 90]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A photo that says where it was taken.
pub fn jpeg_with_place() -> Vec<u8> {
    let (photo, place) = (jpeg(), b"Exif\0\0II*\0GPS-SECRET-PLACE");
    let mut bytes = photo[..2].to_vec();
    bytes.extend([0xFF, 0xE1]);
    bytes.extend((place.len() as u16 + 2).to_be_bytes());
    bytes.extend(place);
    bytes.extend(&photo[2..]);
    bytes
}

/// 30,000 × 30,000 pixels, as its header says.
pub fn bomb() -> Vec<u8> {
    let side = 30_000_u32.to_be_bytes();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &[&side[..], &side, &[1, 0, 0, 0, 0]].concat()));
    bytes.extend(chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]));
    bytes.extend(chunk(b"IEND", &[]));
    bytes
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [&name[..], body].concat();
    let mut chunk = (body.len() as u32).to_be_bytes().to_vec();
    chunk.extend(&named);
    chunk.extend(crc32(&named).to_be_bytes());
    chunk
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 }
        })
    })
}
