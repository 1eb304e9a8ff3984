//! Long runs on every major of PostgreSQL: `cargo test --test soak`. Not part of the continuous
//! integration, which asks the oldest and the newest one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout
)]

#[path = "../it/support"]
mod support {
    #![allow(dead_code, reason = "shared with the other tests, which use more of it")]
    pub mod command;
    pub mod histories;
    pub mod servers;
}

use support::histories::{differences, histories};

#[test]
fn every_major_does_what_is_predicted_of_our_histories() {
    let mut wrong = Vec::new();
    let mut statements = 0;
    for major in 12..=18 {
        for history in histories() {
            let found = differences(&history, major);
            statements += found.statements;
            wrong.extend(found.lines.into_iter().map(|line| format!("{major}: {line}")));
        }
    }
    println!("{statements} statements compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(statements > 1_400, "{statements} statements compared");
}
