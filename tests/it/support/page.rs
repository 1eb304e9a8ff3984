//! Reads a rule's page: its sections, its SQL blocks, and the findings that the blocks announce.
//! The notation is described in `rules/_template.md`.

/// A page, cut at its headings.
pub struct Page {
    /// The text of `# …`.
    pub title: String,
    /// The first paragraph.
    pub summary: String,
    /// `## …` headings in order.
    pub sections: Vec<String>,
    /// The section of each fenced example, in any language.
    pub examples: Vec<String>,
    /// SQL blocks in order.
    pub blocks: Vec<Block>,
}

/// An SQL block with what its fence line says.
pub struct Block {
    /// The section that it stands in.
    pub section: String,
    /// Line of the page on which its text begins, 1-based.
    pub page_line: usize,
    /// Its lines, joined.
    pub text: String,
    /// `key=value` words of the fence line.
    pub settings: Vec<(String, String)>,
    /// Findings that it announces.
    pub marks: Vec<Mark>,
}

/// A line `-- ^ headline` or `-- ^ [rule-id] headline`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Line of the block on which the finding begins, 1-based: the one above the mark.
    pub line: usize,
    /// The rule, where it is not the page's own.
    pub rule: Option<String>,
    /// The headline.
    pub message: String,
}

/// A file of a block.
pub struct PageFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Line of the block on which it begins, 1-based.
    pub first_line: usize,
    /// Lines that are put above its text.
    pub added: usize,
    /// Where it stands in the history of a branch.
    pub standing: Standing,
}

/// Where a file stands in the history of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// `-- file:` the branch has it; new where others are merged.
    Here,
    /// `-- merged:` it was there when the branch was made, and is as it was.
    Merged,
    /// `-- was:` a file of the branch as it was when the branch was made.
    Was,
    /// `-- deleted:` it was there when the branch was made, and is gone.
    Deleted,
    /// `-- arrives:` the other side got it meanwhile.
    Arrives,
}

const STANDINGS: &[(&str, Standing)] = &[
    ("-- file: ", Standing::Here),
    ("-- merged: ", Standing::Merged),
    ("-- was: ", Standing::Was),
    ("-- deleted: ", Standing::Deleted),
    ("-- arrives: ", Standing::Arrives),
];

impl Page {
    /// Cuts a page; panics where a fence is not closed, since then its example would not run.
    pub fn read(text: &str) -> Self {
        let mut page = Self {
            title: String::new(),
            summary: String::new(),
            sections: Vec::new(),
            examples: Vec::new(),
            blocks: Vec::new(),
        };
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            if let Some(fence) = line.strip_prefix("```") {
                let body: Vec<&str> = lines
                    .by_ref()
                    .map(|(_, line)| line)
                    .take_while(|line| *line != "```")
                    .collect();
                assert!(text.lines().nth(at + 1 + body.len()) == Some("```"), "open fence: {line}");
                page.fence(fence, at + 2, &body);
            } else if let Some(title) = line.strip_prefix("# ") {
                page.title = title.to_owned();
            } else if let Some(section) = line.strip_prefix("## ") {
                page.sections.push(section.to_owned());
            } else if page.summary.is_empty() && !page.title.is_empty() {
                page.summary = line.to_owned();
            }
        }
        page
    }

    fn fence(&mut self, fence: &str, page_line: usize, body: &[&str]) {
        self.examples.push(self.sections.last().cloned().unwrap_or_default());
        let mut words = fence.split_whitespace();
        let language = words.next();
        if !matches!(language, Some("sql" | "python")) {
            return;
        }
        let mut settings: Vec<(String, String)> = words
            .map(|word| word.split_once('=').unwrap_or_else(|| panic!("not key=value: {word}")))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        // The notation is that of SQL, behind the comment sign of the language.
        let is_python = language == Some("python");
        if is_python {
            settings.push(("layout".to_owned(), "alembic".to_owned()));
        }
        let signs = STANDINGS.iter().map(|(sign, _)| *sign).collect::<Vec<_>>();
        let written = |signs: &[&str]| -> Vec<String> {
            let line = |line: &&str| match is_python {
                true => as_sql_notation(line, signs),
                false => (*line).to_owned(),
            };
            body.iter().map(line).collect()
        };
        let marked = written(&["-- ^ "]);
        let marked: Vec<&str> = marked.iter().map(String::as_str).collect();
        let text = written(&signs).join("\n");
        self.blocks.push(Block {
            section: self.sections.last().cloned().unwrap_or_default(),
            page_line,
            text,
            settings,
            marks: marks(&marked),
        });
    }
}

/// `# file: a.py` as `-- file: a.py`.
fn as_sql_notation(line: &str, signs: &[&str]) -> String {
    let bare = line.trim_start();
    for sign in signs {
        let python = sign.replacen("--", "#", 1);
        if let Some(rest) = bare.strip_prefix(&python) {
            return format!("{}{sign}{rest}", &line[..line.len() - bare.len()]);
        }
    }
    line.to_owned()
}

fn marks(body: &[&str]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut above = 0;
    for (at, line) in body.iter().enumerate() {
        let Some(text) = line.trim_start().strip_prefix("-- ^ ") else {
            above = at + 1;
            continue;
        };
        let (rule, message) = match text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((rule, message)) => (Some(rule.to_owned()), message),
            None => (None, text),
        };
        marks.push(Mark { line: above, rule, message: message.to_owned() });
    }
    marks.sort();
    marks
}

impl Block {
    /// The value of a word on the fence line.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The files between `-- file: name` lines; `None` where there is no such line.
    pub fn files(&self) -> Option<Vec<PageFile>> {
        let mut files: Vec<PageFile> = Vec::new();
        for (at, line) in self.text.lines().enumerate() {
            let heads = STANDINGS.iter();
            let mut heads = heads.filter_map(|(head, at)| Some((line.strip_prefix(head)?, *at)));
            if let Some((name, standing)) = heads.next() {
                let name = name.trim().to_owned();
                files.push(PageFile {
                    name,
                    text: String::new(),
                    first_line: at + 2,
                    added: 0,
                    standing,
                });
            } else if let Some(file) = files.last_mut() {
                file.text.push_str(line);
                file.text.push('\n');
            }
        }
        (!files.is_empty()).then_some(files)
    }
}
