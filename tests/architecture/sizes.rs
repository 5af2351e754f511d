use std::path::{Path, PathBuf};

/// A file longer than this holds two ideas.
const LONGEST: usize = 600;
/// And nine in ten are shorter than this.
const USUAL: usize = 300;

const COUNTED: &[&str] = &["rs", "js", "mjs", "css", "html"];
/// Built or fetched, not written.
const NOT_OURS: &[&str] = &["target", "node_modules", ".git", "riser-demo"];

struct Written {
    path: PathBuf,
    lines: usize,
}

fn collect(folder: &Path, found: &mut Vec<Written>) {
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
            .is_some_and(|extension| COUNTED.iter().any(|counted| extension == *counted))
        {
            let text = std::fs::read_to_string(&path).expect("a source file is text");
            found.push(Written { path, lines: text.lines().count() });
        }
    }
}

fn written() -> Vec<Written> {
    let mut found = Vec::new();
    collect(&super::repository(), &mut found);
    assert!(found.len() > 100, "only {} files were found: the walk is broken", found.len());
    found
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let long: Vec<String> = written()
        .iter()
        .filter(|file| file.lines > LONGEST)
        .map(|file| format!("{}: {} lines", file.path.display(), file.lines))
        .collect();
    assert!(long.is_empty(), "split these where the ideas part: {long:#?}");
}

#[test]
fn nine_files_in_ten_are_shorter_than_300_lines() {
    let files = written();
    let over = files.iter().filter(|file| file.lines >= USUAL).count();
    assert!(over * 10 <= files.len(), "{over} of {} files have {USUAL} lines or more", files.len());
}
