//! Photos for the demo, drawn by the program: a wall, and on it the thing that
//! is broken. Simple, but no two are the same.

use std::io::Cursor;

use anyhow::Context;
use image::{ImageFormat, Rgb, RgbImage};

use crate::demo::dice::Dice;
use crate::tickets::Category;

const WIDTH: i32 = 640;
const HEIGHT: i32 = 480;

type Colour = [u8; 3];

/// A PNG of something of this category.
pub fn photo(category: Category, dice: &mut Dice) -> anyhow::Result<Vec<u8>> {
    let mut canvas = Canvas::wall(dice);
    let (x, y) = (dice.between(-60, 60), dice.between(-40, 40));
    match category {
        Category::Water => tap(&mut canvas, x, y),
        Category::Ac => air_conditioner(&mut canvas, x, y),
        Category::Electricity => socket(&mut canvas, x, y),
        Category::Wifi => router(&mut canvas, x, y),
        Category::Room | Category::Security => door(&mut canvas, x, y),
        Category::Shared => stove(&mut canvas, x, y),
        Category::Cleanliness | Category::Noise | Category::Other => bin(&mut canvas, x, y),
    }
    canvas.shade();
    let mut bytes = Cursor::new(Vec::new());
    canvas.0.write_to(&mut bytes, ImageFormat::Png).context("a drawing")?;
    Ok(bytes.into_inner())
}

struct Canvas(RgbImage);

impl Canvas {
    /// A wall in one of a few paints, tiled or plain, with a skirting board.
    fn wall(dice: &mut Dice) -> Canvas {
        let paints: [Colour; 5] =
            [[226, 220, 205], [205, 221, 224], [222, 214, 224], [213, 224, 208], [232, 224, 196]];
        let paint = *dice.pick(&paints);
        let mut canvas = Canvas(RgbImage::from_pixel(WIDTH as u32, HEIGHT as u32, Rgb(paint)));
        if dice.chance(50) {
            let joint = paint.map(|part| part.saturating_sub(22));
            for x in (0..WIDTH).step_by(80) {
                canvas.rectangle(x, 0, 3, HEIGHT, joint);
            }
            for y in (0..HEIGHT).step_by(80) {
                canvas.rectangle(0, y, WIDTH, 3, joint);
            }
        }
        canvas.rectangle(0, HEIGHT - 46, WIDTH, 46, paint.map(|part| part.saturating_sub(64)));
        canvas
    }

    fn rectangle(&mut self, left: i32, top: i32, width: i32, height: i32, colour: Colour) {
        for y in top.max(0)..(top + height).min(HEIGHT) {
            for x in left.max(0)..(left + width).min(WIDTH) {
                self.0.put_pixel(x as u32, y as u32, Rgb(colour));
            }
        }
    }

    fn disc(&mut self, middle_x: i32, middle_y: i32, radius: i32, colour: Colour) {
        for y in -radius..=radius {
            for x in -radius..=radius {
                let (px, py) = (middle_x + x, middle_y + y);
                let is_inside = x * x + y * y <= radius * radius;
                if is_inside && (0..WIDTH).contains(&px) && (0..HEIGHT).contains(&py) {
                    self.0.put_pixel(px as u32, py as u32, Rgb(colour));
                }
            }
        }
    }

    /// Darker towards the corners, like a photo taken in a hurry.
    fn shade(&mut self) {
        for (x, y, pixel) in self.0.enumerate_pixels_mut() {
            let (dx, dy) = (x as i32 - WIDTH / 2, y as i32 - HEIGHT / 2);
            let loss = (dx * dx + dy * dy) / 2200;
            pixel.0 = pixel.0.map(|part| (i32::from(part) - loss).clamp(0, 255) as u8);
        }
    }
}

const STEEL: Colour = [150, 160, 165];
const BRIGHT: Colour = [245, 246, 244];
const DARK: Colour = [48, 52, 54];
const WATER: Colour = [110, 170, 205];

fn tap(canvas: &mut Canvas, x: i32, y: i32) {
    canvas.rectangle(180 + x, 330 + y, 300, 90, BRIGHT);
    canvas.rectangle(300 + x, 130 + y, 40, 130, STEEL);
    canvas.rectangle(300 + x, 130 + y, 150, 36, STEEL);
    canvas.rectangle(414 + x, 130 + y, 36, 80, STEEL);
    canvas.rectangle(276 + x, 106 + y, 90, 20, DARK);
    for drop in 0..4 {
        canvas.disc(432 + x, 232 + y + drop * 28, 6 + drop, WATER);
    }
}

fn air_conditioner(canvas: &mut Canvas, x: i32, y: i32) {
    canvas.rectangle(120 + x, 90 + y, 400, 130, BRIGHT);
    canvas.rectangle(140 + x, 180 + y, 360, 22, DARK);
    canvas.rectangle(440 + x, 112 + y, 56, 26, [30, 60, 60]);
    for drop in 0..5 {
        canvas.disc(200 + x + drop * 55, 250 + y + drop % 2 * 40, 7, WATER);
    }
    canvas.disc(300 + x, 400, 70, [170, 190, 195]);
}

fn socket(canvas: &mut Canvas, x: i32, y: i32) {
    canvas.rectangle(230 + x, 150 + y, 180, 180, BRIGHT);
    canvas.disc(320 + x, 240 + y, 66, [215, 216, 212]);
    canvas.disc(295 + x, 240 + y, 9, DARK);
    canvas.disc(345 + x, 240 + y, 9, DARK);
    for smoke in 0..9 {
        let tone = 80 + smoke as u8 * 9;
        canvas.disc(380 + x + smoke * 6, 190 + y - smoke * 16, 26 - smoke, [tone, tone, tone - 4]);
    }
}

fn router(canvas: &mut Canvas, x: i32, y: i32) {
    canvas.rectangle(90, 320 + y, 460, 26, [134, 104, 72]);
    canvas.rectangle(200 + x, 250 + y, 240, 70, DARK);
    for antenna in [220, 320, 412] {
        canvas.rectangle(antenna + x, 120 + y, 12, 130, DARK);
    }
    for lamp in 0..5 {
        canvas.disc(
            228 + x + lamp * 30,
            290 + y,
            6,
            if lamp == 1 { [220, 60, 40] } else { [90, 200, 120] },
        );
    }
}

fn door(canvas: &mut Canvas, x: i32, y: i32) {
    canvas.rectangle(200 + x, 40, 250, 400, [120, 84, 56]);
    canvas.rectangle(222 + x, 66, 206, 150, [138, 98, 66]);
    canvas.rectangle(222 + x, 250, 206, 160, [138, 98, 66]);
    canvas.disc(420 + x, 238 + y / 4, 16, [205, 170, 80]);
    canvas.rectangle(196 + x, 90, 14, 44, STEEL);
    canvas.rectangle(190 + x, 330, 14, 44, DARK);
}

fn stove(canvas: &mut Canvas, x: i32, y: i32) {
    canvas.rectangle(100 + x, 260 + y, 440, 130, STEEL);
    canvas.rectangle(100 + x, 250 + y, 440, 24, DARK);
    for burner in [210, 430] {
        canvas.disc(burner + x, 226 + y, 56, DARK);
        canvas.disc(burner + x, 226 + y, 34, [90, 96, 100]);
        canvas.disc(burner + x, 330 + y, 20, BRIGHT);
    }
}

fn bin(canvas: &mut Canvas, x: i32, y: i32) {
    canvas.rectangle(230 + x, 200 + y, 180, 220, [70, 110, 80]);
    canvas.rectangle(216 + x, 182 + y, 208, 26, [54, 90, 64]);
    for (bag, colour) in [(250, [230, 230, 225]), (320, [200, 80, 60]), (385, [235, 200, 90])] {
        canvas.disc(bag + x, 170 + y, 40, colour);
    }
    canvas.disc(470 + x, 410, 34, [200, 200, 195]);
}
