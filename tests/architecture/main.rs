//! The shape of the repository: which crate may know which, how long a file may be, and whether the table of
//! attacks is true. ARCHITECTURE.md says why; a new crate gets its row in `arrows.rs` and its line there.

#![allow(clippy::expect_used, clippy::panic, reason = "a repository that cannot be read fails the test")]

mod arrows;
mod attacks;
mod sizes;

use std::path::{Path, PathBuf};

/// What is written here by hand.
const WRITTEN: &[&str] = &["rs", "js", "mjs", "css", "html"];
/// Built or fetched.
const NOT_OURS: &[&str] = &["target", "node_modules", ".git", "riser-demo"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A source file and its text.
struct Source {
    path: PathBuf,
    text: String,
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    collect(&repository(), &mut found);
    assert!(found.len() > 100, "only {} files were found: the walk is broken", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository can be read") {
        let entry = entry.expect("an entry of the repository can be read");
        let path = entry.path();
        if entry.file_type().expect("an entry has a type").is_dir() {
            let name = entry.file_name();
            if !NOT_OURS.iter().any(|other| name == *other) {
                collect(&path, found);
            }
        } else if path
            .extension()
            .is_some_and(|extension| WRITTEN.iter().any(|written| extension == *written))
        {
            let text = std::fs::read_to_string(&path).expect("a source file is text");
            found.push(Source { path, text });
        }
    }
}
