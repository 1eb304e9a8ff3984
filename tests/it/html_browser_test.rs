//! The HTML page as a real browser shows it: light and dark, wide and narrow, by keyboard.

use crate::html_test::{demo, mysql, sqlite};
use crate::support::browser::Browser;

/// Colours of the bars as `page.css` has them, and the paper behind.
const LIGHT: [[u8; 3]; 3] = [[0xc9, 0x25, 0x2d], [0xb2, 0x5c, 0x00], [0xff, 0xff, 0xff]];
const DARK: [[u8; 3]; 3] = [[0xf2, 0x66, 0x6c], [0xe8, 0xa1, 0x3d], [0x14, 0x17, 0x1b]];

#[test]
fn bars_are_seen_in_light_and_dark_wide_and_narrow() {
    let browser = Browser::find();
    let page = demo();
    for (width, dark) in [(1280, false), (1280, true), (390, false), (390, true)] {
        let image = browser.screenshot(&page, (width, 4000), dark);
        let [everyone, writers, paper] = if dark { DARK } else { LIGHT };
        let place = format!("{width} wide, dark: {dark}");
        assert_eq!(image.pixel(1, 1), paper, "{place}: paper");
        let bar = 28 * 30;
        assert!(image.count(everyone) > bar, "{place}: {} red", image.count(everyone));
        assert!(image.count(writers) > bar, "{place}: {} amber", image.count(writers));
    }
}

/// Blue, of a change that lets others work meanwhile.
const ONLINE: [[u8; 3]; 2] = [[0x2a, 0x63, 0xc8], [0x79, 0xa8, 0xff]];

#[test]
fn bars_of_mysql_show_who_waits_at_their_ends_and_in_between() {
    let browser = Browser::find();
    let page = mysql();
    for (width, dark) in [(1280, false), (1280, true), (390, false), (390, true)] {
        let image = browser.screenshot(&page, (width, 4000), dark);
        let [everyone, writers, _] = if dark { DARK } else { LIGHT };
        let place = format!("{width} wide, dark: {dark}");
        assert!(image.count(everyone) > 28 * 30, "{place}: a bar that everyone waits for");
        for colour in [writers, ONLINE[usize::from(dark)]] {
            let seen = image.count(colour);
            assert!(seen > 28 * 30, "{place}: {seen} of {colour:?}");
            let begins = image.beside(everyone, colour);
            assert!(begins > 20, "{place}: {begins} high is the start of {colour:?}");
        }
    }
}

#[test]
fn lanes_of_mysql_and_sqlite_fit_and_are_reached_by_keyboard() {
    let browser = Browser::find();
    for (page, bars) in [(mysql(), 4), (sqlite(), 1)] {
        for width in [360, 1280] {
            let seen = browser.measure(&page, width);
            assert_eq!(seen["overflow"], 0, "{width}: the page is wider than the window");
            for member in ["bars", "reachable", "outlined"] {
                assert_eq!(seen[member], bars, "{width}: {member}");
            }
            for member in ["flat", "outside"] {
                assert_eq!(seen[member], 0, "{width}: {member}");
            }
        }
    }
}

#[test]
fn nothing_overflows_and_every_bar_is_reached_by_keyboard() {
    let browser = Browser::find();
    let page = demo();
    let lanes = page.matches("<a class=\"bar ").count();
    for width in [360, 768, 1280] {
        let seen = browser.measure(&page, width);
        assert_eq!(seen["overflow"], 0, "{width}: the page is wider than the window");
        assert_eq!(seen["bars"], lanes);
        assert_eq!(seen["reachable"], lanes, "{width}: bars that take the focus");
        assert_eq!(seen["outlined"], lanes, "{width}: bars whose focus is visible");
        assert_eq!(seen["flat"], 0, "{width}: bars without an area");
        assert_eq!(seen["outside"], 0, "{width}: bars outside of their diagram");
    }
}

#[test]
fn arrow_keys_go_between_bars_and_findings() {
    let seen = Browser::find().measure(&demo(), 1280);
    let steps = ["right", "left", "to the statement", "to its finding", "up", "back to the bar"];
    for (step, reached) in steps.iter().zip(seen["keys"].as_array().unwrap()) {
        assert_eq!(reached, true, "{step}");
    }
}
