//! The suite that every store must pass: each row is one promise of [`Store`](crate::Store), or one attack
//! on it. A backend calls [`conformance_suite!`](crate::conformance_suite) in its tests and gets a test a row.
//!
//! Rows see the store only through its port; each gets an empty one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests: a row's name says what it proves, and it fails by panicking"
)]

pub mod attempts;
mod deeds;
pub mod edits;
pub mod factors;
pub mod grants;
pub mod letters;
pub mod nodes;
pub mod operation;
pub mod own;
pub mod people;
pub mod recovery;
pub mod rehearsal;
pub mod seen;
pub mod sessions;
pub mod visits;
mod world;

/// Makes a test of every row. `$make` is evaluated once a row and yields an empty store and something that
/// is dropped after it, such as its directory.
#[macro_export]
macro_rules! conformance_suite {
    ($make:expr) => {
        $crate::conformance_suite! { @rows $make;
            people::an_account_is_found_by_its_name_and_its_identifier
            people::a_name_is_taken_once
            people::a_credential_belongs_to_one_account
            people::a_credential_is_read_back_as_it_was_registered
            people::a_disabled_account_ends_all_that_stood_on_it
            people::an_unknown_account_or_credential_is_not_changed
            people::a_revoked_credential_is_not_live
            people::an_enrolment_link_is_found_until_it_is_spent
            attempts::atk_ab_03_parallel_guesses_are_reserved_one_by_one
            attempts::tries_come_back_after_the_wait_or_a_success
            attempts::tries_of_several_names_are_taken_together_or_not_at_all
            attempts::prompts_are_counted_until_one_is_answered
            visits::a_visit_is_read_back_as_it_was_opened
            visits::a_visit_moves_only_from_the_version_that_was_read
            visits::a_failed_try_spends_its_ceremony
            visits::an_ended_or_expired_visit_does_not_end_again
            visits::a_completion_credits_everything_at_once
            visits::atk_su_12_parallel_completions_of_one_ceremony_credit_once
            visits::atk_su_02_a_proof_enters_only_the_session_whose_cookie_came
            visits::atk_su_03_nobodys_proof_enters_another_session
            visits::atk_su_30_what_changed_meanwhile_refuses_the_completion
            visits::a_visit_that_nobody_answers_is_told_of_with_its_session
            visits::a_registration_spends_its_link_with_its_effect
            visits::atk_su_24_a_reset_voids_an_enrolment_link
            sessions::a_session_ends_by_either_limit
            sessions::a_new_session_ends_the_one_it_replaces
            sessions::a_rise_with_an_old_cookie_loses
            sessions::atk_su_12_parallel_rises_of_one_session_rise_once
            sessions::a_rise_forgets_what_is_superseded
            sessions::an_ended_session_does_not_rise
            grants::atk_oa_03_one_code_raced_is_redeemed_once
            grants::atk_oa_04_no_value_is_found_as_another_kind
            grants::a_code_is_found_spent_and_not_redeemed_after_its_end
            grants::a_redemption_is_of_what_was_issued
            grants::a_grant_revoked_before_its_code_is_redeemed_never_stands
            grants::a_revoked_grant_does_not_stand
            grants::a_grant_ends_with_its_session_and_not_with_idleness
            grants::a_code_is_issued_only_on_what_stands
            grants::atk_oa_09_of_codes_for_one_pushed_request_one_is_issued
            grants::one_refresh_token_raced_is_rotated_once
            grants::a_refresh_token_rotates_only_its_own_grant_while_that_stands
            grants::one_elevation_raced_is_spent_once
            grants::an_elevation_is_worth_nothing_without_its_grant
            factors::every_kind_of_credential_is_read_back_as_it_was_registered
            factors::a_ceiling_rises_at_its_moment_and_not_before
            factors::atk_ab_04_parallel_uses_of_one_time_step_count_once
            factors::atk_ab_04_a_time_step_that_was_used_or_passed_is_not_used
            factors::a_secret_is_kept_in_another_form_with_the_step_that_is_used
            factors::a_proof_that_is_not_the_last_leaves_its_counter
            factors::a_new_hash_takes_only_the_place_of_the_one_that_was_verified
            edits::an_edit_changes_what_it_names
            edits::an_edit_touches_only_live_credentials_of_its_person
            edits::atk_su_30_an_edit_is_of_the_account_and_session_that_were_read
            edits::a_raised_generation_ends_everything_but_its_own_session
            edits::a_generation_is_raised_in_a_session_that_stands_and_never_with_a_code
            edits::of_parallel_edits_that_raise_the_generation_one_happens
            edits::a_new_set_of_recovery_codes_ends_the_one_before
            edits::an_administrator_sets_a_password_and_opens_an_account
            recovery::a_recovery_waits_and_then_replaces_what_was_lost
            recovery::a_recovery_link_replaces_the_lost_credential_and_does_nothing_else
            recovery::of_parallel_recoveries_of_one_person_one_begins
            recovery::a_cancelled_recovery_ends_with_its_link_and_all_sessions
            recovery::of_a_cancellation_and_a_replacement_one_happens
            recovery::a_cancelled_rise_ends_its_credential_and_all_sessions
            recovery::what_ends_an_account_ends_its_recovery
            letters::a_letter_is_there_exactly_if_its_effect_is
            letters::a_letter_goes_to_the_address_of_its_moment
            letters::an_account_without_an_address_gets_no_letter
            letters::atk_su_19_no_number_of_moves_hides_an_account_from_its_owner
            letters::a_letter_is_one_takers_at_a_time
            letters::a_letter_ends_sent_or_given_up
            letters::a_letter_says_what_it_was_given
            own::a_person_sees_the_sessions_that_stand
            own::a_person_sees_what_happened_to_their_account_newest_first
            own::a_person_sees_the_applications_that_hold_grants_and_takes_them_back
            own::a_code_that_waits_is_taken_back_with_its_application
            own::a_blocked_application_gets_no_code
            own::a_client_names_only_sessions_that_it_was_given
            seen::atk_oa_19_one_name_raced_is_new_once
            seen::a_name_is_of_its_kind_and_is_swept_after_its_end
            seen::a_revoked_access_token_is_known_at_once_and_recorded_once
            rehearsal::what_was_asked_is_read_back_and_kept_within_its_bounds
            rehearsal::a_session_sees_where_its_person_was_and_what_was_refused
            operation::failing_neighbours_leave_the_others_whole
            operation::an_effect_is_recorded_with_it_or_not_at_all
            operation::signing_keys_come_back_newest_first
            operation::a_sweep_removes_only_what_has_ended
            operation::a_sweep_leaves_what_is_still_of_use_to_a_persons_account
            operation::a_mark_is_the_highest_number_ever_given
            operation::a_store_that_can_write_is_ready
        }
    };
    (@rows $make:expr; $($room:ident :: $row:ident)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $row() {
            let (store, _guard) = $make;
            $crate::conformance::$room::$row(store).await;
        }
    )+};
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_row_is_in_the_suite() {
        let listed = include_str!("mod.rs");
        let rooms = [
            ("attempts", include_str!("attempts.rs")),
            ("people", include_str!("people.rs")),
            ("visits", include_str!("visits.rs")),
            ("sessions", include_str!("sessions.rs")),
            ("grants", include_str!("grants.rs")),
            ("operation", include_str!("operation.rs")),
            ("edits", include_str!("edits.rs")),
            ("factors", include_str!("factors.rs")),
            ("letters", include_str!("letters.rs")),
            ("own", include_str!("own.rs")),
            ("recovery", include_str!("recovery.rs")),
            ("seen", include_str!("seen.rs")),
            ("rehearsal", include_str!("rehearsal.rs")),
        ];
        for (room, text) in rooms {
            let rows = text.split("pub async fn ").skip(1).filter_map(|rest| rest.split('<').next());
            for row in rows {
                assert!(listed.contains(&format!("{room}::{row}\n")), "{room}::{row} is not in the suite");
            }
        }
    }
}
