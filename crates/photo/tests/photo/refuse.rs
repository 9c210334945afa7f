//! What is not taken, and how it is said.

use crate::support::*;
use image::ExtendedColorType;
use photo::{Error, Limits, Preparer, prepare};

fn refused(bytes: &[u8]) -> Error {
    prepare(bytes, &Limits::default()).unwrap_err()
}

#[track_caller]
fn assert_broken(bytes: &[u8]) {
    let outcome = prepare(bytes, &Limits::default());
    assert!(matches!(outcome, Err(Error::Broken(_))), "{outcome:?}");
}

#[test]
fn nine_hundred_megapixels_are_refused_by_their_header() {
    let bomb = png_bomb();
    assert!(bomb.len() < 150_000, "{} bytes", bomb.len());

    let started = std::time::Instant::now();
    assert_eq!(refused(&bomb), Error::TooManyPixels { width: 30_000, height: 30_000 });
    assert!(started.elapsed().as_millis() < 200);
}

#[test]
fn other_formats_are_no_photos() {
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic and so on";
    let avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf";
    let files: [&[u8]; 10] = [
        b"",
        b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        b"<?xml version=\"1.0\"?><svg/>",
        heic,
        avif,
        b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0",
        b"II*\0\x08\0\0\0",
        b"%PDF-1.7",
        b"RIFF\x24\0\0\0WAVEfmt ",
    ];
    for file in files {
        assert_eq!(refused(file), Error::NotAPhoto);
    }
}

#[test]
fn a_name_or_a_claim_does_not_make_a_photo() {
    assert_broken(b"\xFF\xD8\xFF\xE0 and then nothing that makes sense");
    assert_broken(b"\x89PNG\r\n\x1a\n");
    assert_broken(b"RIFF\x04\0\0\0WEBP");
    assert_broken(b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff");
}

#[test]
fn a_truncated_file_is_broken_wherever_it_ends() {
    let photo = noise(200, 150);
    let (raw, rgb) = (photo.as_raw(), ExtendedColorType::Rgb8);
    let files = [
        // With a second picture inside, whose end must not be taken for the end of the first.
        jpeg_with_exif(&jpeg(&photo), &[exif(1), jpeg(&quarters(8, 8))].concat()),
        png(raw, 200, 150, rgb),
        webp(raw, 200, 150, rgb),
    ];
    for file in files {
        assert!(prepare(&file, &Limits::default()).is_ok());
        // The last bytes of a PNG say only that it is over.
        for kept in [20, 100, 1000, file.len() / 2, file.len() - 20] {
            assert_broken(&file[..kept]);
        }
    }
}

#[test]
fn a_file_with_flipped_bytes_is_taken_or_refused_but_never_worse() {
    let photo = quarters(64, 48);
    let (raw, rgb) = (photo.as_raw(), ExtendedColorType::Rgb8);
    for file in [jpeg(&photo), png(raw, 64, 48, rgb), webp(raw, 64, 48, rgb)] {
        for place in 0..file.len().min(700) {
            let mut damaged = file.clone();
            damaged[place] ^= 0xFF;
            let _ = prepare(&damaged, &Limits::default());
        }
    }
}

#[test]
fn too_many_bytes_are_refused_unread() {
    let limits = Limits { max_bytes: 1000, ..Limits::default() };
    assert_eq!(prepare(&[0; 1001], &limits), Err(Error::TooBig { bytes: 1001 }));
    assert_eq!(prepare(&[0; 1000], &limits), Err(Error::NotAPhoto));
}

#[test]
fn the_limit_on_pixels_is_sharp() {
    let limits = Limits { max_pixels: 100 * 80, ..Limits::default() };
    assert!(prepare(&jpeg(&quarters(100, 80)), &limits).is_ok());
    let refused = prepare(&jpeg(&quarters(100, 81)), &limits);
    assert_eq!(refused, Err(Error::TooManyPixels { width: 100, height: 81 }));
}

#[test]
fn memory_is_bounded_by_what_decoding_will_need() {
    let photo = quarters(100, 100);
    let limits = Limits { max_memory: 100 * 100 * 3, ..Limits::default() };
    let rgb = png(photo.as_raw(), 100, 100, ExtendedColorType::Rgb8);
    assert!(prepare(&rgb, &limits).is_ok());
    assert!(prepare(&jpeg(&photo), &limits).is_ok());
    let mut progressive = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut progressive, 80);
    encoder.set_progressive(true);
    encoder.encode(photo.as_raw(), 100, 100, jpeg_encoder::ColorType::Rgb).unwrap();
    assert!(prepare(&progressive, &Limits::default()).is_ok());
    let wide = png(&[0; 100 * 100 * 6], 100, 100, ExtendedColorType::Rgb16);
    let clear = png(&[0; 100 * 100 * 4], 100, 100, ExtendedColorType::Rgba8);
    for hungry in [progressive, wide, clear] {
        let too_many = Error::TooManyPixels { width: 100, height: 100 };
        assert_eq!(prepare(&hungry, &limits), Err(too_many));
    }
}

#[test]
fn a_webp_cannot_hide_a_large_frame_behind_a_small_canvas() {
    // A lossy frame that says 16,000 × 16,000 on a canvas of 10 × 10.
    let mut frame = vec![0x10, 0, 0, 0x9d, 0x01, 0x2a];
    frame.extend(16_000_u16.to_le_bytes());
    frame.extend(16_000_u16.to_le_bytes());
    frame.extend([0; 64]);
    let vp8 = riff_chunk(b"VP8 ", &frame);
    let too_many = Error::TooManyPixels { width: 16_000, height: 16_000 };
    assert_eq!(refused(&riff(&[riff_canvas(0, 10, 10), vp8.clone()])), too_many);

    let anmf = riff_chunk(b"ANMF", &[vec![0; 16], vp8].concat());
    let parts = [riff_canvas(2, 10, 10), riff_chunk(b"ANIM", &[0; 6]), anmf];
    assert_eq!(refused(&riff(&parts)), too_many);
}

#[test]
fn a_webp_of_frames_within_frames_is_only_looked_at_once() {
    const FRAMES: u32 = 100_000;
    let mut frames = Vec::new();
    for inner in (0..FRAMES).rev() {
        frames.extend(b"ANMF");
        frames.extend((inner * 24 + 16).to_le_bytes());
        frames.extend([0; 16]);
    }
    assert_broken(&riff(&[riff_canvas(2, 10, 10), frames]));
}

#[test]
fn a_webp_chunk_is_not_believed_to_be_larger_than_its_file() {
    let still = webp(quarters(20, 20).as_raw(), 20, 20, ExtendedColorType::Rgb8);
    let mut exif = b"EXIF".to_vec();
    exif.extend(u32::MAX.to_le_bytes());
    assert_broken(&riff(&[riff_canvas(8, 20, 20), still[12..].to_vec(), exif]));
}

#[test]
fn a_png_profile_cannot_unpack_without_end() {
    // 300 MB of zeros, packed into 300 KB.
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), 300 << 20), &mut packed).unwrap();
    let profile = [b"bomb\0\0".to_vec(), packed.finish().unwrap()].concat();
    let mut file = png(quarters(20, 20).as_raw(), 20, 20, ExtendedColorType::Rgb8);
    let rest = file.split_off(33);
    file.extend(png_chunk(b"iCCP", &profile));
    file.extend(rest);
    // Taken without its profile, or refused: either way within the memory of the limits.
    let _ = prepare(&file, &Limits::default());
}

#[tokio::test]
async fn the_async_side_says_the_same() {
    let preparer = Preparer::new(1, Limits { max_bytes: 100, ..Limits::default() });
    assert_eq!(preparer.prepare_blocking(vec![0; 101]).await, Err(Error::TooBig { bytes: 101 }));
    assert_eq!(preparer.prepare_blocking(&b"GIF89a"[..]).await, Err(Error::NotAPhoto));
}
