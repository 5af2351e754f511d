//! The shape of the repository: which crate may know which, and how long a file may be.
//! ARCHITECTURE.md says why; a new crate gets its row in `arrows.rs` and its paragraph there.

#![allow(clippy::expect_used, clippy::panic, reason = "a repository that cannot be read fails the test")]

mod arrows;
mod sizes;

use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
