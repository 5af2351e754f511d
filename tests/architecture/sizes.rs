use crate::sources;

/// A file longer than this holds two ideas.
const LONGEST: usize = 600;
/// And nine in ten are shorter than this.
const USUAL: usize = 300;

#[test]
fn no_file_is_longer_than_600_lines() {
    let long: Vec<String> = sources()
        .iter()
        .map(|file| (&file.path, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "split these where the ideas part: {long:#?}");
}

#[test]
fn nine_files_in_ten_are_shorter_than_300_lines() {
    let files = sources();
    let over = files.iter().filter(|file| file.text.lines().count() >= USUAL).count();
    assert!(over * 10 <= files.len(), "{over} of {} files have {USUAL} lines or more", files.len());
}
