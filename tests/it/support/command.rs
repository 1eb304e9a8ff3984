//! Runs the real binary in an environment of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A command with nothing of our environment.
pub fn lockgate(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    // Programs that it calls are found by the one, and none starts on Windows without the other.
    // Which mutant is on is asked in the binary: see tools/mutants.
    for name in ["PATH", "SystemRoot", "LOCKGATE_MUTANT", "LOCKGATE_MUTANT_TRACE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// Applies the migrations of `db/migrations` to a database.
pub fn apply_to(folder: &Path, url: &str, more: &[&str]) -> Run {
    let mut arguments = vec!["lint", "db/migrations", "--apply", "--database-url", url];
    arguments.extend(more);
    run(folder, &arguments)
}

/// Fails with what a run printed, unless it ended with that code.
pub fn assert_code(run: &Run, code: i32) {
    assert_eq!(run.code, code, "{}\n{}", run.out, run.err);
}

/// Runs with arguments.
pub fn run(folder: &Path, arguments: &[&str]) -> Run {
    finish(lockgate(folder).args(arguments))
}

/// Runs with arguments and environment variables.
pub fn run_with(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    finish(lockgate(folder).envs(variables.iter().copied()).args(arguments))
}

/// Runs with arguments and standard input.
pub fn run_on(folder: &Path, input: &str, arguments: &[&str]) -> Run {
    use std::io::Write;
    let mut command = lockgate(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    collect(child.wait_with_output().unwrap())
}

fn finish(command: &mut Command) -> Run {
    collect(command.output().unwrap())
}

fn collect(output: std::process::Output) -> Run {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// A folder with files in it, each below its path.
pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // A repository of its own, so that nothing above it counts.
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

/// Writes a file below a folder.
pub fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
