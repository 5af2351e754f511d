use riser_core::UnixTime;

/// What became of tries that were to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// They are taken: go on.
    Go,
    /// They are taken, and that of the first name was its last before a wait: if it fails, the owner should
    /// know.
    GoLast {
        /// When the next one may be made.
        again_at: UnixTime,
    },
    /// None was taken: one of the names has to wait until then.
    Wait(UnixTime),
}
