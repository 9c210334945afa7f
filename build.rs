//! What has to be made before the program compiles.

#[path = "build/assets.rs"]
mod assets;
#[path = "build/words.rs"]
mod words;

fn main() {
    assets::build();
    words::build();
}
