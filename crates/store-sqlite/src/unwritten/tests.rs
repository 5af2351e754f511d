use riser_core::UserId;
use riser_core::account::Enroller;
use riser_core::assurance::Ceiling;
use riser_store::{Enrolment, Progress, Purpose};

use super::*;

const NOW: UnixTime = UnixTime(1_800_000_000);
const LATER: UnixTime = UnixTime(1_800_000_600);

fn visit(name: &str) -> Interaction {
    let enrolment = Enrolment {
        user: UserId::new("anna"),
        ceiling: Ceiling::Unlimited,
        generation: 1,
        opens_at: None,
        replaces: None,
        by: Enroller::Administrator,
    };
    Interaction {
        id: InteractionId::new(name),
        browser: Hashed([1; 32]),
        purpose: Purpose::Enrol { link: [2; 32], enrolment, session: None, has: Vec::new() },
        progress: Progress::beginning(Some("anna".to_owned())),
        version: 0,
        expires_at: LATER,
    }
}

fn ceremony(visit: &Interaction) -> Ceremony {
    Ceremony { interaction: visit.id.clone(), registers: false, challenge: vec![5; 32], user: None }
}

/// One visit, opened, with one ceremony.
fn begun() -> (Arc<Unwritten>, Interaction, Vec<(Spendable, Hashed)>) {
    let (unwritten, visit, challenge) = (Unwritten::new(), visit("one"), Hashed([9; 32]));
    assert_eq!(unwritten.open(visit.clone()), Ok(None));
    assert_eq!(unwritten.begin(challenge, ceremony(&visit), LATER), Ok(None));
    (unwritten, visit, vec![(Spendable::Ceremony, challenge)])
}

#[test]
fn a_flood_of_visits_takes_a_bounded_room_and_the_rest_goes_to_the_file() {
    let one = weight(&visit("0")).unwrap();
    let unwritten = Unwritten::with_room(10 * one, 10 * CEREMONY);
    let (mut visits, mut ceremonies) = (0, 0);
    for number in 0..100 {
        let visit = visit(&number.to_string());
        ceremonies +=
            usize::from(unwritten.begin(Hashed([number; 32]), ceremony(&visit), LATER).unwrap().is_none());
        visits += usize::from(unwritten.open(visit).unwrap().is_none());
    }
    assert_eq!((visits, ceremonies), (10, 10));
    assert!(unwritten.visit(&InteractionId::new("0")).is_some(), "whoever came first is not pushed out");
    assert_eq!(unwritten.sweep(LATER, LATER), 20);
    assert_eq!(unwritten.open(visit("after")), Ok(None));
}

#[test]
fn what_is_held_is_nobody_elses_and_is_as_it_was_when_the_file_refuses() {
    let (unwritten, visit, spends) = begun();
    let held = unwritten.hold(&visit, &mut spends.clone(), NOW).unwrap().asked();
    assert!(unwritten.hold(&visit, &mut spends.clone(), NOW).is_err());
    assert!(unwritten.hold(&visit, &mut Vec::new(), NOW).is_err());
    held.settle(false);
    assert_eq!(unwritten.visit(&visit.id), Some(visit.clone()));
    assert!(unwritten.hold(&visit, &mut spends.clone(), LATER).is_err(), "neither lives so long");
    let again = unwritten.hold(&visit, &mut spends.clone(), NOW);
    assert!(again.is_ok_and(|hold| hold.has_visit()));
}

#[test]
fn what_is_spent_stays_spent_and_the_end_of_the_visit_is_repeated() {
    let (unwritten, visit, spends) = begun();
    let mut hold = unwritten.hold(&visit, &mut spends.clone(), NOW).unwrap();
    hold.ends_with(visit.clone());
    hold.asked().settle(true);
    assert_eq!(unwritten.visit(&visit.id).unwrap().version, 1);
    assert_eq!(unwritten.ceremony(spends[0].1).unwrap().spent_at, Some(NOW));
    for version in [0, 1] {
        let visit = Interaction { version, ..visit.clone() };
        assert!(unwritten.hold(&visit, &mut Vec::new(), NOW).is_err());
    }
    assert!(unwritten.hold(&self::visit("other"), &mut spends.clone(), NOW).is_err());
}

#[test]
fn what_is_held_by_a_transaction_that_nobody_heard_of_again_is_gone() {
    let (unwritten, visit, spends) = begun();
    let mut hold = unwritten.hold(&visit, &mut spends.clone(), NOW).unwrap();
    hold.ends_with(visit.clone());
    drop(hold.asked());
    assert_eq!(unwritten.visit(&visit.id), None);
    assert!(unwritten.ceremony(spends[0].1).unwrap().spent_at.is_some());
}

#[test]
fn what_is_not_here_is_left_to_the_file() {
    let (unwritten, visit, mut spends) = begun();
    spends.extend([(Spendable::Ceremony, Hashed([8; 32])), (Spendable::Enrolment, Hashed([9; 32]))]);
    let file = spends[1..].to_vec();
    let other = self::visit("other");
    let hold = unwritten.hold(&other, &mut spends, NOW).unwrap();
    assert!(!hold.has_visit());
    assert_eq!(spends, file);
    drop(hold);
    assert!(unwritten.hold(&visit, &mut spends, NOW).is_ok(), "and nothing was asked");
}
