//! Layouts that are recognised but not read yet. To take their files for plain SQL would run the
//! way back after the way forward, so their folders are named as skipped.

use crate::layout::heads::Head;
use crate::layout::walk::Folder;

/// One way of recognising such layouts.
pub(in crate::layout) struct NotYet {
    detect: fn(&Folder) -> Option<(&'static str, String)>,
}

impl NotYet {
    /// The tool's name for people and the evidence for it.
    pub fn detect(&self, folder: &Folder) -> Option<(&'static str, String)> {
        (self.detect)(folder)
    }
}

/// By markers in the scripts.
pub(in crate::layout) static BY_MARKERS: NotYet = NotYet { detect: by_markers };

/// A line's beginning, lower case and without spaces, and the tool that writes it.
const MARKERS: &[(&str, &str)] = &[
    ("#---!ups", "Play evolutions"),
    ("--!ups", "Play evolutions"),
    ("--//@undo", "MyBatis Migrations"),
    ("----createabove/dropbelow----", "tern"),
];

fn by_markers(folder: &Folder) -> Option<(&'static str, String)> {
    folder.heads().iter().find_map(marker_in)
}

fn marker_in(head: &Head) -> Option<(&'static str, String)> {
    head.text.lines().find_map(|line| {
        let bare: String =
            line.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        let (_, tool) = MARKERS.iter().find(|(marker, _)| bare.starts_with(marker))?;
        Some((*tool, format!("marker `{}` in {}", line.trim(), head.name)))
    })
}
