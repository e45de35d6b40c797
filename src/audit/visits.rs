//! A visit by itself: its time of day, its length and its code.

use crate::finding::{Code, Remark};
use crate::model::{ClockRange, ServiceCode};
use crate::table::audit::{TimeBand, TimeBands};
use crate::table::services::Traits;
use crate::table::{Class, Service};

use super::client_month::{ClientMonth, Month, Visit};

/// C701: the band in which a visit begins is that of its code.
pub(super) fn time_band(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let bands = &month.table.time_band;
    let exempt = client.days_with(&bands.exempt_add_ons);
    let differs = |visit: &Visit<'_>| {
        let service = visit.service.filter(|of| of.class == Class::Visit)?;
        if visit.code.service_type().is_defined_by_the_insurer()
            || exempt.contains(&visit.date.day())
        {
            return None;
        }
        // What nobody has said anything of may be of any time of the day.
        if service.traits == Traits::default() {
            return None;
        }
        let band = band_of(visit.hours, bands);
        let of_code = service.traits.band;
        (of_code != band.map(|band| band.codes)).then(|| {
            format!(
                "{}は{}ですが、コードは{}のものです({})",
                visit.hours.in_words(),
                band.map_or("日中", |band| band.name.as_str()),
                of_code.map_or("日中", |band| band.word()),
                service.name
            )
        })
    };
    said_of_visits(client, Code::TimeBandDiffers, differs)
}

/// The band in which a visit is billed; none for the daytime. It is the one in which it begins, but
/// where only a negligible part lies in it, the one that has the most of it.
fn band_of(hours: ClockRange, bands: &TimeBands) -> Option<&TimeBand> {
    let minutes = u32::from(hours.minutes());
    let span = (u32::from(hours.start().minutes()), minutes);
    let share = |band: Option<&TimeBand>| match band {
        Some(band) => band.share(span),
        None => minutes.saturating_sub(bands.bands.iter().map(|of| of.share(span)).sum()),
    };
    let first = bands.bands.iter().find(|band| band.has(span.0));
    if share(first) * 100 > bands.negligible_percent * minutes {
        return first;
    }
    let all = bands.bands.iter().map(Some).chain([None]);
    all.max_by_key(|band| share(*band)).flatten()
}

/// C702: the length of a visit is one that its code is for, as it was planned; and where it took
/// place otherwise, it did not fall short of it. One that lasted longer is billed as planned.
pub(super) fn length(client: &ClientMonth<'_>, _: &Month<'_>) -> Vec<Remark> {
    let planned = |visit: &Visit<'_>| {
        let (wanted, service) = wanted(visit)?;
        let minutes = visit.hours.minutes();
        let which = if visit.was_planned {
            "予定"
        } else {
            "実績"
        };
        (!fits(minutes, service.traits))
            .then(|| format!("{which}は{minutes}分ですが、{}は{wanted}です", service.name))
    };
    let took_place = |visit: &Visit<'_>| {
        let (wanted, service) = wanted(visit)?;
        let minutes = visit.took_place?.minutes();
        let is_short = service.traits.minutes.is_some_and(|least| minutes < least);
        let is_news = is_short && fits(visit.hours.minutes(), service.traits);
        is_news.then(|| format!("実績は{minutes}分ですが、{}は{wanted}です", service.name))
    };
    let mut remarks = said_of_visits(client, Code::LengthDiffers, planned);
    remarks.extend(said_of_visits(client, Code::LengthDiffers, took_place));
    remarks
}

/// Whether a visit of so many minutes may have such a code. What is for less than 30 minutes is
/// planned for 30 of them everywhere, so the end counts as well.
fn fits(minutes: u16, of: Traits) -> bool {
    of.minutes.is_none_or(|least| minutes >= least) && of.below.is_none_or(|most| minutes <= most)
}

/// `20分以上30分未満`, with the service; nothing where the list says nothing.
fn wanted<'s>(visit: &Visit<'s>) -> Option<(String, &'s Service)> {
    let service = visit.service.filter(|of| of.class == Class::Visit)?;
    let least = service
        .traits
        .minutes
        .map(|minutes| format!("{minutes}分以上"));
    let most = service
        .traits
        .below
        .map(|minutes| format!("{minutes}分未満"));
    let wanted: String = least.into_iter().chain(most).collect();
    (!wanted.is_empty()).then_some((wanted, service))
}

/// C715: the code is the office's own variant, and what was planned, not what that is made from.
pub(super) fn base_code(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let insurer = client.client.client.insurer;
    let name = |code: ServiceCode| {
        let service = month.services.find(code, insurer, month.month);
        service.map(|of| of.name.as_str())
    };
    let base = |visit: &Visit<'_>| {
        let service = visit.service?;
        let planned = name(visit.instead_of?)?;
        let short = |name: &str| month.table.base_code.short(name);
        let (whole, base) = (short(planned), short(&service.name));
        let more = whole.strip_prefix(&base)?;
        more.starts_with('・')
            .then(|| format!("予定は{planned}ですが、実績は{}です", service.name))
    };
    let variant = |visit: &Visit<'_>| {
        let service = visit.service.filter(|of| of.class == Class::Visit)?;
        let held = month.table.variants.iter();
        let mut held = held.filter(|of| of.office == visit.office && of.from <= month.month);
        let is_national = !visit.code.service_type().is_defined_by_the_insurer();
        let missing = held.find(|of| is_national && !service.name.contains(&of.word))?;
        Some(format!(
            "{}に「{}」がありません",
            service.name, missing.word
        ))
    };
    let mut remarks = said_of_visits(client, Code::BaseCode, base);
    remarks.extend(said_of_visits(client, Code::BaseCode, variant));
    remarks
}

/// What is to be said of each visit by itself.
fn said_of_visits(
    client: &ClientMonth<'_>,
    code: Code,
    say: impl Fn(&Visit<'_>) -> Option<String>,
) -> Vec<Remark> {
    let said = client.visits.iter();
    client.remarks_on(code, said.filter_map(|visit| Some((visit, say(visit)?))))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{tables_with_towns, visits};
    use super::*;
    use crate::table::AuditTable;
    use crate::table::source::Source;

    const NOTHING: [&str; 0] = [];

    #[test]
    fn a_visit_is_in_the_band_of_its_code() {
        let wrong = visits(&[
            "5 111111 19:00-19:30",
            "12 111111 19:00-19:30",
            "6 111111 5:30-6:00",
        ]);
        assert_eq!(
            wrong.said(time_band),
            [
                "6日 05:30〜06:00は深夜ですが、コードは日中のものです(身体介護１)",
                "5、12日 19:00〜19:30は夜間ですが、コードは日中のものです(身体介護１)",
            ]
        );
        let by_day = visits(&["5 111112 9:00-9:30"]);
        assert_eq!(
            by_day.said(time_band),
            ["5日 09:00〜09:30は日中ですが、コードは早朝夜間のものです(身体介護１・夜)"]
        );
        let right = visits(&[
            "5 111112 18:00-18:30",
            "6 111112 6:00-6:30",
            "7 111113 23:45-0:15",
            "8 111111 8:00-8:30",
        ]);
        assert_eq!(right.said(time_band), NOTHING);
    }

    #[test]
    fn a_negligible_part_of_a_visit_makes_no_band() {
        let begins_early = |text: &str| visits(&[text]).said(time_band);
        assert_eq!(begins_early("5 111411 7:50-9:50"), NOTHING);
        assert_eq!(
            begins_early("5 111411 7:40-9:40"),
            ["5日 07:40〜09:40は早朝ですが、コードは日中のものです(身体介護４)"]
        );
    }

    #[test]
    fn an_emergency_and_what_no_list_knows_have_no_band() {
        let evening = visits(&["5 111111 19:00-19:30"]);
        assert_eq!(evening.add_on("114000", 5).said(time_band), NOTHING);
        let on_another_day = visits(&["5 111111 19:00-19:30"]).add_on("114000", 6);
        assert_eq!(on_another_day.said(time_band).len(), 1);
        assert_eq!(visits(&["5 119998 19:00-19:30"]).said(time_band), NOTHING);
        let bare = tables_with_towns("119998,,身体介護見本,訪問,2024/06,");
        let bare = visits(&["5 119998 19:00-19:30"]).said_with(&bare, time_band);
        assert_eq!(bare, NOTHING);
        assert_eq!(visits(&["5 A22411 19:00-19:30"]).said(time_band), NOTHING);
    }

    #[test]
    fn a_visit_lasts_as_long_as_its_code_is_for() {
        let wrong = visits(&[
            "5 111111 9:00-10:30",
            "6 117311 9:00-9:20",
            "7 114845 13:00-13:40",
        ]);
        assert_eq!(
            wrong.said(length),
            [
                "5日 予定は90分ですが、身体介護１は20分以上30分未満です",
                "7日 予定は40分ですが、身体介護０１は20分未満です",
                "6日 予定は20分ですが、生活援助３は45分以上です",
            ]
        );
    }

    #[test]
    fn the_usual_round_length_is_none_too_long() {
        let round = visits(&[
            "5 111111 9:00-9:30",
            "6 111211 9:00-10:00",
            "7 117311 9:00-12:00",
        ]);
        assert_eq!(round.said(length), NOTHING);
    }

    #[test]
    fn what_took_place_is_looked_at_where_the_plan_is_right() {
        let short = visits(&["5 111211 9:00-10:00"]).took_place("9:00-9:15");
        assert_eq!(
            short.said(length),
            ["5日 実績は15分ですが、身体介護２は30分以上60分未満です"]
        );
        let fitting = visits(&["5 111211 9:00-10:00"]).took_place("9:00-9:45");
        assert_eq!(fitting.said(length), NOTHING);
        let unplanned = visits(&["5 111111 9:00-10:30"]).unplanned();
        assert!(unplanned.said(length)[0].starts_with("5日 実績は90分"));
        let longer = visits(&["5 111211 9:00-10:00"]).took_place("9:00-10:20");
        assert_eq!(longer.said(length), NOTHING);
    }

    #[test]
    fn the_base_code_in_the_place_of_a_variant_is_named() {
        let base = visits(&["5 111111 18:00-18:30"]).instead_of("111112");
        assert_eq!(
            base.said(base_code),
            ["5日 予定は身体介護１・夜ですが、実績は身体介護１です"]
        );
        let of_an_office = visits(&["5 111111 9:00-9:30"]).instead_of("112001");
        assert_eq!(
            of_an_office.said(base_code),
            ["5日 予定は身体１・Ⅰですが、実績は身体介護１です"]
        );
        let another = visits(&["5 111211 18:00-18:30"]).instead_of("111112");
        assert_eq!(another.said(base_code), NOTHING);
        assert_eq!(visits(&["5 111111 9:00-9:30"]).said(base_code), NOTHING);
    }

    #[test]
    fn an_office_bills_its_own_variant_from_a_month_on() {
        let shipped = include_str!("../../mappings/audit/rules.toml");
        let table = |from: &str| {
            let variant = format!(
                "{shipped}\n[[variant]]\noffice = \"1370100016\"\nword = \"・Ⅰ\"\nfrom = \"{from}\"\n"
            );
            AuditTable::load(&Source::new("audit/rules.toml", variant.as_bytes()).unwrap()).unwrap()
        };
        let both = || {
            visits(&[
                "5 111111 9:00-9:30",
                "6 112001 9:00-9:30",
                "7 111111 9:00-9:30 +",
            ])
        };
        let said = both().by(&table("2026-10")).said(base_code);
        assert_eq!(said, ["5日 身体介護１に「・Ⅰ」がありません"]);
        assert_eq!(both().by(&table("2026-11")).said(base_code), NOTHING);
    }
}
