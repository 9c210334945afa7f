//! Who hears what, and when it ends.

use std::time::Duration;

use live::{Closed, Cut, Hub, Subscription};
use tokio::time::timeout;

const ENDED: Cut = Cut { code: 4401, reason: "session ended" };
const CHANGED: Cut = Cut { code: 4403, reason: "access changed" };

async fn next(subscription: &mut Subscription) -> Result<String, Closed> {
    let soon = timeout(Duration::from_secs(5), subscription.recv()).await;
    soon.expect("nothing came").map(|text| text.to_string())
}

async fn hears_nothing(subscription: &mut Subscription) -> bool {
    timeout(Duration::from_millis(20), subscription.recv()).await.is_err()
}

#[tokio::test]
async fn who_holds_a_topic_hears_it_and_nobody_else() {
    let hub = Hub::new();
    let mut sari = hub.subscribe(["account:1", "session:7"]);
    let mut budi = hub.subscribe(["account:2", "kost:3"]);

    assert_eq!(hub.publish("account:1", "one"), 1);
    assert_eq!(hub.publish("kost:3", "two"), 1);
    assert_eq!(hub.publish("account:9", "nobody"), 0);

    assert_eq!(next(&mut sari).await.unwrap(), "one");
    assert_eq!(next(&mut budi).await.unwrap(), "two");
    assert!(hears_nothing(&mut sari).await);
    assert!(hears_nothing(&mut budi).await);
}

#[tokio::test]
async fn messages_arrive_in_order() {
    let hub = Hub::new();
    let mut reader = hub.subscribe(["a", "b"]);
    for number in 0..50 {
        hub.publish(if number % 2 == 0 { "a" } else { "b" }, number.to_string());
    }
    for number in 0..50 {
        assert_eq!(next(&mut reader).await.unwrap(), number.to_string());
    }
}

#[tokio::test]
async fn a_topic_named_twice_is_heard_once() {
    let hub = Hub::new();
    let mut reader = hub.subscribe(["a", "a"]);
    assert_eq!(hub.publish("a", "once"), 1);
    assert_eq!(next(&mut reader).await.unwrap(), "once");
    assert!(hears_nothing(&mut reader).await);
}

#[tokio::test]
async fn topics_can_change() {
    let hub = Hub::new();
    let mut reader = hub.subscribe(["a", "b"]);
    hub.publish("a", "before");
    reader.set_topics(["b", "c"]);
    hub.publish("a", "left");
    hub.publish("b", "kept");
    hub.publish("c", "new");

    for wanted in ["before", "kept", "new"] {
        assert_eq!(next(&mut reader).await.unwrap(), wanted);
    }
    assert!(hears_nothing(&mut reader).await);
    assert_eq!(reader.topics().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(hub.topics(), 2);
}

#[tokio::test]
async fn a_cut_ends_whoever_holds_the_topic_at_once() {
    let hub = Hub::new();
    let mut phone = hub.subscribe(["account:1", "session:1"]);
    let mut laptop = hub.subscribe(["account:1", "session:2"]);
    hub.publish("account:1", "secret");

    assert_eq!(hub.cut("session:1", ENDED), 1);
    assert_eq!(hub.cut("session:1", CHANGED), 1);
    hub.publish("account:1", "another");

    assert_eq!(next(&mut phone).await, Err(Closed::Cut(ENDED)), "waiting messages are dropped");
    assert_eq!(next(&mut phone).await, Err(Closed::Cut(ENDED)), "and it stays closed");
    assert_eq!(next(&mut laptop).await.unwrap(), "secret");
    assert_eq!(next(&mut laptop).await.unwrap(), "another");
}

#[tokio::test]
async fn a_cut_wakes_a_reader_that_waits() {
    let hub = Hub::new();
    let mut reader = hub.subscribe(["a"]);
    let waiting = tokio::spawn(async move { reader.recv().await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    hub.cut("a", ENDED);
    let ended = timeout(Duration::from_secs(1), waiting).await.unwrap().unwrap();
    assert_eq!(ended, Err(Closed::Cut(ENDED)));
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_dropped_and_holds_nobody_up() {
    let hub = Hub::new();
    let mut slow = hub.subscribe(["a"]);
    let mut quick = hub.subscribe(["a"]);
    for number in 0..1000 {
        hub.publish("a", number.to_string());
        assert_eq!(next(&mut quick).await.unwrap(), number.to_string());
    }
    assert_eq!(next(&mut slow).await, Err(Closed::TooSlow));
}

#[tokio::test]
async fn a_message_can_be_for_one_reader_alone() {
    let hub = Hub::new();
    let mut reader = hub.subscribe(["a"]);
    let mut other = hub.subscribe(["a"]);
    reader.tell("hello");
    hub.publish("a", "news");
    assert_eq!(next(&mut reader).await.unwrap(), "hello");
    assert_eq!(next(&mut reader).await.unwrap(), "news");
    assert_eq!(next(&mut other).await.unwrap(), "news");
}

#[tokio::test]
async fn who_leaves_leaves_nothing_behind() {
    let hub = Hub::new();
    let readers: Vec<_> =
        (0..100).map(|n| hub.subscribe([format!("account:{n}"), "all".to_owned()])).collect();
    assert_eq!((hub.subscriptions(), hub.topics()), (100, 101));
    assert_eq!(hub.publish("all", "x"), 100);
    drop(readers);
    assert_eq!((hub.subscriptions(), hub.topics()), (0, 0));
    assert_eq!(hub.publish("all", "x"), 0);
}

#[tokio::test]
async fn who_comes_late_learns_whether_something_happened_meanwhile() {
    let hub = Hub::new();
    hub.publish("ticket:1", "before");
    let position = hub.position();
    let reader = hub.subscribe(["ticket:1", "ticket:2"]);
    assert!(!reader.is_behind(&position));
    hub.publish("ticket:3", "of no concern");
    assert!(!reader.is_behind(&position));
    hub.publish("ticket:2", "after");
    assert!(reader.is_behind(&position));
    assert!(!reader.is_behind(&hub.position()));
    // Another process, or nothing at all.
    assert!(reader.is_behind(&Hub::new().position()));
    assert!(reader.is_behind(""));
}

#[tokio::test]
async fn what_is_remembered_of_topics_has_a_bound() {
    let hub = Hub::new();
    let reader = hub.subscribe(["ticket:0"]);
    hub.publish("ticket:0", "before");
    let position = hub.position();
    for number in 1..80_000 {
        hub.publish(&format!("ticket:{number}"), "elsewhere");
    }
    // Forgotten since: better looked anew for nothing than not at all.
    assert!(reader.is_behind(&position));
    assert!(!reader.is_behind(&hub.position()));
}

#[tokio::test]
async fn a_stop_ends_everybody_and_whoever_comes_later() {
    let away = Cut { code: 1012, reason: "restarting" };
    let hub = Hub::new();
    let mut reader = hub.subscribe(["a"]);
    hub.stop(away);
    let mut late = hub.subscribe(["b"]);
    assert_eq!(next(&mut reader).await, Err(Closed::Cut(away)));
    assert_eq!(next(&mut late).await, Err(Closed::Cut(away)));
}

#[tokio::test]
async fn waiting_for_the_end_takes_no_messages() {
    let hub = Hub::new();
    let mut reader = hub.subscribe(["a"]);
    hub.publish("a", "one");
    assert!(timeout(Duration::from_millis(20), reader.closed()).await.is_err());
    assert_eq!(next(&mut reader).await.unwrap(), "one");
    hub.cut("a", ENDED);
    assert_eq!(reader.closed().await, Closed::Cut(ENDED));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_doubled_while_people_come_and_go() {
    const MESSAGES: usize = 2000;
    let hub = Hub::new();
    let mut steady = hub.subscribe(["busy"]);
    let visitors: Vec<_> = (0..4)
        .map(|_| {
            let hub = hub.clone();
            tokio::spawn(async move {
                for _ in 0..500 {
                    let mut visitor = hub.subscribe(["busy", "other"]);
                    visitor.set_topics(["other"]);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let publisher = {
        let hub = hub.clone();
        tokio::spawn(async move {
            for number in 0..MESSAGES {
                hub.publish("busy", number.to_string());
                // Often enough for a reader that does nothing else.
                if number % 16 == 0 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
        })
    };
    for number in 0..MESSAGES {
        assert_eq!(next(&mut steady).await.unwrap(), number.to_string());
    }
    publisher.await.unwrap();
    for visitor in visitors {
        visitor.await.unwrap();
    }
    drop(steady);
    assert_eq!((hub.subscriptions(), hub.topics()), (0, 0));
}
