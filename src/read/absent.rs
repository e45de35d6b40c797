//! Columns that a layout knows and a sheet does not have; the days of a grid are one question.

use crate::model::Field;
use crate::table::Layout;

/// A known column that a sheet does not have, or the days of a grid that it does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// What stands in it.
    pub field: Field,
    /// As a clerk reads it: `氏名`, `予定29〜予定31`.
    pub title: String,
    /// Whether a sheet without it is of no use.
    pub is_vital: bool,
    /// The days, where it is a grid.
    pub days: Vec<u32>,
}

impl Absent {
    /// Whether it is about what was done: that comes from Care-wing, and nobody reads it in a
    /// plan.
    pub fn is_of_what_was_done(&self) -> bool {
        matches!(self.field, Field::Actual | Field::ActualTotal)
    }
}

/// All that are absent where `columns` says for each column of the layout where it stands.
/// What somebody has said that there is not is not missed, if one can do without it.
pub(super) fn absent(layout: &Layout, columns: &[Option<usize>]) -> Vec<Absent> {
    let mut absent: Vec<Absent> = Vec::new();
    let mut last_grid = None;
    for (at, (column, place)) in layout.columns().iter().zip(columns).enumerate() {
        let Some(field) = column.field().filter(|_| place.is_none()) else {
            continue;
        };
        if layout.is_waived(at) && !column.is_vital() {
            continue;
        }
        let grid = layout.grid_of(at).map(|(_, days)| days.start);
        match absent
            .last_mut()
            .filter(|_| grid.is_some() && grid == last_grid)
        {
            Some(days) => {
                days.days.extend(column.day());
                days.is_vital |= column.is_vital();
            }
            None => absent.push(Absent {
                field,
                title: column.header().to_string(),
                is_vital: column.is_vital(),
                days: column.day().into_iter().collect(),
            }),
        }
        last_grid = grid;
    }
    for grid in absent.iter_mut().filter(|of| of.days.len() > 1) {
        grid.title = title(layout, grid);
    }
    absent
}

/// `予定29〜予定31`, or each by its name where they do not stand side by side.
fn title(layout: &Layout, grid: &Absent) -> String {
    const NAMED: usize = 5;
    let header = |day: &u32| {
        let column = layout.column_of(grid.field, Some(*day));
        column.map_or_else(String::new, |at| layout.columns()[at].header().to_string())
    };
    let (first, last) = (grid.days.first(), grid.days.last());
    if let (Some(first), Some(last)) = (first, last)
        && (last - first) as usize + 1 == grid.days.len()
    {
        return format!("{}〜{}", header(first), header(last));
    }
    let named: Vec<String> = grid.days.iter().take(NAMED).map(header).collect();
    let more = if grid.days.len() > NAMED {
        "など"
    } else {
        ""
    };
    format!("{}{more}", named.join("、"))
}

/// The first of the columns that a title names.
pub fn first_of(title: &str) -> &str {
    title.split(['〜', '、']).next().unwrap_or(title)
}
