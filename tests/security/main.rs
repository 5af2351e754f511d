//! The attacks of the threat list over real HTTP, each named after its row.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod ab_flood;
mod ab_guessing;
mod matrix;
mod oa_assertions;
mod oa_codes;
mod oa_dpop;
mod oa_pushed;
mod oa_redirects;
mod op;
mod own_pages;
mod routes;
mod su_actions;
mod su_ceremonies;
mod su_enrolment;
mod su_facts;
mod su_people;
mod su_policy;
mod su_recovery;
mod su_requirements;
mod su_self;
mod support;
mod sweep;
mod wa_cbor;
mod wa_lies;
mod walk;
mod wb_pages;
mod wb_sites;
mod wb_texts;
