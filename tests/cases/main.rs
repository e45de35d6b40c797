//! Whole office folders, from the exports that go in to everything that comes out.
//!
//! Each folder of `fixtures/cases` is one situation that a person can open and judge; its
//! README tells how to read it. Here the real program runs in a temporary office folder
//! against a sandbox in this process, and what happened is held against `expected/`.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

#[path = "../support/account.rs"]
mod account;
#[path = "../support/error_workbook.rs"]
mod error_workbook;
#[path = "../support/golden.rs"]
mod golden;

mod case;
mod desk;
mod seen;
mod workbooks;
mod expected;
mod catalogue;
mod computed;

/// One test for each case, named like its folder.
macro_rules! cases {
    ($($name:ident,)*) => {
        $(#[test] fn $name() { run(&stringify!($name).replace('_', "-")); })*

        /// The folders that are run.
        const RUN: &[&str] = &[$(stringify!($name),)*];
    };
}

cases! {
    basics_and_plan_are_all_fine,
    the_same_files_again_send_nothing,
    two_exports_of_one_month,
    a_footnote_is_left_out,
    two_lists_of_clients,
    two_offices_plan_one_month,
    two_helpers_record_one_visit,
    actuals_that_would_come_back,
    a_visit_began_after_midnight,
    a_month_is_looked_at_before_the_claim,
    the_days_of_a_part_of_a_fee_come_back,
    months_computed_by_hand,
    rates_of_2026,
    codes_that_are_percentages,
    rates_in_a_national_plan,
    one_office_plans_care_and_prevention,
    numbers_in_other_forms,
    a_monthly_add_on_on_each_day,
    the_insurer_changes_in_mid_month,
    the_care_office_changes_in_mid_month,
    dates_in_eras,
    public_assistance_until_65,
    a_supplement_says_who_waits,
    a_renewal_is_late,
    a_level_changes_and_the_old_card_is_open,
    a_client_has_nothing_approved,
    care_on_a_day_of_support,
    disability_services_among_ours,
    services_of_others_stand_among_ours,
    the_same_file_twice,
    a_plan_of_another_month,
    no_client_list_yet,
    clients_who_are_not_registered,
    plan_lines_that_cannot_be,
    the_days_have_other_headers,
    the_last_days_have_other_headers,
    every_header_is_another,
    a_column_that_there_is_not,
    months_that_excel_changed,
    add_ons_are_left_out,
    add_ons_stay_when_none_are_registered,
    both_plan_and_actual_are_marked,
    a_plan_comes_as_a_workbook,
    columns_are_moved_renamed_and_added,
    a_care_level_changes_in_mid_month,
    two_helpers_and_a_night_visit,
    an_office_renames_a_header_in_its_own_table,
    a_plan_comes_as_a_national_file,
    national_files_of_older_versions,
    a_newer_national_plan_replaces_the_older,
    a_national_file_is_mixed,
    other_national_files_lie_in_the_inbox,
    clients_come_as_a_supplement,
    a_plan_is_prepared_and_registered_later,
    a_closed_month_is_locked,
    a_proposal_that_is_stale_tells_what_moved,
    one_file_holds_two_months,
    payloads_are_only_written_to_a_file,
    checking_sends_nothing,
    none_of_the_files_can_be_used,
    an_export_has_no_rows,
    cells_cannot_be_read,
    excel_has_damaged_the_client_list,
    clients_have_wrong_values,
    plan_lines_have_wrong_values,
    basic_data_contradicts_itself,
    a_plan_is_full_of_questions,
    a_plan_does_not_fit_the_clients,
    care_wing_rejects_a_cell,
    a_rejected_care_office_holds_its_client,
    somebody_edited_a_client_at_care_wing,
    an_edit_at_care_wing_is_overwritten,
    an_edit_at_care_wing_stays,
    somebody_deleted_items_at_care_wing,
    a_client_vanished_from_the_next_export,
    the_month_of_a_client_who_left_is_emptied,
    the_month_of_a_client_who_left_was_edited,
    too_many_clients_left_at_once,
    the_line_is_cut_in_mid_run,
    care_wing_is_not_there_for_a_moment,
    answers_get_lost_but_nothing_is_sent_twice,
    a_batch_is_refused_as_too_large,
    basic_data_came_from_elsewhere,
    nothing_is_approved_yet,
    actuals_of_every_kind_come_back,
    a_visit_was_made_on_another_day,
    times_of_records_cannot_be_right,
    care_offices_are_told_of_a_corrected_month,
    add_ons_come_though_none_were_asked_for,
    the_same_record_comes_twice,
    a_month_of_28_days,
    a_month_of_29_days,
    a_month_of_30_days,
    a_month_of_31_days,
    names_do_not_fit_shift_jis,
    rows_that_are_nobodys_are_left_out,
    a_towns_codes_are_imported,
    an_error_workbook_comes_back_corrected,
    corrections_that_cannot_be_taken,
    a_question_is_answered,
    nobody_is_forgotten_before_the_claim,
    months_that_offices_ask_about,
    a_national_plan_runs_past_midnight,
    a_national_plan_comes_in_an_archive,
    office_numbers_with_a_letter,
    rows_that_stand_twice,
    sums_that_were_never_worked_out,
    cells_that_excel_took_for_something_else,
    rows_that_end_early_or_late,
    all_actuals_of_an_office_are_taken_back,
}

/// Plays a case and holds what happened against what was expected.
fn run(name: &str) {
    let case = case::read(name);
    let mut desk = desk::Desk::new(&case);
    let mut seen = seen::Seen::default();
    for (number, step) in (1..).zip(&case.step) {
        desk.prepare(step, number);
        seen.add(number, &desk.run(&step.run), step, case.every_call);
        workbooks::hold(&desk.office());
        if step.shows_the_outbox {
            let outbox = desk.outbox().into_iter();
            seen.outbox
                .extend(outbox.map(|(name, bytes)| (format!("{number}/{name}"), bytes)));
        }
    }
    if !case.step.iter().any(|step| step.shows_the_outbox) {
        seen.outbox = desk.outbox();
    }
    expected::hold(&case.folder.join("expected"), &seen);
}

#[test]
fn every_case_is_run() {
    let mut run: Vec<String> = RUN.iter().map(|name| name.replace('_', "-")).collect();
    run.sort();
    assert_eq!(run, case::names());
}
