//! A page in the making.

use crate::report::terminal::clean;

/// Text of a page: what is not markup of ours goes through [`Html::text`].
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup, as it is.
    pub fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// Text from anywhere, in an element or in a quoted attribute.
    pub fn text(&mut self, text: &str) {
        for c in clean(text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
    }

    /// Text in which what stands between backticks is code.
    pub fn prose(&mut self, text: &str) {
        for (at, part) in text.split('`').enumerate() {
            let is_code = at % 2 == 1;
            self.raw(if is_code { "<code>" } else { "" });
            self.text(part);
            self.raw(if is_code { "</code>" } else { "" });
        }
    }

    /// The page.
    pub fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut page = Html::default();
        page.text("<b title='x' y=\"z\">&\u{1b}\u{202e}");
        let expected = "&lt;b title=&#39;x&#39; y=&quot;z&quot;&gt;&amp;\u{fffd}\u{fffd}";
        assert_eq!(page.finish(), expected);
    }

    #[test]
    fn names_in_backticks_are_code() {
        let mut page = Html::default();
        page.prose("writes to `a<b` wait");
        assert_eq!(page.finish(), "writes to <code>a&lt;b</code> wait");
    }
}
