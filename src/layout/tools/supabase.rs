//! Supabase CLI: `supabase/migrations/<timestamp>_<name>.sql` beside `supabase/config.toml`.
//!
//! Facts read in its source: names match `^([0-9]+)_(.*)\.sql$`, others are passed over; a file's
//! statements go to the server as one batch, which shares a transaction; a version below the newest
//! applied one stops `db push`. Files run in the order of their names, each after a `RESET ALL`.

use super::numbered::misnamed;
use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, Verdict};
use crate::layout::layout_trait::{Key, Layout, Listing, Part, ReadFile, Sending};
use crate::layout::name::{digits_then, without_sql};
use crate::layout::order::{Named, pair};
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, LeftSettings, NewNames, NewScripts,
    NoTransaction, TransactionMode,
};

const EVIDENCE: &str = "supabase/config.toml";

/// The layout.
pub(super) struct Supabase;

impl Layout for Supabase {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "supabase", title: "Supabase CLI" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let above = folder.path.parent()?;
        let placed = folder.path.ends_with("supabase/migrations");
        (placed && above.join("config.toml").is_file()).then(|| EVIDENCE.to_owned())
    }

    fn database(&self, _: &Folder) -> Option<Verdict> {
        Some(dialect::postgres_only("Supabase"))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut named = Vec::new();
        for name in folder.sql_files() {
            match digits_then(name, '_') {
                Some((version, rest)) => named.push(Named {
                    version: version.to_owned(),
                    description: without_sql(rest).to_owned(),
                    part: Part::Up,
                    path: name.to_owned(),
                }),
                None => {
                    let why = "not named <timestamp>_<name>.sql";
                    listing.ignored.push(misnamed(folder, name, why));
                }
            }
        }
        listing.entries = pair(named);
        // The tool takes its files as they stand in the folder: 20250922000000 comes before 20251212.
        for entry in &mut listing.entries {
            let name = entry.files.first().map(|file| file.path.clone());
            entry.key = Key::Text(name.unwrap_or_default());
        }
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::StandAlone,
            scripts: NewScripts::Plain,
            downs: Downs::Nowhere,
            names: NewNames { up: "{version}_{description}.sql", down: None, word_separator: '_' },
            settings: LeftSettings::Reset,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Refused, edited: Edited::Unnoticed }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::OneString.into()
    }
}
