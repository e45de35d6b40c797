//! Where everything stands, known before the first sheet is written.
//!
//! A long list is written from top to bottom and never touched again, and 利用者別 points
//! into sheets that come after it. So the places are counted first.

use std::cmp::Reverse;

use super::category::to_look_at;
use super::{Room, calendar, clients, visits};
use crate::model::Comparison;
use crate::report::cell::address;
use crate::report::list::sheet_name;

/// The places of all clients, each by its index in the comparison.
#[derive(Debug)]
pub(super) struct Places {
    room: Room,
    /// The clients as 利用者別 lists them.
    order: Vec<usize>,
    /// The row of each client in that list.
    rows: Vec<usize>,
    blocks: Vec<Block>,
    /// For each sheet of the calendar, the rows that begin a page.
    breaks: Vec<Vec<u32>>,
    /// The first visit of each client in 明細.
    visits: Vec<usize>,
}

/// A client's part of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// 0 on the first sheet, 1 on the next.
    pub(super) part: usize,
    /// Its first row, counted from 0.
    pub(super) row: u32,
}

impl Places {
    /// Counts where everything will stand.
    pub(super) fn find(comparison: &Comparison, room: Room) -> Self {
        let order = attention_first(comparison);
        let mut rows = vec![0; order.len()];
        for (row, &client) in order.iter().enumerate() {
            rows[client] = row;
        }
        let lengths = comparison.clients.iter().map(|client| client.visits.len());
        let visits = lengths.scan(0, |sum, visits| {
            *sum += visits;
            Some(*sum - visits)
        });
        let (blocks, breaks) = blocks(comparison, room);
        Self {
            room,
            visits: visits.collect(),
            blocks,
            breaks,
            order,
            rows,
        }
    }

    /// The clients as 利用者別 lists them.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// The client's part of the calendar.
    pub(super) fn block(&self, client: usize) -> Block {
        self.blocks[client]
    }

    /// The rows of a sheet of the calendar that begin a page, but for the first.
    pub(super) fn breaks(&self, part: usize) -> &[u32] {
        self.breaks.get(part).map_or(&[], Vec::as_slice)
    }

    /// The client's row of 利用者別.
    pub(super) fn client(&self, client: usize) -> String {
        clients::list(self, None).address(self.rows[client])
    }

    /// The first row of the client's part of the calendar.
    pub(super) fn calendar(&self, client: usize) -> String {
        let Block { part, row } = self.blocks[client];
        address(&sheet_name(calendar::NAME, part), row)
    }

    /// The client's first row of 明細, which is somebody else's if the client has no visit.
    pub(super) fn visits(&self, client: usize) -> String {
        visits::list(self).address(self.visits[client])
    }

    /// How many rows a sheet holds on which each row has so many links.
    pub(super) fn rows_with_links(&self, links: usize) -> usize {
        self.room.rows.min(self.room.links / links)
    }

    /// How many rows a sheet holds.
    pub(super) fn rows_per_sheet(&self) -> usize {
        self.room.rows
    }
}

/// Most to look at first, and those who share a number as in every other list.
///
/// Somebody opens this sheet to learn whom to look at. Whoever looks for one person has the
/// filter, and the calendar stays in the order of the numbers.
fn attention_first(comparison: &Comparison) -> Vec<usize> {
    let mut order: Vec<usize> = (0..comparison.clients.len()).collect();
    order.sort_by_cached_key(|&client| Reverse(to_look_at(&comparison.clients[client].sums())));
    order
}

/// One block below the other, with a row of air between them. One that a page has no room for
/// begins the next page, one that a sheet has no room for the next sheet.
fn blocks(comparison: &Comparison, room: Room) -> (Vec<Block>, Vec<Vec<u32>>) {
    const AIR: u32 = 1;
    let per_sheet = room.links / calendar::LINKS_PER_BLOCK;
    let limit = u32::try_from(room.rows).expect("a sheet has fewer than 2^32 rows");
    let mut next = Block {
        part: 0,
        row: calendar::FIRST_ROW,
    };
    let (mut on_this_sheet, mut on_this_page) = (0, 0);
    let mut breaks = vec![Vec::new()];
    let mut blocks = Vec::with_capacity(comparison.clients.len());
    for client in &comparison.clients {
        let heights = calendar::heights(client);
        let height: u32 = heights.iter().sum();
        let begins_a_page = on_this_page > 0 && on_this_page + heights[0] > calendar::ROWS_PER_PAGE;
        let further = usize::from(begins_a_page) + heights.len() - 1;
        let full = next.row + height + AIR > limit
            || on_this_sheet == per_sheet
            || breaks[next.part].len() + further > room.breaks;
        if full && on_this_sheet > 0 {
            next = Block {
                part: next.part + 1,
                row: calendar::FIRST_ROW,
            };
            (on_this_sheet, on_this_page) = (0, 0);
            breaks.push(Vec::new());
        }
        blocks.push(next);
        for height in heights {
            if on_this_page > 0 && on_this_page + height > calendar::ROWS_PER_PAGE {
                breaks[next.part].push(next.row);
                on_this_page = 0;
            }
            on_this_page += height;
            next.row += height;
        }
        on_this_page += AIR;
        next.row += AIR;
        on_this_sheet += 1;
    }
    (blocks, breaks)
}
