//! `[policy]`: the folder of rules about actions, and the windows that they may name.

use std::path::{Path, PathBuf};

use riser_core::Seconds;
use riser_core::assurance::Ladder;
use riser_policy::{Policies, SourceText, Window};
use toml::Spanned;

use super::file::{PolicyTable, Source};
use crate::failure::Failure;

/// A folder of rules.
#[derive(Clone, Debug)]
pub struct PolicyFolder {
    path: PathBuf,
    windows: Vec<Window>,
}

/// How decisions are rehearsed.
#[derive(Clone, Debug)]
pub struct RehearsalParts {
    /// For how long they are recorded, if at all.
    pub record: Option<Seconds>,
    /// At most how many are kept.
    pub most: u32,
    /// Rules that are tried beside those in force.
    pub shadow: Option<PolicyFolder>,
}

/// About 100 MB of what people ask at a bank.
const RECORD_LIMIT: u32 = 100_000;

/// Each window is one more question for each level that a step-up could be.
const MOST_WINDOWS: usize = 4;

/// Checks the table; reads nothing yet.
pub(super) fn folder(
    table: Spanned<PolicyTable>,
    source: &Source,
    base: &Path,
) -> Result<(PolicyFolder, RehearsalParts), Failure> {
    let at = table.span().start;
    let table = table.into_inner();
    if table.windows.len() > MOST_WINDOWS {
        return Err(source.failure(at, format!("policy.windows: at most {MOST_WINDOWS}")));
    }
    let mut windows: Vec<Window> = Vec::new();
    for text in &table.windows {
        let at = text.span().start;
        let window = Window::parse(text.get_ref()).map_err(|error| source.failure(at, error))?;
        if windows.iter().any(|known| known.length() == window.length()) {
            let what = format!("`{}` is as long as another window: write each length once", window.name());
            return Err(source.failure(at, what));
        }
        windows.push(window);
    }
    let folder = PolicyFolder { path: base.join(table.path), windows };
    let most = table.record_limit.unwrap_or(RECORD_LIMIT);
    if most == 0 {
        return Err(source.failure(at, "policy.record_limit: write 1 or more, or leave `record` out"));
    }
    let shadow = table.shadow.map(|path| folder.at(base.join(path)));
    Ok((folder, RehearsalParts { record: table.record, most, shadow }))
}

impl PolicyFolder {
    /// Another folder of rules, with the same windows.
    pub fn at(&self, path: PathBuf) -> Self {
        Self { path, windows: self.windows.clone() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its files, in the order of their names.
    pub fn read(&self) -> Result<Vec<SourceText>, Failure> {
        let unreadable = |path: &Path, error: std::io::Error| {
            Failure::new(format!("{}: cannot be read: {error}", path.display()))
        };
        let entries = std::fs::read_dir(&self.path).map_err(|error| unreadable(&self.path, error))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| unreadable(&self.path, error))?.path();
            let ours = path.extension().is_some_and(|kind| kind == "cedar" || kind == "cedarschema");
            let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
            if ours && !hidden {
                let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
                files.push(SourceText { name: path.display().to_string(), text });
            }
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        // An empty folder is a wrong path more often than a wish to refuse everything.
        if !files.iter().any(|file| file.name.ends_with(".cedar")) {
            let path = self.path.display();
            return Err(Failure::new(format!(
                "{path}: there is no .cedar file: write a rule, or leave [policy] out"
            )));
        }
        Ok(files)
    }

    /// The rules that `files` hold.
    pub fn rules_of(&self, files: &[SourceText], ladder: &Ladder) -> Result<Policies, Failure> {
        Policies::load(files, &self.windows, ladder).map_err(Failure::new)
    }

    /// Reads and checks it.
    pub fn load(&self, ladder: &Ladder) -> Result<Policies, Failure> {
        self.rules_of(&self.read()?, ladder)
    }
}
