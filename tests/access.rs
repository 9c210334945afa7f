//! Who may open what: every route of `src/router.rs` for every role. A new
//! route without a line here fails the test.

mod matrix;
mod people;
mod routes;

use std::collections::BTreeSet;

use http::StatusCode;

use crate::support::Answer;
pub use matrix::MATRIX;
use people::{ROLES, Scene};
use routes::routes;

#[test]
fn every_route_has_a_line_in_the_matrix() {
    let there: BTreeSet<_> = routes();
    let known: BTreeSet<_> =
        MATRIX.iter().map(|(method, path, _)| (method.to_string(), path.to_string())).collect();
    let missing: Vec<_> = there.difference(&known).collect();
    let gone: Vec<_> = known.difference(&there).collect();
    assert!(missing.is_empty(), "routes without a line in the matrix: {missing:?}");
    assert!(gone.is_empty(), "lines without a route: {gone:?}");
    assert_eq!(known.len(), MATRIX.len(), "a route has two lines");
}

#[tokio::test]
async fn everybody_gets_in_where_they_belong_and_nowhere_else() {
    let scene = Scene::new().await;
    let mut wrong = Vec::new();
    for (method, path, expected) in MATRIX {
        for (role, expected) in ROLES.iter().zip(expected.chars().filter(|mark| *mark != ' ')) {
            let answer = scene.ask(role, method, path).await;
            answer.assert_guarded(&format!("{method} {path} as {role}"));
            if !is_as_expected(&answer, expected) {
                wrong.push(format!(
                    "{method} {path} as {role}: {expected} expected, {}",
                    answer.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether the answer is what the mark in the matrix stands for.
fn is_as_expected(answer: &Answer, mark: char) -> bool {
    let asks_to_log_in = answer.status == StatusCode::UNAUTHORIZED
        || answer.status == StatusCode::SEE_OTHER
            && answer.header("location").starts_with("/login");
    let status = answer.status;
    match mark {
        'L' => asks_to_log_in,
        '+' => status == StatusCode::OK,
        'S' => status == StatusCode::SEE_OTHER && !asks_to_log_in,
        'V' => status == StatusCode::UNPROCESSABLE_ENTITY,
        'B' => status == StatusCode::BAD_REQUEST,
        'C' => status == StatusCode::CONFLICT,
        'T' => status == StatusCode::TOO_MANY_REQUESTS,
        'F' => status == StatusCode::FORBIDDEN,
        'N' => status == StatusCode::NOT_FOUND,
        mark => panic!("{mark} stands for nothing"),
    }
}

#[tokio::test]
async fn a_kost_of_others_answers_as_one_that_never_was() {
    let scene = Scene::new().await;
    for (method, path, _) in MATRIX.iter().filter(|(_, path, _)| path.contains("{kost}")) {
        for role in ["foreigner", "former"] {
            let foreign = scene.ask(role, method, path).await;
            let unknown = scene.ask_of(role, method, path, "tidak-ada", "1").await;
            assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{method} {path} as {role}");
            same(&foreign, &unknown, &format!("{method} {path} as {role}"));
        }
    }
}

#[tokio::test]
async fn a_report_of_others_answers_as_one_that_never_was() {
    let scene = Scene::new().await;
    for (method, path, _) in MATRIX.iter().filter(|(_, path, _)| path.contains("{number}")) {
        let foreign = scene.ask("neighbour", method, path).await;
        let unknown = scene.ask_of("neighbour", method, path, &scene.kost.slug, "9999").await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{method} {path}");
        same(&foreign, &unknown, &format!("{method} {path}"));
    }
}

/// Nothing tells two refusals apart: neither text nor headers.
#[track_caller]
fn same(one: &Answer, other: &Answer, what: &str) {
    assert_eq!(one.status, other.status, "{what}");
    assert_eq!(one.text, other.text, "{what}");
    assert_eq!(one.headers, other.headers, "{what}");
}
