//! Pages of a list: by number, or after the last key seen.

/// Which part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Page `number`, counted from 0, of `size` rows; with the number of all rows if asked.
    Numbered { number: i64, size: i64, with_total: bool },
    /// `take` rows after the one whose sort key is `after`, or from the start.
    After { after: Option<String>, take: i64 },
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Paged<T> {
    pub items: Vec<T>,
    /// All rows that match, where the page asked for it.
    pub total: Option<i64>,
    /// Where the next page starts, if there is one: the `after` of [`Page::After`].
    pub next: Option<String>,
}

impl Page {
    pub fn wants_total(&self) -> bool {
        matches!(self, Self::Numbered { with_total: true, .. })
    }

    /// The same part of the list, when the number of all rows is known.
    #[must_use]
    pub fn without_total(&self) -> Self {
        match self {
            Self::Numbered { number, size, .. } => {
                Self::Numbered { number: *number, size: *size, with_total: false }
            }
            Self::After { .. } => self.clone(),
        }
    }

    /// Rows before this part.
    pub fn offset(&self) -> i64 {
        match self {
            Self::Numbered { number, size, .. } => number.max(&0).saturating_mul(*size.max(&0)),
            Self::After { .. } => 0,
        }
    }

    pub(super) fn after(&self) -> Option<&str> {
        match self {
            Self::Numbered { .. } => None,
            Self::After { after, .. } => after.as_deref(),
        }
    }

    fn size(&self) -> usize {
        let (Self::Numbered { size, .. } | Self::After { take: size, .. }) = self;
        usize::try_from(*size).unwrap_or(0)
    }

    /// One row more than the page holds, to learn whether another page follows.
    pub(super) fn limit(&self) -> i64 {
        i64::try_from(self.size()).unwrap_or(0).saturating_add(1)
    }

    /// Makes the page of rows read with [`Page::limit`]; `key` is the sort key of a row.
    pub(super) fn cut<R>(&self, mut rows: Vec<R>, total: Option<i64>, key: impl Fn(&R) -> &str) -> Paged<R> {
        let has_more = rows.len() > self.size();
        rows.truncate(self.size());
        let next = if has_more { rows.last().map(|row| key(row).to_owned()) } else { None };
        Paged { items: rows, total, next }
    }
}

impl<R> Paged<R> {
    /// The only page of an empty list.
    pub fn nothing() -> Self {
        Self { items: Vec::new(), total: Some(0), next: None }
    }

    /// The same page with every row translated.
    pub(super) fn try_map<T, E>(self, translate: impl FnMut(R) -> Result<T, E>) -> Result<Paged<T>, E> {
        let items = self.items.into_iter().map(translate).collect::<Result<_, _>>()?;
        Ok(Paged { items, total: self.total, next: self.next })
    }
}
