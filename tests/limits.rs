//! Whose request it is, as far as limits on addresses go.

use http::StatusCode;
use jiff::SignedDuration;
use kostticket::accounts::jobs::CleanUp;
use queue::Job;

use crate::support::{Answer, TestApp};

/// An installation behind a proxy on the same machine, and one at 10.0.0.2.
async fn behind_proxies() -> TestApp {
    TestApp::configured(|config| {
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
    })
    .await
}

/// Tries a wrong password, over a connection from `peer` with this `X-Forwarded-For`.
async fn guess(app: &TestApp, peer: &str, forwarded: &str) -> Answer {
    let call = app.request("POST", "/login").from(peer).header("x-forwarded-for", forwarded);
    call.form(&[("login", "rani"), ("password", "salah")]).send().await
}

/// Whether these two come from one address: what one has used up, the other lacks.
async fn are_one(first: (&str, &str), second: (&str, &str)) -> bool {
    let app = behind_proxies().await;
    for _ in 0..8 {
        let answer = guess(&app, first.0, first.1).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    guess(&app, second.0, second.1).await.status == StatusCode::TOO_MANY_REQUESTS
}

#[tokio::test]
async fn a_trusted_proxy_says_for_whom_it_speaks() {
    assert!(!are_one(("127.0.0.1", "192.0.2.1"), ("127.0.0.1", "192.0.2.2")).await);
    // A listener on [::] sees IPv4 in the clothes of IPv6.
    assert!(!are_one(("::ffff:127.0.0.1", "192.0.2.1"), ("::ffff:127.0.0.1", "192.0.2.2")).await);
    assert!(are_one(("127.0.0.1", "::ffff:192.0.2.1"), ("127.0.0.1", "192.0.2.1")).await);
    // Some proxies add the port.
    assert!(!are_one(("127.0.0.1", "192.0.2.1:4711"), ("127.0.0.1", "192.0.2.2:4711")).await);
    assert!(are_one(("127.0.0.1", "192.0.2.1:4711"), ("127.0.0.1", "192.0.2.1:4712")).await);
    assert!(are_one(("127.0.0.1", "[2001:db8::1]:4711"), ("127.0.0.1", "2001:db8::1")).await);
    assert!(are_one(("127.0.0.1", "192.0.2.1, 10.0.0.2"), ("10.0.0.2", "192.0.2.1")).await);
}

#[tokio::test]
async fn what_others_say_is_not_believed() {
    assert!(are_one(("192.0.2.1", "192.0.2.7"), ("192.0.2.1", "192.0.2.8")).await);
    // The left part is the client's own, whatever stands right of it.
    assert!(
        are_one(("127.0.0.1", "1.1.1.1, 192.0.2.1"), ("127.0.0.1", "2.2.2.2, 192.0.2.1")).await
    );
    assert!(are_one(("127.0.0.1", "1.1.1.1, unknown"), ("127.0.0.1", "2.2.2.2, unknown")).await);
}

#[tokio::test]
async fn neighbours_in_ipv6_count_as_one() {
    assert!(are_one(("2001:db8:1:2::1", ""), ("2001:db8:1:2:ffff::7", "")).await);
    assert!(!are_one(("2001:db8:1:2::1", ""), ("2001:db8:1:3::1", "")).await);
}

#[tokio::test]
async fn nodes_that_share_a_database_count_together() {
    let app = TestApp::new().await;
    let Some(other) = app.other_node().await else { return };
    for round in 0..8 {
        let node = if round % 2 == 0 { &app } else { &other };
        let answer = guess(node, "192.0.2.1", "").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for node in [&app, &other] {
        let refused = guess(node, "192.0.2.1", "").await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.header("retry-after"), "60");
    }
    let keys: Vec<(String,)> =
        db::query("SELECT key FROM rate_use").all(&app.app.db).await.unwrap();
    let tells = |(key,): &(String,)| key.contains("rani") || key.contains("192.0.2");
    assert!(!keys.is_empty() && !keys.iter().any(tells), "nobody reads who tried: {keys:?}");
    app.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(guess(&other, "192.0.2.1", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(guess(&app, "192.0.2.1", "").await.status, StatusCode::TOO_MANY_REQUESTS);
    // An hour later nothing is left of it.
    app.clock.advance(SignedDuration::from_hours(1));
    let mut tx = app.app.db.begin().await.unwrap();
    CleanUp {}.enqueue(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    app.run_tasks().await;
    let (left,): (i64,) =
        db::query("SELECT COUNT(*) FROM rate_use").one(&app.app.db).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn whoever_was_refused_asks_the_database_no_more_until_it_is_time() {
    let app = TestApp::new().await;
    if app.app.db.dialect() == db::Dialect::Sqlite {
        return;
    }
    for _ in 0..8 {
        guess(&app, "192.0.2.1", "").await;
    }
    assert_eq!(guess(&app, "192.0.2.1", "").await.status, StatusCode::TOO_MANY_REQUESTS);
    let mut tx = app.app.db.begin().await.unwrap();
    db::query("DELETE FROM rate_use").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    app.clock.advance(SignedDuration::from_secs(59));
    let refused = guess(&app, "192.0.2.1", "").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
    app.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(guess(&app, "192.0.2.1", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
