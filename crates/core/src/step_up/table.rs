//! Named rows: each a sentence that a reviewer can dispute.

use std::collections::BTreeSet;

use super::{Decision, Freshness, Ground, Mode, Requirement, Unmet, decide, held, ways_to_sign_in};
use crate::assurance::{
    Ceiling, Factor, Kind, Ladder, LevelSpec, Possession, Proof, ProofRecord, Properties, SlotSpec,
    default_ladder,
};
use crate::session::{Authentication, LiveCredential, Session};
use crate::transaction::Digest;
use crate::{Acr, CredentialId, InteractionId, Seconds, SessionId, UnixTime, UserId};

pub(crate) const NOW: i64 = 100_000;
pub(crate) const HERE: &str = "here";
const ELSEWHERE: &str = "elsewhere";

pub(crate) fn acr(text: &str) -> Acr {
    Acr::parse(text).unwrap()
}

pub(crate) fn acrs(text: &str) -> Vec<Acr> {
    Acr::parse_list(text).unwrap()
}

pub(crate) fn ground() -> Ground {
    let passkey = Possession { user_verified: true, phishing_resistant: true, hardware_bound: false };
    Ground {
        ladder: Ladder::new(&default_ladder()).unwrap(),
        enrollable: vec![
            (Factor::Passkey, Properties::Possession(passkey)),
            (Factor::Password, Properties::Knowledge),
        ],
    }
}

fn possession(user_verified: bool, phishing_resistant: bool, hardware_bound: bool) -> Properties {
    Properties::Possession(Possession { user_verified, phishing_resistant, hardware_bound })
}

/// The people of the table have these: a credential, its factor, and the most that it can show.
pub(crate) fn credential(name: &str) -> (Factor, Properties) {
    match name {
        "password" => (Factor::Password, Properties::Knowledge),
        "totp" => (Factor::Totp, possession(false, false, false)),
        "passkey" | "passkey2" => (Factor::Passkey, possession(true, true, false)),
        "touch" => (Factor::Passkey, possession(false, true, false)),
        "key" => (Factor::Passkey, possession(true, true, true)),
        other => panic!("no credential {other}"),
    }
}

pub(crate) fn live(names: &[&str]) -> Vec<LiveCredential> {
    names
        .iter()
        .map(|name| {
            let (factor, properties) = credential(name);
            LiveCredential { id: CredentialId::new(*name), factor, properties, ceiling: Ceiling::Unlimited }
        })
        .collect()
}

#[allow(clippy::disallowed_methods, reason = "tests make the proofs that verifiers would")]
pub(crate) fn proof(name: &str, ceiling: Ceiling) -> Proof {
    let (factor, properties) = credential(name);
    Proof::from_verified(ProofRecord { factor, credential: CredentialId::new(name), properties, ceiling })
}

/// `(what was proved together, how long ago, where)`.
pub(crate) type Past<'a> = (&'a [&'a str], i64, &'a str);

pub(crate) fn session(past: &[Past<'_>]) -> Session {
    let authentication = |(names, age, interaction): &Past<'_>| Authentication {
        at: UnixTime(NOW - age),
        interaction: InteractionId::new(*interaction),
        bound_to: None,
        proofs: names.iter().map(|name| proof(name, Ceiling::Unlimited)).collect(),
    };
    Session {
        id: SessionId::new("s"),
        user: UserId::new("u"),
        authentications: past.iter().map(authentication).collect(),
    }
}

/// What a decision comes to, in one line.
pub(crate) fn said(decision: &Decision) -> String {
    match decision {
        Decision::Satisfied(met) => format!(
            "{} [{}] at -{}",
            met.acr().map_or("-", Acr::as_str),
            met.amr().join(" "),
            NOW - met.auth_time().0
        ),
        Decision::StepUp(candidates) => {
            let one = |candidate: &super::Candidate| {
                candidate.proofs.iter().map(|wanted| wanted.credential.as_str()).collect::<Vec<_>>().join("+")
            };
            format!("prove {}", candidates.iter().map(one).collect::<Vec<_>>().join(" or "))
        }
        Decision::Enrol(enrol) => {
            format!(
                "enrol {}",
                enrol.factors().iter().map(|factor| factor.name()).collect::<Vec<_>>().join(" or ")
            )
        }
        Decision::Unmet(Unmet::UnknownLevel) => "unknown".to_owned(),
        Decision::Unmet(Unmet::Unreachable) => "unreachable".to_owned(),
    }
}

pub(crate) fn asks(levels: &str, freshness: Freshness) -> Requirement {
    Requirement::new(InteractionId::new(HERE), UnixTime(NOW))
        .asking(acrs(levels), Mode::Essential)
        .with_freshness(freshness)
}

#[test]
#[rustfmt::skip] // a table
fn decides() {
    use Freshness::{AnyAge, ThisInteraction, Within};
    const FIVE: Freshness = Within(Seconds(300));
    let pw: &[&str] = &["password"];
    let all: &[&str] = &["password", "totp", "passkey"];
    for (name, levels, freshness, past, has, expected) in [
        ("nothing asked, anything held", "", AnyAge, &[(pw, 9_i64, ELSEWHERE)] as &[Past<'_>], all, "aal1 [pwd] at -9"),
        ("nothing held", "", AnyAge, &[], all, "prove passkey or password or totp"),
        ("the level asked is reported, not the highest held", "aal1", AnyAge, &[(&["passkey"], 9, ELSEWHERE)], all, "aal1 [pop user mfa] at -9"),
        ("nothing asked, the strongest is reported", "", AnyAge, &[(&["passkey"], 9, ELSEWHERE)], all, "phr [pop user mfa] at -9"),
        ("a password does not reach two factors", "aal2", AnyAge, &[(pw, 9, ELSEWHERE)], all, "prove passkey or totp"),
        ("password and code, the older half dates them", "aal2", AnyAge, &[(pw, 500, ELSEWHERE), (&["totp"], 20, ELSEWHERE)], all, "aal2 [pwd otp mfa] at -500"),
        ("a code never resists phishing", "phr", AnyAge, &[(&["password", "totp"], 9, ELSEWHERE)], all, "prove passkey"),
        ("password and a touched key", "phr", AnyAge, &[(&["password", "touch"], 9, ELSEWHERE)], &["password", "touch"], "phr [pwd pop user mfa] at -9"),
        ("a touch alone is one factor", "aal2", AnyAge, &[(&["touch"], 9, ELSEWHERE)], &["password", "touch"], "prove password"),
        ("the first acceptable level in the caller's order", "phr aal2", AnyAge, &[(&["password", "totp"], 9, ELSEWHERE)], all, "aal2 [pwd otp mfa] at -9"),
        ("just within max_age and its margin", "aal1", FIVE, &[(pw, 270, ELSEWHERE)], all, "aal1 [pwd] at -270"),
        ("just past the margin", "aal1", FIVE, &[(pw, 271, ELSEWHERE)], all, "prove passkey or password or totp"),
        ("a short max_age keeps half", "aal1", Within(Seconds(20)), &[(pw, 10, ELSEWHERE)], all, "aal1 [pwd] at -10"),
        ("and no more than half", "aal1", Within(Seconds(20)), &[(pw, 11, ELSEWHERE)], all, "prove passkey or password or totp"),
        ("only the stale half is asked again", "aal2", FIVE, &[(pw, 400, ELSEWHERE), (&["totp"], 9, ELSEWHERE)], &["password", "totp"], "prove password"),
        ("a proof of this visit is fresh at any age", "aal1", Within(Seconds(1)), &[(pw, -9, HERE)], all, "aal1 [pwd] at --9"),
        ("prompt=login wants a proof of this visit", "aal1", ThisInteraction, &[(pw, 0, ELSEWHERE)], all, "prove passkey or password or totp"),
        ("and takes one", "aal1", ThisInteraction, &[(pw, 0, HERE)], all, "aal1 [pwd] at -0"),
        ("max_age=0 is prompt=login", "aal1", Within(Seconds(0)), &[(pw, 0, ELSEWHERE)], all, "prove passkey or password or totp"),
        ("all of the support is of this visit", "aal2", ThisInteraction, &[(pw, 0, ELSEWHERE), (&["totp"], 0, HERE)], &["password", "totp"], "prove password"),
        ("a level lapses with its lifetime, less the margin", "phr", AnyAge, &[(&["passkey"], 870, ELSEWHERE)], all, "prove passkey"),
        ("and holds until then", "phr", AnyAge, &[(&["passkey"], 869, ELSEWHERE)], all, "phr [pop user mfa] at -869"),
        ("what lapsed still counts for what does not lapse", "aal2", AnyAge, &[(&["passkey"], 5000, ELSEWHERE)], all, "aal2 [pop user mfa] at -5000"),
        ("a proof from after the request counts for nothing", "aal1", AnyAge, &[(pw, -1, ELSEWHERE)], all, "prove passkey or password or totp"),
        ("nobody has it, one could have it", "phr", AnyAge, &[(pw, 9, ELSEWHERE)], pw, "enrol passkey"),
        ("nobody can have it", "phrh", AnyAge, &[(&["passkey"], 9, ELSEWHERE)], all, "unreachable"),
        ("a hardware key has it", "phrh", AnyAge, &[(&["passkey"], 9, ELSEWHERE)], &["passkey", "key"], "prove key"),
        ("unknown levels only", "gold", AnyAge, &[(pw, 9, ELSEWHERE)], all, "unknown"),
        ("a revoked credential proves nothing", "aal1", AnyAge, &[(&["passkey2"], 9, ELSEWHERE)], pw, "prove password"),
        ("one proof twice is one proof", "aal2", AnyAge, &[(&["totp"], 9, ELSEWHERE), (&["totp"], 5, ELSEWHERE)], &["totp", "password"], "prove password"),
        ("of two supports, the fresher", "aal2", AnyAge, &[(&["password", "totp"], 50, ELSEWHERE), (&["passkey"], 9, ELSEWHERE)], all, "aal2 [pop user mfa] at -9"),
        ("of two equally fresh, the smaller", "aal2", AnyAge, &[(&["password", "totp", "passkey"], 9, ELSEWHERE)], all, "aal2 [pop user mfa] at -9"),
        ("of two equally small, the phishing-resistant", "aal1", AnyAge, &[(&["password", "passkey"], 9, ELSEWHERE)], all, "aal1 [pop user mfa] at -9"),
        ("of two alike, by credential", "phr", AnyAge, &[(&["passkey2", "passkey"], 9, ELSEWHERE)], &["passkey2", "passkey"], "phr [pop user mfa] at -9"),
    ] {
        let decision = decide(&session(past), &asks(levels, freshness), &live(has), &ground());
        assert_eq!(said(&decision), expected, "{name}");
    }
}

#[test]
#[rustfmt::skip] // a table
fn floors_join_what_is_asked() {
    let everything: &[&str] = &["password", "totp", "passkey"];
    for (name, asked, floor, past, expected) in [
        ("the floor alone", "", "phr", &[(&["password"] as &[&str], 9_i64, ELSEWHERE)] as &[Past<'_>], "prove passkey"),
        ("asking less does not lower it", "aal1", "phr", &[(&["password"], 9, ELSEWHERE)], "prove passkey"),
        ("and the asked name is truthfully reported", "aal1", "phr", &[(&["passkey"], 9, ELSEWHERE)], "aal1 [pop user mfa] at -9"),
        ("an asked level that is enough comes first", "aal1 phr", "phr", &[(&["passkey"], 9, ELSEWHERE)], "phr [pop user mfa] at -9"),
        ("asking more is asked", "phr", "aal1", &[(&["password"], 9, ELSEWHERE)], "prove passkey"),
        ("nothing asked: the strongest above the floor", "", "aal1", &[(&["password", "totp"], 9, ELSEWHERE)], "aal2 [pwd otp mfa] at -9"),
        ("a floor that nobody knows is never easier", "aal1", "gold", &[(&["passkey"], 9, ELSEWHERE)], "unknown"),
    ] {
        let requirement = asks(asked, Freshness::AnyAge).with_floor(acrs(floor));
        let decision = decide(&session(past), &requirement, &live(everything), &ground());
        assert_eq!(said(&decision), expected, "{name}");
    }
}

#[test]
fn acceptable_says_what_must_be_met() {
    let ladder = ground().ladder;
    let of = |asked: &str, floor: &str| {
        let requirement = asks(asked, Freshness::AnyAge).with_floor(acrs(floor));
        requirement.acceptable(&ladder).iter().map(Acr::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of("phr aal2", ""), "phr aal2");
    assert_eq!(of("aal1", "phr"), "phr");
    assert_eq!(of("", "aal2"), "aal2");
    assert_eq!(of("", ""), "");
}

#[test]
fn acr_satisfied_names_every_level_that_lasts_as_long_as_the_one_reported() {
    let has = live(&["password", "passkey"]);
    let satisfied = |levels: &str| match decide(
        &session(&[(&["passkey"], 100, ELSEWHERE)]),
        &asks(levels, Freshness::AnyAge),
        &has,
        &ground(),
    ) {
        Decision::Satisfied(met) => met,
        other => panic!("{other:?}"),
    };
    let phr = satisfied("phr");
    assert_eq!(phr.acr_satisfied(), acrs("phr aal2 aal1"));
    assert_eq!(phr.lapses_at(), Some(UnixTime(NOW - 100 + 900)));
    // Reported at a level that does not lapse, the token says phr too, and so ends when that lapses.
    let aal2 = satisfied("aal2");
    assert_eq!(aal2.acr_satisfied(), acrs("phr aal2 aal1"));
    assert_eq!(aal2.lapses_at(), Some(UnixTime(NOW - 100 + 900)));
    assert_eq!(aal2.user().as_str(), "u");
    assert_eq!(aal2.session().as_str(), "s");
    assert_eq!(aal2.interaction().as_str(), HERE);
    assert_eq!(aal2.support()[0].credential.as_str(), "passkey");
    assert_eq!(aal2.support()[0].at, UnixTime(NOW - 100));
}

#[test]
fn a_weaker_level_with_a_longer_life_outlasts_a_stronger_one() {
    let slot = |user_verified| SlotSpec { user_verified, ..SlotSpec::default() };
    let specs = [
        LevelSpec {
            acr: acr("low"),
            aliases: acrs("urn:low"),
            alternatives: vec![vec![slot(None)]],
            lifetime: Some(Seconds(3600)),
        },
        LevelSpec {
            acr: acr("high"),
            aliases: vec![],
            alternatives: vec![vec![slot(Some(true))]],
            lifetime: Some(Seconds(600)),
        },
    ];
    let ground = Ground { ladder: Ladder::new(&specs).unwrap(), ..ground() };
    let past = session(&[(&["passkey"], 100, ELSEWHERE)]);
    let met = |asked: &str| match decide(&past, &asks(asked, Freshness::AnyAge), &live(&["passkey"]), &ground)
    {
        Decision::Satisfied(met) => met,
        other => panic!("{other:?}"),
    };
    // Saying `high` in a token for `low` would say it for longer than it is true.
    assert_eq!(met("urn:low").acr_satisfied(), acrs("low urn:low"));
    assert_eq!(met("urn:low").acr().unwrap().as_str(), "urn:low");
    assert_eq!(met("urn:low").lapses_at(), Some(UnixTime(NOW - 100 + 3600)));
    assert_eq!(met("high").acr_satisfied(), acrs("high low urn:low"));
    assert_eq!(met("high").lapses_at(), Some(UnixTime(NOW - 100 + 600)));
}

#[test]
fn voluntary_clients_get_the_truth_when_nothing_better_can_be_had() {
    let past = session(&[(&["password"], 9, ELSEWHERE)]);
    let requirement =
        Requirement::new(InteractionId::new(HERE), UnixTime(NOW)).asking(acrs("phr"), Mode::Voluntary);
    assert_eq!(said(&decide(&past, &requirement, &live(&["password"]), &ground())), "aal1 [pwd] at -9");
    // It is tried where it can be had, and a floor is a floor for them too.
    assert_eq!(
        said(&decide(&past, &requirement, &live(&["password", "passkey"]), &ground())),
        "prove passkey"
    );
    let floored = requirement.with_floor(acrs("aal2"));
    assert_eq!(said(&decide(&past, &floored, &live(&["password"]), &ground())), "enrol passkey");
}

#[test]
fn an_action_takes_a_proof_of_its_own() {
    let [digest, other] = ["a", "b"].map(|text| Digest::of(&text.into()).unwrap());
    let requirement = asks("", Freshness::AnyAge).with_floor(acrs("phr")).bound_to(digest);
    let has = live(&["password", "passkey"]);
    let with = |interaction: &str, bound_to| Session {
        id: SessionId::new("s"),
        user: UserId::new("u"),
        authentications: vec![Authentication {
            at: UnixTime(NOW),
            interaction: InteractionId::new(interaction),
            bound_to,
            proofs: vec![proof("passkey", Ceiling::Unlimited)],
        }],
    };
    for (name, session, expected) in [
        ("unbound, elsewhere", with(ELSEWHERE, None), "prove passkey"),
        ("unbound, here", with(HERE, None), "prove passkey"),
        ("bound, elsewhere", with(ELSEWHERE, Some(digest)), "prove passkey"),
        ("bound to another", with(HERE, Some(other)), "prove passkey"),
        ("bound, here", with(HERE, Some(digest)), "phr [pop user mfa] at -0"),
    ] {
        assert_eq!(said(&decide(&session, &requirement, &has, &ground())), expected, "{name}");
    }
    let Decision::Satisfied(met) = decide(&with(HERE, Some(digest)), &requirement, &has, &ground()) else {
        panic!("not satisfied")
    };
    assert_eq!(met.bound_to(), Some(digest));
    // An unbound requirement takes it as the ordinary fact that it is.
    assert_eq!(
        said(&decide(&with(ELSEWHERE, Some(digest)), &asks("phr", Freshness::AnyAge), &has, &ground())),
        "phr [pop user mfa] at -0"
    );
    // Nobody signs a payment with a password.
    assert_eq!(
        said(&decide(
            &session(&[]),
            &asks("", Freshness::AnyAge).bound_to(digest),
            &live(&["password"]),
            &ground()
        )),
        "enrol passkey"
    );
}

#[test]
fn ceilings_hold_then_and_now() {
    let up_to = |name: &str| Ceiling::UpTo(BTreeSet::from([acr(name)]));
    let decided = |then: Ceiling, now: Ceiling| {
        let past = Session {
            authentications: vec![Authentication {
                at: UnixTime(NOW - 9),
                interaction: InteractionId::new(ELSEWHERE),
                bound_to: None,
                proofs: vec![proof("passkey", then)],
            }],
            ..session(&[])
        };
        let mut has = live(&["passkey"]);
        has[0].ceiling = now;
        said(&decide(&past, &asks("", Freshness::AnyAge), &has, &ground()))
    };
    assert_eq!(decided(Ceiling::Unlimited, Ceiling::Unlimited), "phr [pop user mfa] at -9");
    assert_eq!(decided(up_to("aal1"), Ceiling::Unlimited), "aal1 [pop user mfa] at -9");
    assert_eq!(decided(Ceiling::Unlimited, up_to("aal2")), "aal2 [pop user mfa] at -9");
    assert_eq!(decided(up_to("aal1"), up_to("phr")), "aal1 [pop user mfa] at -9");
    assert_eq!(decided(up_to("phrh"), up_to("phr")), "phr [pop user mfa] at -9");
    // A ceiling that names no level of this ladder allows nothing at all.
    assert_eq!(decided(up_to("gone"), Ceiling::Unlimited), "prove passkey");
    assert_eq!(decided(Ceiling::UpTo(BTreeSet::new()), Ceiling::Unlimited), "prove passkey");
    assert_eq!(decided(Ceiling::Unlimited, up_to("gone")), "enrol passkey or password");
}

#[test]
fn the_order_of_the_rows_never_chooses_between_proofs_of_one_credential() {
    // Both supports are as old as the touch; only one of them has a password that may reach phr.
    let up_to_aal2 = Ceiling::UpTo(BTreeSet::from([acr("aal2")]));
    let made = |age: i64, proofs: Vec<Proof>| Authentication {
        at: UnixTime(NOW - age),
        interaction: InteractionId::new(HERE),
        bound_to: None,
        proofs,
    };
    let older = made(134, vec![proof("password", up_to_aal2), proof("touch", Ceiling::Unlimited)]);
    let newer = made(0, vec![proof("password", Ceiling::Unlimited)]);
    for authentications in [vec![older.clone(), newer.clone()], vec![newer, older]] {
        let past = Session { authentications, ..session(&[]) };
        let has = live(&["password", "touch"]);
        let Decision::Satisfied(met) = decide(&past, &asks("aal2", Freshness::AnyAge), &has, &ground())
        else {
            panic!("not satisfied")
        };
        assert_eq!(met.acr_satisfied(), acrs("phr aal2 aal1"));
    }
}

#[test]
fn live_state_only_takes_away() {
    let past = session(&[(&["key"], 9, ELSEWHERE)]);
    let mut has = live(&["key"]);
    assert_eq!(
        said(&decide(&past, &asks("phrh", Freshness::AnyAge), &has, &ground())),
        "phrh [hwk user mfa] at -9"
    );
    // Its model's status turned bad: the session that stands on it falls.
    has[0].properties = possession(true, true, false);
    assert_eq!(said(&decide(&past, &asks("phrh", Freshness::AnyAge), &has, &ground())), "unreachable");
    assert_eq!(
        said(&decide(&past, &asks("phr", Freshness::AnyAge), &has, &ground())),
        "phr [hwk user mfa] at -9"
    );
    // A credential that is now said to be another factor is not the one that proved.
    has[0].factor = Factor::Totp;
    assert_eq!(said(&decide(&past, &asks("aal1", Freshness::AnyAge), &has, &ground())), "prove key");
}

#[test]
#[rustfmt::skip] // a table
fn a_session_forgets_only_what_can_never_matter_again() {
    let gone = |past: &[Past<'_>]| session(past).superseded(UnixTime(NOW));
    for (name, past, expected) in [
        ("one fact is kept", &[(&["password"] as &[&str], 5000_i64, "a")] as &[Past<'_>], &[] as &[usize]),
        ("made again long enough ago", &[(&["password"], 5000, "a"), (&["password"], 700, "b")], &[0]),
        ("made again a moment ago", &[(&["password"], 5000, "a"), (&["password"], 600, "b")], &[]),
        ("just past an interaction's life", &[(&["password"], 5000, "a"), (&["password"], 601, "b")], &[0]),
        ("another credential", &[(&["password"], 5000, "a"), (&["totp"], 700, "b")], &[]),
        ("only a part of it was made again", &[(&["password", "totp"], 5000, "a"), (&["password"], 700, "b")], &[]),
        ("its parts were made again, each by itself", &[(&["password", "totp"], 5000, "a"), (&["password"], 700, "b"), (&["totp"], 701, "c")], &[0]),
        ("an earlier one outdoes nothing", &[(&["password"], 700, "a"), (&["password"], 5000, "b")], &[1]),
        ("of two at one moment, the later row is kept", &[(&["password"], 700, "a"), (&["password"], 700, "b")], &[0]),
    ] {
        assert_eq!(gone(past), expected, "{name}");
    }
}

#[test]
fn people_see_what_they_hold() {
    let ladder = ground().ladder;
    let has = live(&["password", "passkey"]);
    assert_eq!(held(&ladder, &session(&[]), &has, UnixTime(NOW)), None);
    let seen = held(&ladder, &session(&[(&["password"], 60, ELSEWHERE)]), &has, UnixTime(NOW)).unwrap();
    assert_eq!(
        (seen.acr, seen.amr, seen.auth_time),
        (Some(acr("aal1")), vec!["pwd".to_owned()], UnixTime(NOW - 60))
    );
}

#[test]
fn nothing_is_told_of_who_has_what_before_sign_in() {
    let ways = |levels: &str| {
        let ways = ways_to_sign_in(&asks(levels, Freshness::AnyAge), &ground());
        let one = |candidate: &super::Candidate| {
            candidate.proofs.iter().map(|wanted| wanted.factor.name()).collect::<Vec<_>>().join("+")
        };
        ways.iter().map(one).collect::<Vec<_>>().join(" or ")
    };
    assert_eq!(ways(""), "passkey or password");
    assert_eq!(ways("aal2"), "passkey");
    assert_eq!(ways("phr"), "passkey");
    assert_eq!(ways("phrh"), "");
}

#[test]
fn nobody_begins_to_sign_in_with_a_code_of_an_app() {
    let mut ground = ground();
    ground.enrollable.push(credential("totp"));
    let ways = |levels: &str| {
        let ways = ways_to_sign_in(&asks(levels, Freshness::AnyAge), &ground);
        let names = |candidate: &super::Candidate| {
            candidate.proofs.iter().map(|wanted| wanted.factor.name()).collect::<Vec<_>>().join("+")
        };
        ways.iter().map(names).collect::<Vec<_>>()
    };
    assert_eq!(ways(""), ["passkey", "password"]);
    assert_eq!(ways("aal2"), ["passkey", "password+totp"]);
}

#[test]
fn a_ladder_is_checked_when_it_is_loaded() {
    use crate::assurance::LadderError as E;
    let level = |name: &str, alternatives: Vec<Vec<SlotSpec>>, lifetime: Option<u32>| LevelSpec {
        acr: acr(name),
        aliases: vec![],
        alternatives,
        lifetime: lifetime.map(Seconds),
    };
    let any = SlotSpec::default();
    let knows = SlotSpec { kind: Some(Kind::Knowledge), ..any };
    let verified = SlotSpec { user_verified: Some(true), ..any };
    let low = || level("low", vec![vec![any]], None);
    assert!(matches!(Ladder::new(&[]), Err(E::Empty)));
    assert!(matches!(Ladder::new(&[low(), low()]), Err(E::NameTaken { level: 1, .. })));
    for alternatives in [vec![], vec![vec![]], vec![vec![any; 5]]] {
        assert!(matches!(
            Ladder::new(&[level("x", alternatives, None)]),
            Err(E::Unreachable { level: 0, .. })
        ));
    }
    assert!(Ladder::new(&[level("x", vec![vec![any; 4]], None)]).is_ok());
    for kind in [Kind::Knowledge, Kind::Inherence] {
        for slot in [
            SlotSpec { kind: Some(kind), ..verified },
            SlotSpec { kind: Some(kind), phishing_resistant: Some(true), ..any },
            SlotSpec { kind: Some(kind), hardware_bound: Some(true), ..any },
        ] {
            assert!(matches!(
                Ladder::new(&[level("x", vec![vec![slot]], None)]),
                Err(E::Contradiction { .. })
            ));
        }
    }
    for slot in [
        SlotSpec { user_verified: Some(false), ..any },
        SlotSpec { phishing_resistant: Some(false), ..any },
        SlotSpec { hardware_bound: Some(false), ..any },
    ] {
        assert!(matches!(Ladder::new(&[level("x", vec![vec![slot]], None)]), Err(E::AsksForAbsence { .. })));
    }
    assert!(matches!(Ladder::new(&[level("x", vec![vec![any]], Some(59))]), Err(E::LifetimeTooShort { .. })));
    assert!(Ladder::new(&[level("x", vec![vec![any]], Some(60))]).is_ok());
    assert!(matches!(
        Ladder::new(&[low(), level("same", vec![vec![any]], None)]),
        Err(E::SameAs { level: 1, .. })
    ));
    assert!(matches!(
        Ladder::new(&[level("high", vec![vec![verified]], None), low()]),
        Err(E::OutOfOrder { level: 1, .. })
    ));
    let brief = level("low", vec![vec![any]], Some(60));
    for longer in [None, Some(61)] {
        let high = level("high", vec![vec![verified]], longer);
        assert!(matches!(Ladder::new(&[brief.clone(), high]), Err(E::Outlives { level: 1, .. })));
    }
    assert!(Ladder::new(&[brief, level("high", vec![vec![verified]], Some(60))]).is_ok());
    // Incomparable levels stand in any order.
    assert!(
        Ladder::new(&[level("v", vec![vec![verified]], None), level("k", vec![vec![knows, any]], None)])
            .is_ok()
    );
}

#[test]
fn levels_are_a_partial_order() {
    let ladder = ground().ladder;
    let names = ["aal1", "aal2", "phr", "phrh"];
    for (high, stronger) in names.iter().enumerate() {
        for (low, weaker) in names.iter().enumerate() {
            assert_eq!(ladder.is_at_least(&acr(stronger), &acr(weaker)), high >= low, "{stronger} {weaker}");
        }
        assert!(!ladder.is_at_least(&acr(stronger), &acr("gold")));
        assert!(!ladder.is_at_least(&acr("gold"), &acr(stronger)));
    }
    assert_eq!(ladder.names(), acrs("phrh phr aal2 aal1").iter().collect::<Vec<_>>());
    assert!(ladder.knows(&acr("phr")) && !ladder.knows(&acr("gold")));
}
