//! The folder of rules while a server runs: looked at again and again, and taken whole or not at all.

use std::sync::Arc;
use std::time::Duration;

use riser_policy::SourceText;
use riser_server::App;

use crate::config::PolicyFolder;
use crate::failure::Failure;

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// Where a folder's rules go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    InForce,
    Shadow,
}

/// Looks after the folder of a running server. Texts are compared, not times: copies and links keep their times.
pub struct Watch {
    folder: PolicyFolder,
    place: Place,
    /// What was last taken, or found not to be usable.
    judged: Option<Vec<SourceText>>,
    /// What was there at the last look.
    glimpsed: Option<Vec<SourceText>>,
    /// What was last complained about.
    complaint: Option<String>,
}

impl Watch {
    /// Looks after a folder whose rules are in force since just now. They are read again at the first look: what
    /// changed meanwhile is found then.
    pub fn of(folder: PolicyFolder) -> Self {
        Self { folder, place: Place::InForce, judged: None, glimpsed: None, complaint: None }
    }

    /// Looks after a folder of rules that are tried. Whatever is wrong with them is said, and hurts nobody.
    pub fn of_shadow(folder: PolicyFolder) -> Self {
        Self { place: Place::Shadow, ..Self::of(folder) }
    }

    /// Looks at the folder again and again.
    pub async fn run(mut self, app: Arc<App>) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.look(&app).await;
        }
    }

    /// Looks once. A change is taken when two looks in a row found the same: half of a folder that is being copied may
    /// well be a set of rules, without those that forbid. What cannot be used leaves in force what is, and is said once.
    pub async fn look(&mut self, app: &App) {
        let folder = self.folder.clone();
        let found = match tokio::task::spawn_blocking(move || folder.read()).await {
            Ok(Ok(found)) => found,
            Ok(Err(failure)) => return self.complain(&failure),
            Err(error) => return self.complain(&Failure::new(error)),
        };
        let settled = self.glimpsed.as_ref() == Some(&found);
        self.glimpsed = Some(found.clone());
        if !settled || self.judged.as_ref() == Some(&found) {
            return;
        }
        let first = self.judged.is_none();
        match self.folder.rules_of(&found, &app.provider.ground.ladder) {
            Ok(policies) => {
                let (count, actions) = (policies.count(), policies.actions().count());
                self.complaint = None;
                match (self.place, &app.rules) {
                    (Place::InForce, Some(rules)) => rules.renew(policies),
                    (Place::InForce, None) => {}
                    (Place::Shadow, _) => app.rehearsal.shadow().set(Some(policies)),
                }
                if self.place == Place::Shadow {
                    tracing::info!(rules = count, actions, "Rules are tried in the shadow of those in force");
                } else if !first {
                    tracing::info!(rules = count, actions, "The rules about actions are renewed");
                }
            }
            Err(failure) => self.complain(&failure),
        }
        self.judged = Some(found);
    }

    fn complain(&mut self, failure: &Failure) {
        let what = failure.to_string();
        if self.complaint.as_ref() != Some(&what) {
            match self.place {
                Place::InForce => tracing::warn!(
                    error = what,
                    "The rules about actions changed and cannot be used; those in force stay"
                ),
                Place::Shadow => {
                    tracing::warn!(
                        error = what,
                        "The rules of the shadow cannot be used; no change is tried"
                    );
                }
            }
            self.complaint = Some(what);
        }
    }
}
