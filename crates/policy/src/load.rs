//! Reading a folder of rules: parsed, named, checked against the schema and against what a rule may ask, and set aside
//! by action. Whatever is wrong is said with file, line and cure, and then nothing of it is used.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::pst::Policy as Tree;
use cedar_policy::{EntityTypeName, Policy, PolicyId, PolicySet, ValidationMode, Validator};
use miette::Diagnostic;
use riser_core::assurance::Ladder;

use crate::polarity::{self, Vocabulary};
use crate::rule::{ANNOTATIONS, Rule, facts, line_at, line_of};
use crate::schema::{Declared, declared};
use crate::slice::{Slice, slice};
use crate::{Window, derived};

/// A file of the folder, read by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// How it is called in what is said of it.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct LoadError {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is wrong, with its cure, in one line.
    pub what: String,
}

/// Everything that is wrong. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadErrors(pub Vec<LoadError>);

impl std::error::Error for LoadErrors {}

impl std::fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("the policies cannot be used"),
            [one] => write!(f, "{one}"),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

impl LoadError {
    pub(crate) fn at(source: &SourceText, line: usize, what: impl Into<String>) -> Self {
        Self { file: source.name.clone(), line, what: what.into().replace('\n', " ") }
    }

    /// What Cedar says, where it says it.
    pub(crate) fn diagnosed(source: &SourceText, problem: &(impl Diagnostic + ?Sized)) -> Self {
        let at = problem.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
        let what = match problem.help() {
            Some(help) => format!("{problem}: {help}"),
            None => problem.to_string(),
        };
        Self::at(source, line_at(&source.text, at), what)
    }
}

/// A set of rules that can be decided by.
pub struct Policies {
    pub(crate) rules: BTreeMap<String, Rule>,
    pub(crate) declared: Declared,
    pub(crate) slices: BTreeMap<String, Slice>,
    /// For actions that no rule names, where nobody declared which there are.
    pub(crate) other: Slice,
    pub(crate) windows: Vec<Window>,
    pub(crate) user: EntityTypeName,
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policies").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl Policies {
    /// Reads the files of a folder: any number of `.cedar`, at most one `.cedarschema`.
    ///
    /// # Errors
    /// [`LoadErrors`] with all that could be found wrong.
    pub fn load(files: &[SourceText], windows: &[Window], ladder: &Ladder) -> Result<Self, LoadErrors> {
        let mut loading = Loading::new(windows, ladder);
        let mut schema = None;
        for file in files {
            if !file.name.ends_with(".cedarschema") {
                loading.file(file);
            } else if schema.replace(file).is_some() {
                loading.errors.push(LoadError::at(file, 1, "there is another .cedarschema: write one"));
            }
        }
        loading.finish(schema)
    }

    /// How many rules there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rules.len()
    }

    /// The actions that rules or the schema name.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.slices.keys().map(String::as_str)
    }

    /// Whether a rule that speaks of the action may ask for Riser's own signals.
    #[must_use]
    pub fn asks_signals(&self, action: &str) -> bool {
        self.slice(action).is_some_and(|slice| slice.asks_signals)
    }

    /// The declared actions that can be asked on such a resource; those that rules name where nobody declared any.
    pub fn actions_on<'p>(&'p self, resource_type: &'p str) -> impl Iterator<Item = &'p str> {
        let on = move |name: &&String| {
            let declared = self.declared.actions.get(*name);
            declared.is_some_and(|action| self.declared.open || action.resources.contains(resource_type))
        };
        self.slices.keys().filter(on).map(String::as_str)
    }

    /// The declared windows, longest first.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Whether an operator declared actions and types.
    #[must_use]
    pub fn has_schema(&self) -> bool {
        !self.declared.open
    }

    /// The rules that speak of an action; `None` when there is no such action.
    pub(crate) fn slice(&self, action: &str) -> Option<&Slice> {
        self.slices.get(action).or(self.declared.open.then_some(&self.other))
    }
}

/// The rules of one file.
struct FileOfRules<'f> {
    source: &'f SourceText,
    rules: Vec<(Policy, Tree)>,
}

struct Loading<'f> {
    vocabulary: Vocabulary,
    files: Vec<FileOfRules<'f>>,
    rules: BTreeMap<String, Rule>,
    errors: Vec<LoadError>,
}

impl<'f> Loading<'f> {
    fn new(windows: &[Window], ladder: &Ladder) -> Self {
        let levels = ladder.names().iter().map(|acr| acr.as_str().to_owned()).collect();
        // The longest is asked for first: it is the least that a window can ask.
        let unique: BTreeSet<&Window> = windows.iter().collect();
        let mut windows: Vec<Window> = unique.into_iter().cloned().collect();
        windows.sort_by_key(|window| std::cmp::Reverse(window.length()));
        let vocabulary = Vocabulary { levels, windows };
        Self { vocabulary, files: Vec::new(), rules: BTreeMap::new(), errors: Vec::new() }
    }

    fn file(&mut self, source: &'f SourceText) {
        let set: PolicySet = match source.text.parse::<PolicySet>() {
            Ok(set) => set,
            Err(errors) => {
                self.errors.extend(errors.iter().map(|error| LoadError::diagnosed(source, error)));
                return;
            }
        };
        if set.templates().next().is_some() {
            self.errors.push(LoadError::at(
                source,
                1,
                "templates (`?principal`) are not used here: write the rule out",
            ));
        }
        // Parsed rules are called policy0, policy1 and so on, and come back in no order.
        let mut parsed: Vec<&Policy> = set.policies().collect();
        parsed.sort_by_key(|policy| {
            policy.id().to_string().trim_start_matches("policy").parse::<usize>().unwrap_or(usize::MAX)
        });
        let (mut from, mut rules) = (0, Vec::with_capacity(parsed.len()));
        for policy in parsed {
            let line = line_of(&source.text, policy, &mut from);
            match self.rule(source, policy, line) {
                Ok(rule) => rules.push(rule),
                Err(error) => self.errors.push(error),
            }
        }
        self.files.push(FileOfRules { source, rules });
    }

    fn rule(
        &mut self,
        source: &SourceText,
        policy: &Policy,
        line: usize,
    ) -> Result<(Policy, Tree), LoadError> {
        let wrong = |what: String| LoadError::at(source, line, what);
        let annotation = |name: &str| policy.annotation(name).filter(|text| !text.is_empty());
        let id = annotation("id").ok_or_else(|| {
            wrong(
                "a rule has a name, which decisions are explained by: write @id(\"...\") before it"
                    .to_owned(),
            )
        })?;
        if let Some((other, _)) = policy.annotations().find(|(name, _)| !ANNOTATIONS.contains(name)) {
            return Err(wrong(format!("@{other} means nothing here: use @id, @reason and @window")));
        }
        if let Some(first) = self.rules.get(id) {
            return Err(wrong(format!("@id(\"{id}\") is taken by {}:{}", first.file, first.line)));
        }
        let window = match policy.annotation("window") {
            None => None,
            Some(name) => {
                let known = self.vocabulary.windows.iter().find(|window| window.name() == name);
                Some(known.cloned().ok_or_else(|| {
                    wrong(format!("@window(\"{name}\") is no declared window: add it to [policy] windows"))
                })?)
            }
        };
        let tree = policy.to_pst().map_err(|error| wrong(error.to_string()))?;
        polarity::check(&tree, &self.vocabulary).map_err(|objection| {
            let text = policy.to_cedar().unwrap_or_default();
            let below = text.find(&objection.word).map_or(0, |at| line_at(&text, at) - 1);
            LoadError::at(source, line + below, format!("rule `{id}`: {}", objection.what))
        })?;
        let rule = Rule {
            id: id.to_owned(),
            reason: annotation("reason").map(str::to_owned),
            window,
            file: source.name.clone(),
            line,
            effect: policy.effect(),
            facts: facts(&tree),
        };
        self.rules.insert(id.to_owned(), rule);
        Ok((policy.new_id(PolicyId::new(id)), tree))
    }

    fn finish(mut self, schema: Option<&SourceText>) -> Result<Policies, LoadErrors> {
        let windows = &self.vocabulary.windows;
        let all = || self.files.iter().flat_map(|file| &file.rules);
        let declared = match schema {
            Some(source) => declared(source, windows),
            None => derived::derived(all().map(|(_, tree)| tree), windows).map_err(|what| LoadError {
                file: "rules".to_owned(),
                line: 1,
                what,
            }),
        };
        let declared = match declared {
            Ok(declared) => declared,
            Err(error) => {
                self.errors.push(error);
                return Err(LoadErrors(self.errors));
            }
        };
        let mut errors = std::mem::take(&mut self.errors);
        for file in &self.files {
            errors.extend(type_errors(file, &declared));
        }
        if !errors.is_empty() {
            return Err(LoadErrors(errors));
        }
        let unusable = |what: String| LoadErrors(vec![LoadError { file: "rules".to_owned(), line: 1, what }]);
        let kind = |name: &str| name.parse::<EntityTypeName>().map_err(|error| unusable(error.to_string()));
        let (user, action) = (kind("User")?, kind("Action")?);
        let rules: Vec<(Policy, Tree)> = all().cloned().collect();
        let mut slices = BTreeMap::new();
        for (name, _) in declared.actions.iter().filter(|(_, shape)| shape.is_action()) {
            let slice = slice(name, &action, &declared.actions, &rules).map_err(unusable)?;
            slices.insert(name.clone(), slice);
        }
        // An action that no rule names has no name that a rule could match.
        let other = slice("", &action, &BTreeMap::new(), &rules).map_err(unusable)?;
        Ok(Policies { rules: self.rules, declared, slices, other, windows: self.vocabulary.windows, user })
    }
}

/// What the type checker finds. Its warnings are of rules that can never apply and of texts that only look like what they
/// say: a forbid that never applies forbids nothing, so both are errors.
fn type_errors(file: &FileOfRules<'_>, declared: &Declared) -> Vec<LoadError> {
    let mut set = PolicySet::new();
    for (policy, _) in &file.rules {
        if let Err(error) = set.add(policy.clone()) {
            return vec![LoadError::at(file.source, 1, error.to_string())];
        }
    }
    let result = Validator::new(declared.schema.clone()).validate(&set, ValidationMode::Strict);
    let cure = if declared.open {
        "; what applications send is declared in a .cedarschema beside the rules"
    } else {
        ""
    };
    let error = |problem: &dyn Diagnostic| {
        let mut error = LoadError::diagnosed(file.source, problem);
        error.what.push_str(cure);
        error
    };
    let errors = result.validation_errors().map(|problem| error(problem));
    errors.chain(result.validation_warnings().map(|problem| error(problem))).collect()
}
