//! Whose request it is, as far as limits on addresses go.

use http::StatusCode;

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
