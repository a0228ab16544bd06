//! Tells cargo to embed the dashboard anew when it was built anew. The dashboard itself is built by `make`, never from here.

use std::{fs, path::Path};

const BUILT: &str = "../../dashboard/dist";

fn main() {
    let built = Path::new(BUILT);
    if built.parent().is_some_and(Path::exists) {
        // A folder that does not exist would count as changed each time.
        let _ = fs::create_dir_all(built);
        println!("cargo:rerun-if-changed={BUILT}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
