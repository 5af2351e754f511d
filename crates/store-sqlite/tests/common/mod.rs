//! Databases in directories of their own.

#![allow(clippy::unwrap_used, reason = "tests: without a database there is nothing to test")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use riser_store_sqlite::SqliteStore;

/// A directory that goes with this value.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn database(&self) -> PathBuf {
        self.0.join("riser.db")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An empty database, and its directory.
pub fn fresh() -> (SqliteStore, Directory) {
    let directory = Directory::new();
    (SqliteStore::open(&directory.database()).unwrap(), directory)
}
