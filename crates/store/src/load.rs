/// How busy a store is: what waits now, and what was done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Transactions that wait for the writer.
    pub waiting: u64,
    /// Commits, each of all that waited together.
    pub groups: u64,
    /// Transactions in them.
    pub transactions: u64,
}
