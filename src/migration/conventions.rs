//! What advice has to know about a layout: how its author writes a script that runs outside a
//! transaction, where the way back lives, how a new migration is named.
//!
//! Layouts make it, rules read it; neither needs to know the other.

use super::Direction;

/// How a layout wants things written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conventions {
    /// How a script leaves the runner's transaction.
    pub no_transaction: NoTransaction,
    /// What a new script needs to be run.
    pub scripts: NewScripts,
    /// Where the way back is written.
    pub downs: Downs,
    /// How the files of a new migration are named.
    pub names: NewNames,
    /// What becomes of settings that a script leaves on the connection.
    pub settings: LeftSettings,
}

/// What a tool does with settings that a script leaves, before the next one runs on the same
/// connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeftSettings {
    /// They stay.
    #[default]
    Kept,
    /// The search path and the role are those of before again (Flyway).
    NamesRestored,
    /// `RESET ALL` (Supabase): all but the role are the server's again.
    Reset,
}

impl LeftSettings {
    /// Whether a setting, by its name in lower case, is still in force for the next script.
    pub fn keeps(self, setting: &str) -> bool {
        match self {
            Self::Kept => true,
            Self::NamesRestored => !matches!(setting, "search_path" | "role"),
            Self::Reset => matches!(setting, "role" | "session_authorization"),
        }
    }
}

/// How a script is made to run outside a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTransaction {
    /// A line at the place where the script's section starts (dbmate).
    SectionMarker {
        /// The line that opens the way forward.
        up: &'static str,
        /// The line that opens the way back.
        down: &'static str,
    },
    /// These must be the file's first bytes (sqlx).
    FirstLine(&'static str),
    /// A settings file beside the script.
    SettingsFile {
        /// Its name; `{script}` stands for the script's file name.
        name: &'static str,
        /// The line in it.
        line: &'static str,
    },
    /// The runner finds out by itself for the statements that it knows, where nothing else stands
    /// in the script; for others there is a settings file (Flyway).
    Detected {
        /// Its name; `{script}` stands for the script's file name.
        name: &'static str,
        /// The line in it.
        line: &'static str,
    },
    /// The runner opens no transaction, but several statements in one file share an implicit one:
    /// the statement must stand alone in its file.
    StandAlone,
    /// A block in the script that leaves the transaction (Alembic).
    Block(&'static str),
    /// By the names of its files, which are these (pop).
    FileName(NewNames),
    /// Not at all: the runner never leaves its transaction.
    Never,
    /// The transaction is the script's own `BEGIN … COMMIT`: leave it out.
    LeaveOutBegin,
}

impl NoTransaction {
    /// The line to write into the script itself, where there is one.
    pub fn script_line(self, direction: Direction) -> Option<&'static str> {
        match (self, direction) {
            (Self::SectionMarker { up, .. }, Direction::Up) => Some(up),
            (Self::SectionMarker { down, .. }, Direction::Down) => Some(down),
            (Self::FirstLine(line), _) => Some(line),
            (
                Self::SettingsFile { .. }
                | Self::Detected { .. }
                | Self::StandAlone
                | Self::Block(_)
                | Self::FileName(_)
                | Self::Never
                | Self::LeaveOutBegin,
                _,
            ) => None,
        }
    }

    /// The settings file for a script called `script`, and the line to write into it.
    pub fn settings_file(self, script: &str) -> Option<(String, &'static str)> {
        match self {
            Self::SettingsFile { name, line } | Self::Detected { name, line } => {
                Some((name.replace("{script}", script), line))
            }
            _ => None,
        }
    }

    /// What to do, as the end of a sentence that starts with "a migration of its own".
    pub fn advice(self) -> &'static str {
        match self {
            Self::SectionMarker { .. } => "that starts with this line",
            Self::FirstLine(_) => "whose first bytes are this line",
            Self::SettingsFile { .. } => "with this setting in a file beside it",
            Self::Detected { .. } => {
                "with nothing else in it: the runner then opens no transaction"
            }
            Self::StandAlone => "with this one statement in its file",
            Self::Block(_) => "with the statement in this block",
            Self::FileName(_) => "with `.autocommit` in the name of its file",
            Self::Never => "that is run by hand: the tool never leaves its transaction",
            Self::LeaveOutBegin => "without BEGIN and COMMIT",
        }
    }
}

/// What a script that is put into the layout's folder needs to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewScripts {
    /// Nothing but its name.
    Plain,
    /// This line opens the way forward.
    Headed(&'static str),
    /// An entry in another file: a plan, a journal, a list of checksums. This is how one gets it.
    Registered(&'static str),
    /// The same, where fixes write the entry too.
    Entered(&'static str),
}

/// Where the way back is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Downs {
    /// The layout has none.
    Nowhere,
    /// In a second file.
    SecondFile,
    /// In the same file, below this line.
    Section(&'static str),
}

/// How the files of a new migration are named, relative to the layout's folder. `{version}` and
/// `{description}` are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewNames {
    /// The file of the way forward.
    pub up: &'static str,
    /// The file of the way back, where it is a file of its own.
    pub down: Option<&'static str>,
    /// What stands between the words of a description.
    pub word_separator: char,
}

impl NewNames {
    /// The file's name for a version and a description in words; `None` where that direction has
    /// no file of its own.
    pub fn file(self, version: &str, description: &str, direction: Direction) -> Option<String> {
        let pattern = match direction {
            Direction::Up => self.up,
            Direction::Down => self.down?,
        };
        let separator = self.word_separator.to_string();
        let words: Vec<&str> =
            description.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        Some(
            pattern
                .replace("{version}", version)
                .replace("{description}", &words.join(&separator).to_lowercase()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_are_named_by_the_layout() {
        let names = NewNames {
            up: "{version}_{description}/up.sql",
            down: Some("{version}_{description}/down.sql"),
            word_separator: '_',
        };
        let down = names.file("20260301", "Orders: status index", Direction::Down);
        assert_eq!(down.as_deref(), Some("20260301_orders_status_index/down.sql"));
    }
}
