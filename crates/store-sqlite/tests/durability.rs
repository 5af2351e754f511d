//! The file: who may read it, what a restart, a power cut, another process or another version meets in it.

mod common;

use std::path::Path;
use std::time::Duration;

use riser_core::audit::{Entry, Event};
use riser_core::{InteractionId, UnixTime, UserId};
use riser_store::conformance::nodes;
use riser_store::{NewUser, Store, StoreError};
use riser_store_sqlite::SqliteStore;

use common::{Directory, fresh};

const NOW: UnixTime = UnixTime(1_800_000_000);

fn entry() -> Entry {
    let event = Event::InteractionFailed {
        interaction: InteractionId::new("one"),
        reason: "noted".to_owned(),
        user: None,
        cause: None,
        prompt: None,
    };
    Entry { at: NOW, event }
}

async fn create(store: &SqliteStore, name: &str) -> Result<(), StoreError> {
    let user = NewUser { id: UserId::new(name), name: name.to_owned(), email: None, credentials: Vec::new() };
    store.create_user(user, NOW, entry()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing() {
    let directory = Directory::new();
    let path = directory.database();
    nodes::a_restart_loses_nothing(|| SqliteStore::open(&path).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_survives_a_power_cut() {
    let (store, directory) = fresh();
    let path = directory.database();
    let copies = Directory::new();
    let cut = || {
        // The log's index is not copied: it lives in memory, and a power cut takes it.
        for file in ["riser.db", "riser.db-wal", "riser.db-shm"] {
            let _ = std::fs::remove_file(copies.database().with_file_name(file));
        }
        for file in ["riser.db", "riser.db-wal"] {
            std::fs::copy(path.with_file_name(file), copies.database().with_file_name(file)).unwrap();
        }
        SqliteStore::open(&copies.database()).unwrap()
    };
    nodes::what_is_acknowledged_survives_a_power_cut(store, cut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn atk_op_03_two_processes_redeem_one_code_once() {
    let (store, directory) = fresh();
    let beside = SqliteStore::open(&directory.database()).unwrap();
    nodes::atk_op_03_two_nodes_redeem_one_code_once(store, beside).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_ends_the_other_does_not_honour() {
    let (store, directory) = fresh();
    let beside = SqliteStore::open(&directory.database()).unwrap();
    nodes::what_one_node_ends_the_other_does_not_honour(store, beside).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_never_take_one_letter_at_once() {
    let (store, directory) = fresh();
    let beside = SqliteStore::open(&directory.database()).unwrap();
    nodes::two_nodes_never_take_one_letter_at_once(store, beside).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn atk_su_42_prompts_of_two_processes_are_one_count() {
    let (store, directory) = fresh();
    let beside = SqliteStore::open(&directory.database()).unwrap();
    nodes::prompts_of_two_nodes_are_one_count(store, beside).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_changes_the_other_sees_at_once() {
    let (store, directory) = fresh();
    let beside = SqliteStore::open(&directory.database()).unwrap();
    nodes::what_one_node_changes_the_other_sees_at_once(store, beside).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_changes_is_seen_with_the_next_write() {
    let (store, directory) = fresh();
    let beside = rusqlite::Connection::open(directory.database()).unwrap();
    let shut = |user: &UserId| {
        let shut = "UPDATE users SET disabled_at = 1 WHERE id = ?1";
        assert_eq!(beside.execute(shut, [user.as_str()]), Ok(1));
    };
    nodes::what_another_program_changes_is_seen_with_the_next_write(store, shut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_goes_on_after_a_restart() {
    let directory = Directory::new();
    let path = directory.database();
    nodes::a_visit_goes_on_after_a_restart(|| SqliteStore::open(&path).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_together_make_one_database() {
    let directory = Directory::new();
    let path = directory.database();
    let starting: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || SqliteStore::open(&path))
        })
        .collect();
    let stores: Vec<SqliteStore> = starting.into_iter().map(|one| one.join().unwrap().unwrap()).collect();
    for (number, store) in stores.iter().enumerate() {
        create(store, &format!("user {number}")).await.unwrap();
    }
    for store in &stores {
        assert_eq!(store.users().await.unwrap().len(), 8);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_that_writes_is_waited_for() {
    let (store, directory) = fresh();
    let beside = rusqlite::Connection::open(directory.database()).unwrap();
    beside.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waits = tokio::spawn({
        let store = store.clone();
        async move { create(&store, "anna").await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waits.is_finished());
    assert_eq!(store.users().await.unwrap(), [], "and readers do not wait");
    beside.execute_batch("COMMIT").unwrap();
    waits.await.unwrap().unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_its_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (store, directory) = fresh();
    create(&store, "anna").await.unwrap();
    for file in ["riser.db", "riser.db-wal", "riser.db-shm"] {
        let file = directory.database().with_file_name(file);
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
}

#[test]
fn a_newer_versions_database_is_refused_and_left_alone() {
    let (store, directory) = fresh();
    drop(store);
    let path = directory.database();
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.execute("INSERT INTO schema (version, checksum) VALUES (99, x'00')", []).unwrap();
    drop(newer);
    let before = std::fs::read(&path).unwrap();
    let refused = SqliteStore::open(&path).map(drop);
    assert!(matches!(refused, Err(StoreError::NewerSchema { found: 99, .. })), "{refused:?}");
    assert!(std::fs::read(&path).unwrap() == before);
}

#[test]
fn a_file_that_is_no_database_or_has_no_place_is_refused() {
    let directory = Directory::new();
    std::fs::write(directory.database(), "not a database, but long enough to look like one").unwrap();
    let no_place = Path::new("/nowhere/at/all/riser.db");
    for path in [directory.database().as_path(), no_place] {
        let refused = SqliteStore::open(path).map(drop);
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_this_version_did_not_write_is_an_error_and_not_a_guess() {
    let (store, directory) = fresh();
    create(&store, "anna").await.unwrap();
    let beside = rusqlite::Connection::open(directory.database()).unwrap();
    beside
        .execute_batch(
            "INSERT INTO credentials (id, user, kind, label, ceiling, created_at, password)
             VALUES ('c', 'anna', 'password', 'l', '\"a later kind of ceiling with secret=hunter2\"', 0, 'hash');
             INSERT INTO audit (at, event) VALUES (0, '{\"event\":\"of_a_later_version\"}');",
        )
        .unwrap();
    let credentials = store.credentials(&UserId::new("anna")).await;
    let Err(StoreError::Inconsistent { table: "credentials", detail }) = credentials else {
        panic!("{credentials:?}")
    };
    assert!(!detail.contains("hunter2"), "an error names no value: {detail}");
    let audit = store.audit(0, 10).await;
    assert!(matches!(audit, Err(StoreError::Inconsistent { table: "audit", .. })), "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_was_sent_or_given_up_leaves_no_text_behind() {
    use riser_core::account::Notice;
    use riser_store::{Letter, LetterLink, Told};
    let (store, directory) = fresh();
    let anna = UserId::new("anna");
    let email = Some("anna@example.com".to_owned());
    let user = NewUser { id: anna.clone(), name: "anna".to_owned(), email, credentials: Vec::new() };
    store.create_user(user, NOW, entry()).await.unwrap();
    let letter = || Letter {
        user: anna.clone(),
        notice: Notice::RiseCancelled { label: "Blue key".to_owned() },
        link: Some(LetterLink("secret token".to_owned())),
    };
    let told = Told::nothing().with(letter()).with(letter());
    store.raise_generation(&anna, None, NOW, told).await.unwrap();
    let beside = rusqlite::Connection::open(directory.database()).unwrap();
    let kept = || -> (i64, i64) {
        let kept = "SELECT count(*), count(address) + count(notice) + count(link) FROM outbox";
        beside.query_row(kept, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    assert_eq!(kept(), (2, 6));
    let due = store.due_letters(NOW, 9).await.unwrap();
    store.letter_sent(due[0].id, NOW).await.unwrap();
    store.letter_failed(due[1].id, None, "no such mailbox", NOW).await.unwrap();
    assert_eq!(kept(), (2, 0));
    let reason: String = beside
        .query_row("SELECT failure FROM outbox WHERE failure IS NOT NULL", [], |row| row.get(0))
        .unwrap();
    assert_eq!(reason, "no such mailbox");
    const DAY: i64 = 86_400;
    assert_eq!(store.sweep(UnixTime(NOW.0 + 30 * DAY - 1), 9).await.unwrap(), 0);
    assert_eq!(store.sweep(UnixTime(NOW.0 + 30 * DAY), 9).await.unwrap(), 2);
    assert_eq!(kept(), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_is_forgotten_long_after_it_could_have_been_used() {
    const DAY: i64 = 86_400;
    let (store, directory) = fresh();
    create(&store, "anna").await.unwrap();
    let beside = rusqlite::Connection::open(directory.database()).unwrap();
    let recovery = "INSERT INTO recoveries (id, user, lost, link, requested_at, opens_at, expires_at)
                    VALUES ('r', 'anna', 'c', x'01', ?1, ?1, ?1)";
    beside.execute(recovery, [NOW.0]).unwrap();
    assert_eq!(store.sweep(UnixTime(NOW.0 + 90 * DAY - 1), 9).await.unwrap(), 0);
    assert_eq!(store.sweep(UnixTime(NOW.0 + 90 * DAY), 9).await.unwrap(), 1);
}
