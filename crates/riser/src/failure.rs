use std::process::ExitCode;

/// Why a command did not do its work: one line with a cure, and exit code 1.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure in one line.
    pub fn new(text: impl std::fmt::Display) -> Self {
        Self(text.to_string().replace('\n', " "))
    }

    /// Says it on standard error.
    pub fn report(self) -> ExitCode {
        eprintln!("riser: {}", self.0);
        ExitCode::from(1)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}
