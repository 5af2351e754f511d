use crate::{
    assets, notice,
    texts::{ENGLISH, Texts},
};

/// What every page has around its content.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) t: &'static Texts,
    pub(crate) title: String,
    pub(crate) css: String,
    pub(crate) icon: String,
    pub(crate) script: Option<Script>,
}

/// The script's address and the words it may say.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) src: String,
    pub(crate) texts: Vec<(&'static str, &'static str)>,
}

impl Frame {
    /// A page that needs no script.
    pub(crate) fn plain(title: &str) -> Self {
        let t = &ENGLISH;
        Self {
            t,
            title: title.to_owned(),
            css: assets::url("riser.css"),
            icon: assets::url("favicon.svg"),
            script: None,
        }
    }

    /// A page of a visit, on which a passkey can be used or a confirmation pressed.
    pub(crate) fn scripted(title: &str) -> Self {
        let plain = Self::plain(title);
        let script = Script { src: assets::url("interaction.js"), texts: notice::for_script(plain.t) };
        Self { script: Some(script), ..plain }
    }

    /// A page of one's own account: it can copy, print, and tell passkey managers what still works.
    pub(crate) fn on_account(title: &str) -> Self {
        let plain = Self::plain(title);
        let texts = vec![("copied", plain.t.letters.copied)];
        Self { script: Some(Script { src: assets::url("account.js"), texts }), ..plain }
    }

    /// The title says first that something went wrong (WCAG 2.4.2, 3.3.1).
    pub(crate) fn with_error(self) -> Self {
        let title = format!("{}{}", self.t.error_prefix, self.title);
        Self { title, ..self }
    }
}
