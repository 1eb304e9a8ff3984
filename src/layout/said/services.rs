//! The one database among the services of a repository, or in its query builder's settings.

use super::{nearest, of_word};
use crate::layout::dialect::{Family, Verdict};
use crate::layout::walk::Folder;

const COMPOSE: &[&str] =
    &["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

const KNEXFILES: &[&str] = &["knexfile.js", "knexfile.ts", "knexfile.cjs", "knexfile.mjs"];

/// The database whose image the nearest file with services names, if it is one alone.
pub(super) fn by_compose(folder: &Folder) -> Option<Verdict> {
    nearest(folder, COMPOSE, |text, _| families(text.lines().filter_map(image)))
}

/// The only client that the nearest knexfile names.
pub(super) fn by_knexfile(folder: &Folder) -> Option<Verdict> {
    nearest(folder, KNEXFILES, |text, _| families(text.lines().filter_map(client)))
}

fn families(words: impl Iterator<Item = String>) -> Vec<(Family, String)> {
    words.filter_map(|word| Some((of_word(&word)?, word))).collect()
}

/// The last part of an image's name: `mariadb` of `docker.io/library/mariadb:11`.
fn image(line: &str) -> Option<String> {
    let value = line.trim().strip_prefix("image:")?.trim().trim_matches(['"', '\'']);
    let name = value.rsplit('/').next()?.split([':', '@']).next()?;
    Some(name.strip_suffix("-ha").unwrap_or(name).to_owned())
}

/// The value of a `client` property.
fn client(line: &str) -> Option<String> {
    let value = line.trim().strip_prefix("client:")?.trim();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    value.get(1..)?.split(quote).next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_clients() {
        assert_eq!(image("    image: docker.io/library/mariadb:11.4"), Some("mariadb".to_owned()));
        assert_eq!(image("image: 'timescale/timescaledb-ha:pg16'"), Some("timescaledb".to_owned()));
        assert_eq!(image("build: ."), None);
        assert_eq!(client("  client: 'mysql2',"), Some("mysql2".to_owned()));
        assert_eq!(client("  client: process.env.CLIENT,"), None);
    }
}
