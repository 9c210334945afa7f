//! What comes out of a photo.

use crate::support::*;
use image::{ExtendedColorType, RgbImage};
use photo::{Limits, Prepared, Preparer, prepare};

fn taken(bytes: &[u8]) -> Prepared {
    prepare(bytes, &Limits::default()).unwrap()
}

fn pixels(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory(jpeg).unwrap().into_rgb8()
}

#[track_caller]
fn assert_close(actual: [u8; 3], wanted: [u8; 3]) {
    let far = actual.iter().zip(wanted).any(|(a, b)| a.abs_diff(b) > 25);
    assert!(!far, "{actual:?} instead of {wanted:?}");
}

/// The colours of the four quarters: top left, top right, bottom left, bottom right.
fn corners(photo: &RgbImage) -> [[u8; 3]; 4] {
    let (w, h) = photo.dimensions();
    [(w / 4, h / 4), (3 * w / 4, h / 4), (w / 4, 3 * h / 4), (3 * w / 4, 3 * h / 4)]
        .map(|(x, y)| photo.get_pixel(x, y).0)
}

#[track_caller]
fn assert_quarters(prepared: &Prepared, wanted: [[u8; 3]; 4]) {
    for jpeg in [&prepared.full, &prepared.thumbnail] {
        for (actual, wanted) in corners(&pixels(jpeg)).into_iter().zip(wanted) {
            assert_close(actual, wanted);
        }
    }
}

const UPRIGHT: [[u8; 3]; 4] = [RED, GREEN, BLUE, YELLOW];

#[test]
fn a_large_photo_becomes_a_smaller_jpeg_and_a_thumbnail() {
    let prepared = taken(&jpeg(&quarters(4000, 3000)));

    assert_eq!((prepared.width, prepared.height), (1600, 1200));
    assert_eq!(pixels(&prepared.full).dimensions(), (1600, 1200));
    assert_eq!((prepared.thumbnail_width, prepared.thumbnail_height), (240, 180));
    assert_eq!(pixels(&prepared.thumbnail).dimensions(), (240, 180));
    assert!(prepared.thumbnail.len() <= 12_000);
    assert_quarters(&prepared, UPRIGHT);
}

#[test]
fn a_small_photo_keeps_its_size() {
    let prepared = taken(&jpeg(&quarters(120, 80)));

    assert_eq!((prepared.width, prepared.height), (120, 80));
    assert_eq!((prepared.thumbnail_width, prepared.thumbnail_height), (120, 80));
    let pixel = taken(&jpeg(&quarters(1, 1)));
    assert_eq!((pixel.width, pixel.height), (1, 1));
}

#[test]
fn a_portrait_and_a_panorama_are_shown_whole() {
    let portrait = taken(&jpeg(&quarters(1200, 1600)));
    assert_eq!((portrait.thumbnail_width, portrait.thumbnail_height), (240, 320));

    let panorama = taken(&jpeg(&quarters(4000, 400)));
    assert_eq!((panorama.width, panorama.height), (1600, 160));
    assert_eq!((panorama.thumbnail_width, panorama.thumbnail_height), (480, 48));
    assert_quarters(&panorama, UPRIGHT);
}

#[test]
fn the_thumbnail_stays_within_its_bytes_whatever_the_picture() {
    let prepared = taken(&jpeg(&noise(1600, 1200)));

    assert!(prepared.thumbnail.len() <= 12_000, "{}", prepared.thumbnail.len());
    let ratio = f64::from(prepared.thumbnail_width) / f64::from(prepared.thumbnail_height);
    assert!((ratio - 4.0 / 3.0).abs() < 0.05);
}

#[test]
fn all_eight_orientations_end_upright() {
    // Where each quarter of the stored picture belongs, as EXIF defines 1 to 8.
    let [a, b, c, d] = UPRIGHT;
    let shown = [
        [a, b, c, d],
        [b, a, d, c],
        [d, c, b, a],
        [c, d, a, b],
        [a, c, b, d],
        [c, a, d, b],
        [d, b, c, a],
        [b, d, a, c],
    ];
    for (orientation, wanted) in (1..).zip(shown) {
        let stored = quarters(320, 160);
        let as_jpeg = taken(&jpeg_with_exif(&jpeg(&stored), &exif(orientation)));
        let as_png = png(stored.as_raw(), 320, 160, ExtendedColorType::Rgb8);
        let as_png = taken(&png_with_exif(&as_png, &exif(orientation)));
        for prepared in [as_jpeg, as_png] {
            let upright = if orientation < 5 { (320, 160) } else { (160, 320) };
            assert_eq!((prepared.width, prepared.height), upright, "orientation {orientation}");
            assert_quarters(&prepared, wanted);
        }
    }
}

#[test]
fn an_unknown_orientation_changes_nothing() {
    let prepared = taken(&jpeg_with_exif(&jpeg(&quarters(320, 160)), &exif(77)));
    assert_quarters(&prepared, UPRIGHT);
}

#[test]
fn nothing_of_the_file_survives_but_its_pixels() {
    let stored = quarters(640, 480);
    let mut jpeg = jpeg_with_exif(&jpeg(&stored), &exif(1));
    jpeg.extend(b"GPS-SECRET-PLACE behind the end");
    let png = png(stored.as_raw(), 640, 480, ExtendedColorType::Rgb8);
    let png = png_with_exif(&png, &exif(1));
    let still = webp(stored.as_raw(), 640, 480, ExtendedColorType::Rgb8);
    let webp =
        riff(&[riff_canvas(8, 640, 480), still[12..].to_vec(), riff_chunk(b"EXIF", &exif(1))]);
    for file in [jpeg, png, webp] {
        let contains = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|w| w == what);
        assert!(contains(&file, b"GPS-SECRET-PLACE"));
        let prepared = taken(&file);
        for kept in [&prepared.full, &prepared.thumbnail] {
            assert!(!contains(kept, b"GPS-SECRET-PLACE"));
            assert!(!contains(kept, b"Exif") && !contains(kept, b"II*\0"));
        }
        assert_quarters(&prepared, UPRIGHT);
    }
}

#[test]
fn the_orientation_of_a_webp_counts_too() {
    let still = webp(quarters(320, 160).as_raw(), 320, 160, ExtendedColorType::Rgb8);
    let turned =
        riff(&[riff_canvas(8, 320, 160), still[12..].to_vec(), riff_chunk(b"EXIF", &exif(6))]);
    let prepared = taken(&turned);
    assert_eq!((prepared.width, prepared.height), (160, 320));
    assert_quarters(&prepared, [BLUE, RED, YELLOW, GREEN]);
}

#[test]
fn an_animated_webp_is_its_first_frame() {
    let (first, second) = (quarters(200, 100), RgbImage::from_pixel(200, 100, image::Rgb(BLUE)));
    let frame = |photo: &RgbImage| {
        riff_frame(&webp(photo.as_raw(), 200, 100, ExtendedColorType::Rgb8), 200, 100)
    };
    let animated = riff(&[
        riff_canvas(2, 200, 100),
        riff_chunk(b"ANIM", &[0; 6]),
        frame(&first),
        frame(&second),
    ]);
    let prepared = taken(&animated);
    assert_eq!((prepared.width, prepared.height), (200, 100));
    assert_quarters(&prepared, UPRIGHT);
}

#[test]
fn sixteen_bits_a_channel_are_taken() {
    let wide: Vec<u8> = quarters(2000, 1500)
        .as_raw()
        .iter()
        .flat_map(|&byte| (u16::from(byte) * 257).to_ne_bytes())
        .collect();
    let prepared = taken(&png(&wide, 2000, 1500, ExtendedColorType::Rgb16));
    assert_eq!((prepared.width, prepared.height), (1600, 1200));
    assert_quarters(&prepared, UPRIGHT);
}

#[test]
fn grey_is_taken_in_all_widths() {
    let grey = |bytes: Vec<u8>, color| taken(&png(&bytes, 100, 100, color));
    let sixteen: Vec<u8> = [200_u16 * 257; 10_000].iter().flat_map(|v| v.to_ne_bytes()).collect();
    for prepared in [
        grey(vec![200; 10_000], ExtendedColorType::L8),
        grey([200, 255].repeat(10_000), ExtendedColorType::La8),
        grey(sixteen, ExtendedColorType::L16),
    ] {
        assert_quarters(&prepared, [[200; 3]; 4]);
    }
}

#[test]
fn what_is_transparent_lies_on_white() {
    // Half-transparent red, and black that cannot be seen.
    let pixels: Vec<u8> = (0..100 * 100)
        .flat_map(|i| if i % 100 < 50 { [255, 0, 0, 128] } else { [0, 0, 0, 0] })
        .collect();
    let (pink, white) = ([255, 127, 127], [255; 3]);
    let as_png = taken(&png(&pixels, 100, 100, ExtendedColorType::Rgba8));
    assert_quarters(&as_png, [pink, white, pink, white]);
    let as_webp = taken(&webp(&pixels, 100, 100, ExtendedColorType::Rgba8));
    assert_quarters(&as_webp, [pink, white, pink, white]);
}

#[test]
fn the_same_picture_has_the_same_name() {
    let file = jpeg(&quarters(300, 200));
    let with_metadata = jpeg_with_exif(&file, &exif(1));
    assert_eq!(taken(&file), taken(&with_metadata));
    assert_ne!(taken(&file).full, taken(&jpeg(&quarters(200, 300))).full);
}

#[tokio::test]
async fn many_at_once_all_come_out() {
    let preparer = Preparer::new(2, Limits::default());
    let file = jpeg(&quarters(800, 600));
    let photos: Vec<_> = (0..8)
        .map(|_| {
            let (preparer, file) = (preparer.clone(), file.clone());
            tokio::spawn(async move { preparer.prepare_blocking(file).await })
        })
        .collect();
    for photo in photos {
        assert_eq!(photo.await.unwrap().unwrap().width, 800);
    }
}
