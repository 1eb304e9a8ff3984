//! The script behind `action.yml`, with a stand-in for GitHub's command line that keeps comments in
//! a folder.
#![cfg(unix)]

use crate::support::command::{folder, root};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

const SHOP: &str = "-- migrate:up\nCREATE TABLE orders (id bigint PRIMARY KEY, note text);\n-- migrate:down\nDROP TABLE orders;\n";
const INDEX: &str = "-- migrate:up\nCREATE INDEX orders_note_idx ON orders (note);\n-- migrate:down\nDROP INDEX orders_note_idx;\n";

/// Answers `gh api` for the one comment that there may be, in `$GH_STORE/7`.
const GH: &str = r#"#!/bin/sh
[ -z "$GH_FORBIDDEN" ] || { echo "HTTP 403" >&2; exit 1; }
echo "$*" >>"$GH_STORE/calls"
for word; do case $word in body=@*) body=${word#body=@} ;; esac; done
case "$*" in
  *"--method POST"*) cp "$body" "$GH_STORE/7" ;;
  *"--method PATCH"*issues/comments/7*) cp "$body" "$GH_STORE/7" ;;
  *) [ ! -f "$GH_STORE/7" ] || echo 7 ;;
esac
"#;

struct Job {
    folder: tempfile::TempDir,
}

struct Step {
    output: String,
    log: String,
    summary: String,
    comment: Option<String>,
}

impl Job {
    fn new() -> Self {
        let folder = folder(&[("shop/db/migrations/1_shop.sql", SHOP), ("bin/gh", GH)]);
        let gh = folder.path().join("bin/gh");
        std::fs::set_permissions(gh, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(folder.path().join("store")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, variables: &[(&str, &str)]) -> Step {
        let read = |name: &str| std::fs::read_to_string(self.path(name)).unwrap_or_default();
        for name in ["output", "summary", "temp/lockgate.md", "temp/lockgate.sarif"] {
            let _ = std::fs::remove_file(self.path(name));
        }
        std::fs::create_dir_all(self.path("temp")).unwrap();
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let output = Command::new(root().join("scripts/action.sh"))
            .current_dir(self.path("shop"))
            .stdin(Stdio::null())
            .env_clear()
            .envs([
                ("PATH", path.as_str()),
                ("GITHUB_REPOSITORY", "acme/shop"),
                ("PULL_REQUEST", "3"),
            ])
            .env("LINT_COMMAND", env!("CARGO_BIN_EXE_lockgate"))
            .env("RUNNER_TEMP", self.path("temp"))
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GH_STORE", self.path("store"))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
        Step {
            output: read("output"),
            log: String::from_utf8(output.stdout).unwrap(),
            summary: read("summary"),
            comment: std::fs::read_to_string(self.path("store/7")).ok(),
        }
    }

    fn calls(&self) -> String {
        std::fs::read_to_string(self.path("store/calls")).unwrap_or_default()
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_comment_is_written_once_and_then_kept_up_to_date() {
    let job = Job::new();
    let clean = job.run(&[]);
    assert!(clean.output.contains("exit-code=0\n"), "{}", clean.output);
    assert_eq!(clean.comment, None, "nothing to say is not said");
    write(&job.path("shop/db/migrations/2_note.sql"), INDEX);
    let found = job.run(&[]);
    assert!(found.output.contains("exit-code=1\n"), "{}", found.output);
    assert!(found.log.contains("::error file="), "{}", found.log);
    assert!(found.comment.unwrap().contains("non-concurrent-index"));
    assert!(found.summary.contains("non-concurrent-index"));
    std::fs::remove_file(job.path("shop/db/migrations/2_note.sql")).unwrap();
    let mended = job.run(&[]);
    assert!(mended.comment.unwrap().contains("nothing to report"));
    assert_eq!(job.calls().matches("--method POST").count(), 1, "{}", job.calls());
    assert_eq!(job.calls().matches("--method PATCH").count(), 1, "{}", job.calls());
}

#[test]
fn a_token_that_may_not_write_fails_nothing() {
    let job = Job::new();
    write(&job.path("shop/db/migrations/2_note.sql"), INDEX);
    let step = job.run(&[("GH_FORBIDDEN", "1")]);
    assert!(step.output.contains("exit-code=1\n"));
    assert!(step.log.contains("the comment could not be written"));
    assert!(step.summary.contains("non-concurrent-index"));
}

#[test]
fn inputs_become_arguments() {
    let job = Job::new();
    write(&job.path("shop/db/migrations/2_note.sql"), INDEX);
    let quiet = job.run(&[("LINT_FAIL_ON", "never"), ("LINT_COMMENT", "false")]);
    assert!(quiet.output.contains("exit-code=0\n"));
    assert_eq!(quiet.comment, None);
    let one = job.run(&[
        ("LINT_PATHS", "db/migrations/1_shop.sql\n"),
        ("LINT_ARGS", "--server-version\n16\n"),
    ]);
    assert!(one.output.contains("exit-code=0\n"), "{}", one.log);
    assert!(one.output.contains("sarif="));
    let wrong = job.run(&[("LINT_FAIL_ON", "sometimes")]);
    assert!(wrong.output.contains("exit-code=2\n"));
    assert!(!wrong.output.contains("sarif="), "there is no report to upload");
}
