//! The embedded store: SQLite in one file, one thread that commits for all who wait together, and readers
//! beside it. Implements the promises of [`riser_store::Store`] and owns every statement; decides nothing.

mod account;
mod addresses;
mod attempts;
mod audit;
mod connection;
mod consume;
mod credentials;
mod edges;
mod edit;
mod error;
mod grants;
mod interactions;
mod keys;
mod migrations;
mod outbox;
mod people;
#[cfg(test)]
mod plans;
mod readers;
mod recoveries;
mod rehearsal;
mod remembered;
mod sessions;
mod statements;
mod store;
mod sweep;
mod unwritten;
mod writer;

pub use store::SqliteStore;
