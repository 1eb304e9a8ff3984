//! Takes the comment signs off a section that is commented out as a whole, line by line with `--`
//! or in `/* */`, and keeps the way back to the file.
//!
//! Such a section mixes statements with words for people. At the start of a statement a line
//! counts as SQL only if it begins like a statement; inside one every line does.

use crate::source::{MappedText, SourceFile, Span};

/// A line of the section, without its comment signs.
struct Line<'a> {
    text: &'a str,
    at: usize,
}

/// The section at `span`: verbatim if anything in it is live SQL, else uncommented. With
/// `inside_block` a block comment was opened before it.
pub(super) fn uncomment(file: &SourceFile, span: Span, inside_block: bool) -> MappedText {
    let Some(lines) = commented(file, span, inside_block) else {
        return MappedText::verbatim(file, span);
    };
    let mut mapped = MappedText::default();
    let mut statement = Statement::default();
    for line in lines {
        if statement.takes(line.text) {
            mapped.push(line.text, Span::new(line.at, line.at + line.text.len()));
        }
    }
    mapped
}

/// The lines without comment signs, or `None` if one of them is no comment.
fn commented<'a>(file: &'a SourceFile, span: Span, inside_block: bool) -> Option<Vec<Line<'a>>> {
    let mut lines = Vec::new();
    let mut in_block = inside_block;
    let mut at = span.start;
    for line in file.slice(span).split_inclusive('\n') {
        let (content, offset) = bare(line, &mut in_block)?;
        lines.push(Line { text: content, at: at + offset });
        at += line.len();
    }
    Some(lines)
}

/// A line's content and where it begins in the line.
fn bare<'a>(line: &'a str, in_block: &mut bool) -> Option<(&'a str, usize)> {
    let trimmed = line.trim_start();
    let mut start = line.len() - trimmed.len();
    if !*in_block {
        if trimmed.is_empty() {
            return Some((line, 0));
        }
        if let Some(content) = trimmed.strip_prefix("--") {
            return Some((content, start + 2));
        }
        trimmed.strip_prefix("/*")?;
        *in_block = true;
        start += 2;
    }
    let content = line.get(start..).unwrap_or("");
    let Some(end) = content.find("*/") else { return Some((content, start)) };
    *in_block = false;
    let after = content.get(end + 2..).unwrap_or("").trim_start();
    if !after.is_empty() && !after.starts_with("--") {
        return None;
    }
    Some((content.get(..end).unwrap_or(""), start))
}

/// Where in a statement we are.
#[derive(Default)]
struct Statement {
    inside: bool,
    quote: Option<String>,
    comment: bool,
}

impl Statement {
    /// Whether the line belongs to the SQL; moves past it.
    fn takes(&mut self, line: &str) -> bool {
        let bare = line.trim();
        if self.comment || (!self.inside && bare.starts_with("/*")) {
            self.comment = !bare.contains("*/");
            return true;
        }
        if !self.inside {
            if bare.is_empty() || bare == ";" || bare.starts_with("--") {
                return true;
            }
            if !begins_statement(bare) {
                return false;
            }
        }
        self.quotes(bare);
        let code = bare.split(" --").next().unwrap_or("").trim_end();
        self.inside = self.quote.is_some() || !code.ends_with(';');
        true
    }

    /// Follows dollar quotes: what they hold has semicolons of its own.
    fn quotes(&mut self, line: &str) {
        let mut rest = line;
        while let Some((tag, after)) = next_tag(rest) {
            match &self.quote {
                Some(open) if open == tag => self.quote = None,
                Some(_) => {}
                None => self.quote = Some(tag.to_owned()),
            }
            rest = after;
        }
    }
}

/// The next `$tag$` and what follows it.
fn next_tag(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find('$')?;
        let inner = text.get(start + 1..)?;
        let length = inner.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inner.len());
        if inner.get(length..)?.starts_with('$') {
            let end = start + 1 + length + 1;
            return Some((text.get(start..end)?, text.get(end..)?));
        }
        from = start + 1;
    }
}

/// Whether words begin like a statement rather than like a sentence.
fn begins_statement(line: &str) -> bool {
    let mut words = line
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | ','))
        .filter(|word| !word.is_empty())
        .map(|word| word.to_ascii_uppercase());
    let Some(first) = words.next() else { return false };
    let second = words.next().unwrap_or_default();
    let third = words.next().unwrap_or_default();
    let alone = second.is_empty() && line.starts_with(|c: char| c.is_ascii_uppercase());
    match first.as_str() {
        "ALTER" | "CREATE" | "DROP" => is_object(&second) || alone,
        "DELETE" => second == "FROM",
        "INSERT" | "MERGE" => second == "INTO",
        "COMMENT" => second == "ON",
        "UPDATE" => !is_filler(&second) && (has_word(line, "SET") || is_name(line)),
        "SET" => {
            let settings = ["CONSTRAINTS", "TRANSACTION", "SESSION", "LOCAL", "ROLE", "SCHEMA"];
            line.contains('=') || third == "TO" || settings.contains(&second.as_str())
        }
        "WITH" => third == "AS" || second == "RECURSIVE",
        "BEGIN;" | "COMMIT;" | "ROLLBACK;" | "END;" => true,
        "BEGIN" | "COMMIT" | "ROLLBACK" | "START" => {
            let follows = second.trim_end_matches(';');
            matches!(follows, "" | "TRANSACTION" | "WORK" | "TO" | "PREPARED")
        }
        "DO" => alone || second.starts_with('$') || second == "LANGUAGE",
        "ANALYZE" | "CALL" | "CLUSTER" | "COPY" | "EXECUTE" | "GRANT" | "LOCK" | "REFRESH"
        | "REINDEX" | "RELEASE" | "RESET" | "REVOKE" | "SAVEPOINT" | "SELECT" | "TRUNCATE"
        | "VACUUM" => (!second.is_empty() && !is_filler(&second)) || alone,
        _ => false,
    }
}

fn has_word(line: &str, wanted: &str) -> bool {
    line.split_whitespace().any(|word| word.eq_ignore_ascii_case(wanted))
}

/// Whether nothing but a table's name, perhaps with an alias, follows the verb.
fn is_name(line: &str) -> bool {
    let ends_name = line.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"');
    ends_name && line.split_whitespace().count() <= 5
}

fn is_object(word: &str) -> bool {
    const OBJECTS: &[&str] = &[
        "TABLE",
        "INDEX",
        "UNIQUE",
        "VIEW",
        "MATERIALIZED",
        "TYPE",
        "SCHEMA",
        "SEQUENCE",
        "FUNCTION",
        "PROCEDURE",
        "TRIGGER",
        "EXTENSION",
        "POLICY",
        "DOMAIN",
        "RULE",
        "ROLE",
        "USER",
        "DATABASE",
        "OR",
        "TEMP",
        "TEMPORARY",
        "UNLOGGED",
        "AGGREGATE",
        "CAST",
        "COLLATION",
        "CONSTRAINT",
        "DEFAULT",
        "EVENT",
        "FOREIGN",
        "GROUP",
        "LANGUAGE",
        "OPERATOR",
        "OWNED",
        "PUBLICATION",
        "RECURSIVE",
        "ROUTINE",
        "SERVER",
        "STATISTICS",
        "SUBSCRIPTION",
        "SYSTEM",
        "TABLESPACE",
        "TEXT",
        "TRANSFORM",
        "ACCESS",
        "CONVERSION",
        "VIRTUAL",
    ];
    OBJECTS.contains(&word)
}

/// Words that follow a verb in a sentence, not in a statement.
fn is_filler(word: &str) -> bool {
    matches!(word, "THE" | "A" | "AN" | "THIS" | "THESE" | "THAT" | "ANY" | "WITH" | "TO" | "BACK")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(text: &str) -> String {
        let file = SourceFile::new("1.sql", text);
        let mapped = uncomment(&file, Span::new(0, text.len()), false);
        for (at, _) in mapped.text().char_indices() {
            let source = mapped.to_source(Span::new(at, at + 1));
            assert_eq!(file.slice(source).get(..1), mapped.text().get(at..at + 1), "at {at}");
        }
        mapped.text().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn line_comments_come_off_and_sentences_stay_out() {
        let text = "-- To roll back, run:\n-- BEGIN;\n--   DROP TABLE invoices\n--     CASCADE;\n\
                    -- -- and the type\n-- DROP TYPE invoice_state;\n-- COMMIT;\n";
        let expected = "BEGIN; DROP TABLE invoices CASCADE; -- and the type DROP TYPE \
                        invoice_state; COMMIT;";
        assert_eq!(sql(text), expected);
    }

    #[test]
    fn statements_begin_in_many_ways_and_sentences_too() {
        let text = "-- Update the stock by hand, then:\n-- UPDATE \"stock\" s\n--    SET on_hand = 0;\n\
                    -- SELECT\n--   setval('stock_id_seq', 1);\n-- Set it back\n\
                    -- /* Select nothing\n--    here */\n-- Drop everything else.\n-- DO\n-- $$ BEGIN END $$;\n";
        let expected = "UPDATE \"stock\" s SET on_hand = 0; SELECT setval('stock_id_seq', 1); \
                        /* Select nothing here */ DO $$ BEGIN END $$;";
        assert_eq!(sql(text), expected);
    }

    #[test]
    fn block_comments_come_off() {
        assert_eq!(sql("/*\nDROP TABLE invoices;\n*/\n"), "DROP TABLE invoices;");
        assert_eq!(sql("/* DROP TABLE invoices; */"), "DROP TABLE invoices;");
    }

    #[test]
    fn live_sql_is_left_alone() {
        let text = "-- Take it back\nDROP TABLE invoices; -- all of it\n";
        assert_eq!(sql(text), "-- Take it back DROP TABLE invoices; -- all of it");
    }

    #[test]
    fn dollar_quotes_hold_their_lines_together() {
        let text = "-- DO $$\r\n-- BEGIN\r\n--   PERFORM 1;\r\n--   RAISE NOTICE 'done';\r\n\
                    -- END $$;\r\n-- that was all\r\n";
        assert_eq!(sql(text), "DO $$ BEGIN PERFORM 1; RAISE NOTICE 'done'; END $$;");
    }

    #[test]
    fn words_alone_are_an_empty_script() {
        assert_eq!(sql("-- Drop the table by hand.\n-- Rollback is not possible\n"), "");
    }
}
