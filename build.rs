//! What has to be made before the program compiles.

#[path = "build/assets.rs"]
mod assets;

fn main() {
    assets::build();
}
