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

#[test]
fn a_lossless_webp_cannot_be_mostly_codes() {
    // 830 KB, of which the decoder would make 420 MB; ten times that in a larger file.
    let codes = vp8l_of_codes(6_000);
    let vp8l = riff_chunk(b"VP8L", &codes);
    let anmf = riff_chunk(b"ANMF", &[vec![0; 16], vp8l.clone()].concat());
    let anim = riff_chunk(b"ANIM", &[0; 6]);
    assert_broken(&riff(&[vp8l]));
    assert_broken(&riff(&[riff_canvas(2, 1, 1), anim, anmf]));

    let alpha = riff_chunk(b"ALPH", &[&[1], &codes[5..]].concat());
    assert_broken(&riff(&[riff_canvas(16, 1, 1), alpha, riff_chunk(b"VP8 ", &[0; 64])]));

    // What is within the limits is decoded, and is one transparent pixel.
    assert!(
        prepare(&riff(&[riff_chunk(b"VP8L", &vp8l_of_codes(300))]), &Limits::default()).is_ok()
    );
}

#[test]
fn a_webp_chunk_behind_the_end_is_none_of_ours() {
    let still = webp(quarters(20, 20).as_raw(), 20, 20, ExtendedColorType::Rgb8);
    let mut file = riff(&[riff_canvas(0, 20, 20)]);
    file.extend(&still[12..]);
    assert_broken(&file);
}

#[test]
fn a_jpeg_of_metadata_without_end_takes_no_time() {
    let plain = jpeg(&quarters(64, 48));
    let mut file = plain[..2].to_vec();
    let name = b"http://ns.adobe.com/xmp/extension/\0";
    for _ in 0..50_000 {
        file.extend([0xFF, 0xE1, 0, 79]);
        file.extend(name);
        // Who, how much there is in all (never reached), and from where on.
        file.extend([&[0; 32][..], &[0x7F; 4], &[0; 6]].concat());
    }
    file.extend([0xFF, 0xE3, 0, 2].repeat(1_000_000));
    file.extend(&plain[2..]);

    let started = std::time::Instant::now();
    let taken = prepare(&file, &Limits::default());
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    assert_eq!(taken, prepare(&plain, &Limits::default()));
}

#[test]
fn a_jpeg_segment_is_not_read_in_two_ways() {
    // A decoder takes the two bytes behind a restart marker for a length, or an APP0 of length 6
    // for one byte more: neither reaches it.
    let plain = jpeg(&quarters(64, 48));
    let odd = [0xFF, 0xD0, 0xFF, 0xE0, 0, 6, b'J', b'F', b'I', b'F'];
    let file = [&plain[..2], &odd[..], &plain[2..]].concat();
    assert_eq!(prepare(&file, &Limits::default()), prepare(&plain, &Limits::default()));
}

#[test]
fn a_jpeg_of_many_scans_is_refused() {
    let plain = jpeg(&quarters(640, 480));
    let (picture, end) = plain.split_at(plain.len() - 2);
    let scan = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0x3F, 0, 0];
    assert_broken(&[picture, &scan.repeat(100_000), end].concat());

    let mut progressive = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut progressive, 80);
    encoder.set_progressive_scans(64);
    encoder.encode(quarters(64, 48).as_raw(), 64, 48, jpeg_encoder::ColorType::Rgb).unwrap();
    assert_broken(&progressive);
}

#[test]
fn a_jpeg_of_many_tables_is_refused() {
    let plain = jpeg(&quarters(64, 48));
    let table = [vec![0xFF, 0xC4, 0, 20, 0, 1], vec![0; 16]].concat();
    let file = |tables: usize| [&plain[..2], &table.repeat(tables), &plain[2..]].concat();
    assert!(prepare(&file(100), &Limits::default()).is_ok());
    assert_broken(&file(100_000));
}

#[tokio::test]
async fn the_async_side_says_the_same() {
    let preparer = Preparer::new(1, Limits { max_bytes: 100, ..Limits::default() });
    assert_eq!(preparer.prepare_blocking(vec![0; 101]).await, Err(Error::TooBig { bytes: 101 }));
    assert_eq!(preparer.prepare_blocking(&b"GIF89a"[..]).await, Err(Error::NotAPhoto));
}
