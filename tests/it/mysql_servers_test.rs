//! The replay against a real MariaDB: after every migration of our histories, ups and downs, the
//! replayed schema is what the server's catalogue holds.

use crate::support::command::root;
use crate::support::mysql_replay::{Comparing, migrations_in, run};

#[test]
fn mariadb_agrees_after_every_migration() {
    let (mut wrong, mut facts) = (Vec::new(), 0);
    let entries = std::fs::read_dir(root().join("fixtures/mysql")).expect("the fixtures");
    let folders = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    for folder in folders {
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let history = migrations_in(&folder, None);
        assert!(history.len() > 2, "{name}: {} migrations found", history.len());
        let report = run(&history, &name, Comparing::Each);
        assert_eq!(report.ran, history.len(), "{name}: {:?}", report.wrong);
        facts += report.facts;
        wrong.extend(report.wrong.iter().map(|line| format!("{name}, {line}")));
    }
    assert!(facts > 80, "{facts} facts compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
