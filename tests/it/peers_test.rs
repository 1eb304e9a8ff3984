//! Every false alarm and miss of other tools that is known to us is a case of ours: `peers.md`
//! says for each what the other tool says, and announces what we say.

use crate::support::page::{Mark, Page};
use crate::support::page_run::run;
use lockgate::rules;

const CASES: &str = include_str!("peers.md");

#[test]
fn cases_give_what_they_announce() {
    let mut wrong = Vec::new();
    for block in Page::read(CASES).blocks {
        // A rule that is off, or silent beside others, is named on the fence line.
        let subject = block.setting("rule").unwrap_or("unknown-rule");
        let subject = rules::find(subject).unwrap_or_else(|| panic!("no rule {subject}"));
        let found = run(subject, &block).marks;
        if found != block.marks {
            let place = format!("tests/it/peers.md:{}", block.page_line);
            wrong.push(format!(
                "{place}:\n  announced {}\n  found {}",
                list(&block.marks),
                list(&found)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_case_says_what_the_other_tool_says() {
    let page = Page::read(CASES);
    assert_eq!(page.sections, ["squawk", "eugene", "Others"]);
    let lines: Vec<&str> = CASES.lines().collect();
    for block in &page.blocks {
        // The fence, a blank line, and the paragraph above it.
        let told = lines[block.page_line - 4];
        assert!(told.contains(": "), "tests/it/peers.md:{}: {told}", block.page_line);
    }
}

fn list(marks: &[Mark]) -> String {
    let lines = marks.iter().map(|mark| {
        let rule = mark.rule.as_ref().map(|rule| format!("[{rule}] ")).unwrap_or_default();
        format!("\n    line {}: {rule}{}", mark.line, mark.message)
    });
    lines.collect()
}
