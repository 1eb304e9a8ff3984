//! What a fold needs beside the script.

use crate::migration::{LeftSettings, Target};

/// What a fold needs beside the script.
#[derive(Debug, Clone, Copy)]
pub struct FoldOptions<'t> {
    /// Dialect and server version.
    pub target: &'t Target,
    /// [`Schema::clock`](crate::schema::Schema::clock) at the beginning of the batch; `None` where the script is a batch of its
    /// own.
    pub batch_start: Option<u64>,
    /// What the tool does with settings that a script leaves.
    pub settings: LeftSettings,
}

impl<'t> FoldOptions<'t> {
    /// For a script that is a batch of its own.
    pub fn alone(target: &'t Target) -> Self {
        Self { target, batch_start: None, settings: LeftSettings::Kept }
    }
}
