"""The month's plan to Care-wing payloads, with pandas, as its user guide teaches."""

import json

import pandas as pd

from common import (
    CODE, COLUMNS, COUNT, DAYS, END, INSURED, INSURER, MONTH, OFFICE, SHAPES, START, SUM, TIME,
    TOTAL, Run, arguments,
)

KEY = [OFFICE, MONTH, INSURER, INSURED]
ADD_ON = ["date", "service_code"]
VISIT = ["date", "start", "end", "service_code"]


def read(path):
    # As texts, because numbers would lose the zeros that the codes begin with.
    return pd.read_csv(path, dtype=str, encoding="cp932", keep_default_na=False, usecols=COLUMNS)


def with_two_digits(times):
    """9:00 as 09:00, which is how a payload has it; an empty cell stays empty."""
    return times.str.zfill(5).where(times != "", "")


def is_good(cells):
    good = pd.Series(True, index=cells.index)
    for column, shape in SHAPES.items():
        good &= cells[column].str.fullmatch(shape)
    may_be_empty = {START: TIME, END: TIME, TOTAL: SUM} | dict.fromkeys(DAYS, COUNT)
    for column, shape in may_be_empty.items():
        good &= (cells[column] == "") | cells[column].str.fullmatch(shape)

    # Both times or none; and if both, two different ones.
    start, end = cells[START], cells[END]
    good &= ((start == "") & (end == "")) | ((start != "") & (end != "") & (start != end))

    counts = cells[DAYS].apply(pd.to_numeric, errors="coerce").fillna(0)
    total = pd.to_numeric(cells[TOTAL], errors="coerce")
    good &= (cells[TOTAL] == "") | (total == counts.sum(axis="columns"))

    # Days that the month does not have; every month has 28.
    month = pd.to_datetime(cells[MONTH], format="%Y/%m", errors="coerce")
    for day in (29, 30, 31):
        good &= (counts[f"予定{day}"] == 0) | (day <= month.dt.days_in_month)
    return good


def listed(items, columns):
    """The items of each client as a list of dicts.

    All dicts are made at once: to_dict for each client by itself takes many times as long.
    """
    items = items.assign(item=items[columns].to_dict("records"))
    return items.groupby(KEY)["item"].agg(list)


def main():
    options = arguments()
    run = Run("pandas", pd.__version__, "plain")
    cells = pd.concat([read(path) for path in options.files], ignore_index=True)
    cells[START] = with_two_digits(cells[START])
    cells[END] = with_two_digits(cells[END])

    # A bad row withholds all of its client's month.
    cells["good"] = is_good(cells)
    bad = cells.loc[~cells["good"], KEY]
    plan = cells[cells.groupby(KEY)["good"].transform("all")]

    # The grid has a column for each day; from here on each day that has a count is a row. The
    # index still says which row of the grid it was.
    items = plan.melt(
        id_vars=[*KEY, CODE, START, END], value_vars=DAYS, var_name="day", value_name="count",
        ignore_index=False,
    )
    items = items[items["count"] != ""].astype({"count": int})
    items = items[items["count"] > 0]
    day = items["day"].str.removeprefix("予定").str.zfill(2)
    items["date"] = items[MONTH].str.replace("/", "-") + "-" + day
    items = items.rename(columns={START: "start", END: "end", CODE: "service_code"})

    again = items.duplicated([*KEY, *VISIT])
    twins = items.index[again].nunique()

    # A count of two is two visits.
    items = items[[*KEY, *VISIT, "count"]].reset_index(drop=True)
    items = items.loc[items.index.repeat(items["count"])]
    items = items.sort_values([*KEY, *VISIT])

    has_times = items["start"] != ""
    visits, add_ons = listed(items[has_times], VISIT), listed(items[~has_times], ADD_ON)
    payloads = pd.DataFrame({"visits": visits, "add_ons": add_ons}).sort_index()
    with open(options.output, "w", encoding="utf-8", newline="\n") as out:
        for (office, month, insurer, insured), visits, add_ons in payloads.itertuples():
            payload = {
                "office": office,
                "month": month.replace("/", "-"),
                "client": {"insurer_number": insurer, "insured_number": insured},
                # Who has none of the one, but some of the other, has no list here.
                "visits": visits if isinstance(visits, list) else [],
                "add_ons": add_ons if isinstance(add_ons, list) else [],
            }
            out.write(json.dumps(payload, separators=(",", ":")) + "\n")
    run.ends(len(payloads), len(bad.drop_duplicates()), len(bad), twins)


if __name__ == "__main__":
    main()
