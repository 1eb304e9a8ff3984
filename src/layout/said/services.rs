//! The one database among the services of a repository, or in its query builder's settings.

use super::of_word;
use crate::layout::dialect::{Family, Verdict, by_family};
use crate::layout::walk::Folder;

const COMPOSE: &[&str] =
    &["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

const KNEXFILES: &[&str] = &["knexfile.js", "knexfile.ts", "knexfile.cjs", "knexfile.mjs"];

/// The database whose image the nearest file with services names, if it is one alone.
pub(super) fn by_compose(folder: &Folder) -> Option<Verdict> {
    nearest(folder, COMPOSE, |text| text.lines().filter_map(image).collect())
}

/// The only client that the nearest knexfile names.
pub(super) fn by_knexfile(folder: &Folder) -> Option<Verdict> {
    nearest(folder, KNEXFILES, |text| text.lines().filter_map(client).collect())
}

fn nearest(
    folder: &Folder,
    files: &[&'static str],
    words: impl Fn(&str) -> Vec<String>,
) -> Option<Verdict> {
    let paths = folder.above().flat_map(|above| files.iter().map(move |file| (above, *file)));
    let found = paths.filter_map(|(above, file)| {
        let text = std::fs::read_to_string(above.join(file)).ok()?;
        let words = words(&text);
        let families: Vec<(Family, String)> =
            words.into_iter().filter_map(|word| Some((of_word(&word)?, word))).collect();
        (!families.is_empty()).then_some((families, file))
    });
    let (families, file) = found.take(1).next()?;
    let (family, word) = families.first()?;
    families.iter().all(|(other, _)| other == family).then(|| by_family(*family, file, word))
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
