//! The database that `atlas.hcl` names: by the `dev` and `url` of the environments whose
//! migrations lie in a folder, of all environments where none says where its migrations lie.

use crate::layout::dialect::{Family, Verdict, by_family};
use crate::layout::said::of_address;
use crate::layout::walk::Folder;
use hcl::{Block, Body, Expression};
use std::path::Path;

const FILE: &str = "atlas.hcl";

/// What the nearest `atlas.hcl` says of the folder, if all of it says the same.
pub(super) fn database(folder: &Folder) -> Option<Verdict> {
    let read = |above: &Path| std::fs::read_to_string(above.join(FILE)).ok();
    let (above, text) = folder.above().find_map(|above| Some((above, read(above)?)))?;
    let body: Body = hcl::from_str(&text).ok()?;
    let below = folder.path.strip_prefix(above).ok()?;
    let environments = || body.blocks().filter(|block| block.identifier() == "env");
    let own: Vec<&Block> = environments().filter(|block| lies_in(block, below)).collect();
    let chosen = match own.is_empty() {
        false => own,
        true if environments().any(|block| directory(block).is_some()) => return None,
        true => environments().collect(),
    };
    let said = chosen.iter().flat_map(|block| addresses(block));
    let families: Vec<(Family, String)> = said.filter_map(|text| of_address(&text)).collect();
    let (family, word) = families.first()?;
    families.iter().all(|(other, _)| other == family).then(|| by_family(*family, FILE, word))
}

fn addresses(block: &Block) -> impl Iterator<Item = String> {
    let wanted = ["dev", "url"];
    let named = block.body().attributes().filter(move |one| wanted.contains(&one.key()));
    named.filter_map(|attribute| text(attribute.expr()))
}

fn lies_in(block: &Block, below: &Path) -> bool {
    let bare = |dir: &str| {
        let path = dir.strip_prefix("file://").unwrap_or(dir);
        let path = path.split('?').next().unwrap_or(path);
        path.trim_start_matches("./").trim_end_matches('/').to_owned()
    };
    directory(block).is_some_and(|dir| Path::new(&bare(&dir)) == below)
}

/// The folder of an environment's migrations.
fn directory(block: &Block) -> Option<String> {
    let mut inner = block.body().blocks().filter(|inner| inner.identifier() == "migration");
    let attributes = inner.next()?.body().attributes();
    attributes.filter(|one| one.key() == "dir").find_map(|one| text(one.expr()))
}

/// A string, or the text of one with parts that only a run knows.
fn text(expression: &Expression) -> Option<String> {
    match expression {
        Expression::String(text) => Some(text.clone()),
        Expression::TemplateExpr(template) => {
            Some(template.to_string().trim_matches('"').to_owned())
        }
        _ => None,
    }
}
