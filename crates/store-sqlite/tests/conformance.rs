//! The suite that every store must pass, on a file.

mod common;

riser_store::conformance_suite!(common::fresh());
