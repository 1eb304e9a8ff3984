//! Where directives and their SQL are said to be written.

use super::*;
use crate::source::Span;

struct Shop;

impl Sources for Shop {
    fn module(&self, dotted: &str) -> Option<Arc<SourceFile>> {
        let text = match dotted {
            "shop.helpers" => {
                "from alembic import op\nfrom contextlib import contextmanager\n\
                 TABLES = ('orders', 'carts')\n\n\
                 def drop(table):\n    op.execute(f'DROP TABLE {table}')\n\n\
                 @contextmanager\ndef quiet(op):\n    op.execute('off')\n    yield 'x'\n    op.execute('on')\n"
            }
            _ => return None,
        };
        Some(Arc::new(SourceFile::new("shop/helpers.py", text)))
    }
}

#[test]
fn helpers_of_other_files_are_followed_and_reported_where_they_are_called() {
    let body = "
from shop import helpers
from shop.helpers import TABLES, quiet

def upgrade():
    for table in TABLES:
        helpers.drop(table)
    with quiet(op) as value:
        op.execute('in ' + value)
";
    let (text, found) = evaluated(body, &Shop, Dialect::Postgres);
    assert_eq!(
        shown(&found),
        [
            "execute(DROP TABLE orders)",
            "execute(DROP TABLE carts)",
            "execute(off)",
            "execute(in x)",
            "execute(on)",
        ]
    );
    let written = |span: Span| text.get(span.start..span.end);
    assert_eq!(written(found[0].span), Some("helpers.drop(table)"));
    assert_eq!(written(found[0].name_span), Some("drop"));
    let via = found[0].via.as_ref().unwrap();
    assert_eq!((via.file.path(), via.start().line), ("shop/helpers.py", 6));
    assert_eq!(written(found[3].span), Some("op.execute('in ' + value)"));
}

#[test]
fn sql_in_literals_leads_back_to_its_bytes() {
    let body = r#"
def upgrade():
    op.execute(
        "ALTER TABLE orders "
        "ADD COLUMN \tnote text"
    )
    name = "carts"
    op.execute(f"DROP TABLE {name} CASCADE")
"#;
    let (text, found) = evaluated(body, &NoSources, Dialect::Postgres);
    let source = |call: &DirectiveCall, part: &str| {
        let mapped = call.args[0].as_text().unwrap().to_mapped(call.span);
        let at = mapped.text().find(part).unwrap();
        let span = mapped.to_source(Span::new(at, at + part.len()));
        text.get(span.start..span.end).unwrap().to_owned()
    };
    assert_eq!(source(&found[0], "note"), "note");
    assert_eq!(source(&found[0], "\tnote"), "\\tnote");
    assert_eq!(source(&found[0], "orders ADD"), "orders \"\n        \"ADD");
    assert_eq!(source(&found[1], "carts"), "{name}");
    assert_eq!(source(&found[1], "CASCADE"), "CASCADE");
}
