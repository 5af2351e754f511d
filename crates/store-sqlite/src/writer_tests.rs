use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::Durability::{Flushed, Unflushed};
use super::*;

/// A store that does nothing else.
struct Nothing;

impl Edges for Nothing {
    fn begin(&self, _: &Connection) -> Result<(), Fault> {
        Ok(())
    }
    fn end(&self, _: &Connection) -> Result<(), Fault> {
        Ok(())
    }
}

fn numbers() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch("CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT").unwrap();
    db
}

fn insert(n: usize) -> impl Fn(&Connection) -> Result<(), Fault> + Send + 'static {
    move |db| {
        db.execute("INSERT INTO numbers (n) VALUES (?1)", [i64::try_from(n).unwrap()])?;
        Ok(())
    }
}

fn all(db: &Connection) -> Result<Vec<usize>, Fault> {
    db.all("SELECT n FROM numbers ORDER BY n", [], |row| Ok(usize::try_from(row.get::<_, i64>(0)?).unwrap()))
}

/// Keeps the writer busy until `ready` jobs wait behind it.
async fn busy_until(writer: &Arc<Writer>, ready: usize) -> tokio::task::JoinHandle<Result<(), StoreError>> {
    let begun = Arc::new(AtomicBool::new(false));
    let (busy, begins) = (writer.clone(), begun.clone());
    let queue = writer.queue.clone().unwrap();
    let running = tokio::spawn(async move {
        let wait = move |_: &Connection| {
            begins.store(true, Ordering::SeqCst);
            while queue.max_capacity() - queue.capacity() < ready {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(())
        };
        busy.run(Flushed, wait).await
    });
    while !begun.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    running
}

/// Sixty-four at once, of which `work` says what each does; what each was answered.
async fn sixty_four<F>(writer: &Arc<Writer>, work: impl Fn(usize) -> F) -> Vec<Result<(), StoreError>>
where
    F: Fn(&Connection) -> Result<(), Fault> + Send + 'static,
{
    let busy = busy_until(writer, 64).await;
    let waiting: Vec<_> = (0..64)
        .map(|n| {
            let (writer, work) = (writer.clone(), work(n));
            tokio::spawn(async move { writer.run(Flushed, work).await })
        })
        .collect();
    let mut answers = Vec::new();
    for one in waiting {
        answers.push(one.await.unwrap());
    }
    let _ = busy.await.unwrap();
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_together_share_one_commit() {
    let mut db = numbers();
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = commits.clone();
    db.commit_hook(Some(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        false
    }))
    .unwrap();
    let writer = Arc::new(Writer::start(db, Nothing).unwrap());
    let answers = sixty_four(&writer, insert).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(commits.load(Ordering::SeqCst), 2, "the busy one's and theirs");
    assert_eq!(writer.run(Unflushed, all).await.unwrap(), (0..64).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_fails_or_panics_is_rolled_back_alone() {
    let writer = Arc::new(Writer::start(numbers(), Nothing).unwrap());
    let work = |n: usize| {
        move |db: &Connection| {
            insert(n)(db)?;
            match n % 3 {
                0 => Ok(()),
                1 => Err(StoreError::Conflict.into()),
                _ => panic!("a member of the test panics"),
            }
        }
    };
    let answers = sixty_four(&writer, work).await;
    for (n, answer) in answers.iter().enumerate() {
        match n % 3 {
            0 => assert_eq!(*answer, Ok(())),
            1 => assert_eq!(*answer, Err(StoreError::Conflict)),
            _ => assert!(matches!(answer, Err(StoreError::Unavailable(_)))),
        }
    }
    assert_eq!(writer.run(Unflushed, all).await.unwrap(), (0..64).step_by(3).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_before_changing_anything_costs_its_neighbours_nothing_and_who_changed_a_row_is_undone() {
    let writer = Arc::new(Writer::start(numbers(), Nothing).unwrap());
    let runs = Arc::new(AtomicUsize::new(0));
    let work = |changes: bool| {
        let runs = runs.clone();
        move |n: usize| {
            let runs = runs.clone();
            move |db: &Connection| {
                runs.fetch_add(1, Ordering::SeqCst);
                if n.is_multiple_of(2) {
                    return insert(n)(db);
                }
                if changes {
                    // The guarded statements are of this form: they say what they changed.
                    let gone = "DELETE FROM numbers WHERE n = ?1 - 1 RETURNING n";
                    db.one(gone, [i64::try_from(n).unwrap()], |_| Ok(()))?.unwrap();
                }
                Err(StoreError::Conflict.into())
            }
        }
    };
    let conflicts = |answers: Vec<Result<(), StoreError>>| answers.iter().filter(|one| one.is_err()).count();
    assert_eq!(conflicts(sixty_four(&writer, work(false)).await), 32);
    assert_eq!(runs.load(Ordering::SeqCst), 64, "once each");
    writer.run(Flushed, |db: &Connection| Ok(db.execute("DELETE FROM numbers", [])?)).await.unwrap();
    assert_eq!(conflicts(sixty_four(&writer, work(true)).await), 32);
    assert_eq!(writer.run(Unflushed, all).await.unwrap(), (0..64).step_by(2).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_is_nobodys_success() {
    let mut db = numbers();
    let refuses = Arc::new(AtomicBool::new(true));
    let refusing = refuses.clone();
    db.commit_hook(Some(move || refusing.load(Ordering::SeqCst))).unwrap();
    let writer = Arc::new(Writer::start(db, Nothing).unwrap());
    let answers = sixty_four(&writer, insert).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::Unavailable(_)))));
    refuses.store(false, Ordering::SeqCst);
    assert_eq!(writer.run(Unflushed, all).await.unwrap(), [] as [usize; 0]);
    writer.run(Flushed, insert(1)).await.unwrap();
    assert_eq!(writer.run(Unflushed, all).await.unwrap(), [1], "and it recovers by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_ends_itself_takes_its_group_with_it() {
    let writer = Arc::new(Writer::start(numbers(), Nothing).unwrap());
    let work = |n: usize| {
        move |db: &Connection| {
            insert(n)(db)?;
            if n == 40 {
                // As a full disk does.
                db.execute_batch("ROLLBACK")?;
            }
            Ok(())
        }
    };
    let answers = sixty_four(&writer, work).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::Unavailable(_)))));
    assert_eq!(writer.run(Unflushed, all).await.unwrap(), [] as [usize; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_flushed_if_one_of_it_must_be() {
    let synchronous =
        |db: &Connection| Ok(db.query_row("PRAGMA synchronous", [], |row| row.get::<_, i64>(0))?);
    const NORMAL: i64 = 1;
    const FULL: i64 = 2;
    let writer = Arc::new(Writer::start(numbers(), Nothing).unwrap());
    assert_eq!(writer.run(Unflushed, synchronous).await, Ok(NORMAL));
    assert_eq!(writer.run(Flushed, synchronous).await, Ok(FULL));
    assert_eq!(writer.run(Unflushed, synchronous).await, Ok(NORMAL));
    let busy = busy_until(&writer, 2).await;
    let (one, other) = tokio::join!(writer.run(Unflushed, synchronous), writer.run(Flushed, synchronous));
    assert_eq!((one, other), (Ok(FULL), Ok(FULL)));
    busy.await.unwrap().unwrap();
}

#[tokio::test]
async fn nobody_waits_for_a_writer_that_is_gone() {
    let (queue, mut jobs) = mpsc::channel(QUEUE);
    let writer = Writer { queue: Some(queue), thread: None, done: Arc::default() };
    let dies = async {
        // With one job in hand and one that still waits.
        let in_hand = jobs.recv().await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        drop(in_hand);
        drop(jobs);
    };
    let (one, other, ()) = tokio::join!(writer.run(Flushed, insert(1)), writer.run(Flushed, insert(2)), dies);
    assert!(matches!(one, Err(StoreError::Unavailable(_))));
    assert!(matches!(other, Err(StoreError::Unavailable(_))));
    assert!(matches!(writer.run(Flushed, insert(3)).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_is_done_before_the_writer_goes() {
    let db = Connection::open("file:drained?mode=memory&cache=shared").unwrap();
    db.execute_batch("CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT").unwrap();
    let beside = Connection::open("file:drained?mode=memory&cache=shared").unwrap();
    let writer = Arc::new(Writer::start(db, Nothing).unwrap());
    for n in 0..64 {
        // Asked, and then not waited for: the request was dropped.
        let asking = writer.run(Flushed, insert(n));
        let _ = tokio::time::timeout(Duration::ZERO, asking).await;
    }
    drop(writer);
    assert_eq!(all(&beside).unwrap(), (0..64).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_recovers_by_itself() {
    let db = numbers();
    db.execute_batch("CREATE TABLE filler (bytes BLOB) STRICT; PRAGMA max_page_count = 64").unwrap();
    let writer = Arc::new(Writer::start(db, Nothing).unwrap());
    let fill = |n: usize| {
        move |db: &Connection| {
            insert(n)(db)?;
            db.execute("INSERT INTO filler (bytes) VALUES (zeroblob(16384))", [])?;
            Ok(())
        }
    };
    let answers = sixty_four(&writer, fill).await;
    let refused = |answer: &Result<(), StoreError>| matches!(answer, Err(StoreError::Unavailable(_)));
    assert!(answers.iter().any(refused));
    assert!(answers.iter().all(|answer| answer.is_ok() || refused(answer)));
    let acknowledged: Vec<usize> = (0..64).filter(|n| answers[*n].is_ok()).collect();
    assert_eq!(writer.run(Unflushed, all).await.unwrap(), acknowledged, "no more and no less");
    let empty = |db: &Connection| Ok(db.execute("DELETE FROM filler", [])?);
    writer.run(Flushed, empty).await.unwrap();
    writer.run(Flushed, fill(100)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_transaction_ended_is_settled_before_its_caller_hears_and_without_one() {
    let writer = Arc::new(Writer::start(numbers(), Nothing).unwrap());
    let settled = Arc::new(AtomicUsize::new(0));
    let settle = |adds: usize| {
        let settled = settled.clone();
        move |result: Result<(), StoreError>| {
            settled.fetch_add(if result.is_ok() { adds } else { 100 * adds }, Ordering::SeqCst);
            result
        }
    };
    writer.run_and_settle(Flushed, insert(1), settle(1)).await.unwrap();
    assert_eq!(settled.load(Ordering::SeqCst), 1);
    writer.run_and_settle(Flushed, insert(1), settle(1)).await.unwrap_err();
    assert_eq!(settled.load(Ordering::SeqCst), 101);
    // Asked, and then not waited for.
    let asking = writer.run_and_settle(Flushed, insert(2), settle(1));
    let _ = tokio::time::timeout(Duration::ZERO, asking).await;
    writer.run(Unflushed, all).await.unwrap();
    assert_eq!(settled.load(Ordering::SeqCst), 102);
}
