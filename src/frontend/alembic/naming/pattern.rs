//! A pattern such as `fk_%(table_name)s_%(column_0_name)s`, filled in as SQLAlchemy does it.

/// What a constraint or an index is, as far as its name depends on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Subject {
    pub schema: Option<String>,
    pub table: String,
    pub columns: Vec<String>,
    /// The table that a foreign key references, and its columns there.
    pub referred: Option<(String, Vec<String>)>,
    /// The name that the author wrote.
    pub given: Option<String>,
}

/// The pattern with its marks replaced; `None` where one of them has no meaning that is known here.
pub(super) fn fill(pattern: &str, subject: &Subject) -> Option<String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        rest = match after.strip_prefix('(') {
            Some(mark) => {
                let (mark, behind) = mark.split_once(")s")?;
                out.push_str(&subject.word(mark)?);
                behind
            }
            None => {
                out.push('%');
                after.strip_prefix('%')?
            }
        };
    }
    out.push_str(rest);
    Some(out)
}

impl Subject {
    fn word(&self, mark: &str) -> Option<String> {
        match mark {
            "table_name" => return Some(self.table.clone()),
            "constraint_name" => return self.given.clone(),
            "referred_table_name" => return Some(self.referred.as_ref()?.0.clone()),
            _ => {}
        }
        let (columns, mark) = match mark.strip_prefix("referred_") {
            Some(mark) => (&self.referred.as_ref()?.1, mark),
            None => (&self.columns, mark),
        };
        let (which, form) = mark.strip_prefix("column_")?.rsplit_once('_')?;
        let shown = |column: &String| match form {
            "name" | "key" => Some(column.clone()),
            "label" => Some(self.label(column)),
            _ => None,
        };
        let all = || columns.iter().map(shown).collect::<Option<Vec<_>>>();
        match which {
            "0N" => Some(all()?.concat()),
            "0_N" => Some(all()?.join("_")),
            at => match columns.get(at.parse::<usize>().ok()?) {
                Some(column) => shown(column),
                None => Some(String::new()),
            },
        }
    }

    /// The column with its table and schema before it.
    fn label(&self, column: &str) -> String {
        let schema = self.schema.as_ref().map(|schema| format!("{}_", schema.replace('.', "_")));
        format!("{}{}_{column}", schema.unwrap_or_default(), self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_of_sqlalchemy_is_filled_in() {
        let subject = Subject {
            schema: Some("shop".to_owned()),
            table: "lines".to_owned(),
            columns: vec!["order_id".to_owned(), "number".to_owned()],
            referred: Some(("orders".to_owned(), vec!["id".to_owned()])),
            given: Some("own".to_owned()),
        };
        for (pattern, name) in [
            (
                "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "fk_lines_order_id_orders",
            ),
            ("%(column_0_N_name)s|%(column_0N_key)s", "order_id_number|order_idnumber"),
            ("ix_%(column_0_label)s", "ix_shop_lines_order_id"),
            ("%(column_0_N_label)s", "shop_lines_order_id_shop_lines_number"),
            ("%(column_1_name)s%(column_2_name)s", "number"),
            ("%(referred_column_0_name)s_%(constraint_name)s_100%%", "id_own_100%"),
        ] {
            assert_eq!(fill(pattern, &subject).as_deref(), Some(name), "{pattern}");
        }
        for open in ["%(guid)s", "%s", "%(column_0_type)s", "%(table_name)"] {
            assert_eq!(fill(open, &subject), None, "{open}");
        }
        assert_eq!(fill("ck_%(constraint_name)s", &Subject::default()), None);
    }
}
