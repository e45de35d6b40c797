"""The month's plan to Care-wing payloads, with pandas, tuned to data like this."""

import numpy as np
import pandas as pd
import pyarrow as pa

from common import (
    CODE, COLUMNS, COUNT, DAYS, END, INSURED, INSURER, MONTH, OFFICE, SHAPES, START, SUM, TIME,
    TOTAL, Run, arguments,
)

KEY = [OFFICE, MONTH, INSURER, INSURED]
ADD_ONS = '],"add_ons":['
END_OF_LINE = "]}\n"
PART = 1 << 19


def read(path):
    return pd.read_csv(
        path, engine="pyarrow", encoding="cp932", usecols=COLUMNS,
        dtype=pd.ArrowDtype(pa.string()), keep_default_na=False, na_values=[""],
    )


def spread(cells, values, empty):
    """The value of each cell, from those of the categories; the code of an empty cell is -1."""
    return np.append(values, np.array(empty, values.dtype))[cells.cat.codes.to_numpy()]


def matching(texts, shape):
    return texts.str.fullmatch(shape).astype(bool)


def fits(cells, shape, empty=False):
    return spread(cells, matching(cells.cat.categories, shape), empty)


def numbers(cells, shape, kind):
    """The numbers that the cells hold; 0 where they are empty or hold none."""
    texts = cells.cat.categories
    return spread(cells, texts.where(matching(texts, shape), "0").to_numpy(str).astype(kind), 0)


def minutes(cells):
    """Minutes since midnight; -1 where there is no time."""
    texts = cells.cat.categories
    texts = texts.where(matching(texts, TIME), "0:00")
    hours, rest = texts.str[:-3].to_numpy(str), texts.str[-2:].to_numpy(str)
    return spread(cells, hours.astype(np.int16) * 60 + rest.astype(np.int16), -1)


def length_of_month(cells):
    texts = cells.cat.categories
    months = texts.where(matching(texts, SHAPES[MONTH]), "2000/01").str.replace("/", "-")
    return spread(cells, pd.PeriodIndex(months, freq="M").days_in_month.to_numpy(), 31)


def two_digits(numbers):
    return numbers.astype(str).str.zfill(2)


def clock(minutes):
    return two_digits(minutes // 60) + ":" + two_digits(minutes % 60)


def in_json(elements):
    """Visits and add-ons as they stand in the list."""
    date = '{"date":"' + elements["month"].str.replace("/", "-") + "-" + two_digits(elements["day"])
    times = '","start":"' + clock(elements["start"]) + '","end":"' + clock(elements["end"])
    times = times.where(elements["start"] >= 0, "")
    return date + times + '","service_code":"' + elements["code"] + '"}'


def repeated(lines, counts):
    """How many lines have a service at the same times of the same day as an earlier one."""
    alike = np.flatnonzero(lines.duplicated(["group", "start", "end", "code"], keep=False))
    at, day = np.nonzero(counts[alike])
    days = lines.iloc[alike[at]].assign(day=day)
    return days.index[days.duplicated(["group", "start", "end", "code", "day"])].nunique()


def openings(owners, heads):
    """What stands before the first element of each list, since the list before it."""
    client, has_no_visits = np.divmod(owners, 2)
    before = np.append(-1, owners[:-1])
    texts = pd.Series(heads.loc[client].to_numpy(object) + np.where(has_no_visits, ADD_ONS, ""))
    ends = np.where(before % 2, END_OF_LINE, ADD_ONS + END_OF_LINE).astype(object)
    ends[:1] = ""
    return (ends + texts).where(before // 2 != client, ADD_ONS)


def beginnings(keys):
    """The beginnings of the lines."""
    return (
        '{"office":"' + keys[OFFICE] + '","month":"' + keys[MONTH].str.replace("/", "-")
        + '","client":{"insurer_number":"' + keys[INSURER]
        + '","insured_number":"' + keys[INSURED] + '"},"visits":['
    )


def main():
    options = arguments()
    run = Run("pandas", pd.__version__, "tuned")
    cells = pd.concat([read(path) for path in options.files], ignore_index=True)
    # As a category, a million cells are a million small numbers and a handful of texts, and
    # what is asked about a text is asked once for each text that occurs.
    cells = cells.astype("category")

    good = np.logical_and.reduce([fits(cells[column], shape) for column, shape in SHAPES.items()])
    good &= fits(cells[START], TIME, empty=True) & fits(cells[END], TIME, empty=True)
    start, end = minutes(cells[START]), minutes(cells[END])
    # Both times or none; and if both, two different ones.
    good &= ((start < 0) == (end < 0)) & ((start != end) | (start < 0))
    counts = np.empty((len(cells), 31), dtype=np.uint8)
    last = length_of_month(cells[MONTH])
    for at, column in enumerate(DAYS):
        good &= fits(cells[column], COUNT, empty=True)
        counts[:, at] = numbers(cells[column], COUNT, np.uint8)
        good &= (counts[:, at] == 0) | (at < last)
    sums = counts.sum(axis=1, dtype=np.uint16)
    stated = numbers(cells[TOTAL], SUM, np.uint16)
    good &= fits(cells[TOTAL], SUM, empty=True) & (cells[TOTAL].isna() | (sums == stated))

    # The numbers of the groups are in the order of the keys.
    groups = cells.groupby(KEY, observed=True, dropna=False, sort=True).ngroup().to_numpy()
    withheld = np.unique(groups[~good])
    kept = np.flatnonzero((sums > 0) & ~np.isin(groups, withheld))
    counts = counts[kept]
    lines = pd.DataFrame({"group": groups[kept], "start": start[kept], "end": end[kept]})
    for name, column in [("month", MONTH), ("code", CODE)]:
        lines[name] = cells[column].array[kept]
    heads = cells.loc[kept, KEY].assign(group=groups[kept]).drop_duplicates("group")
    heads = beginnings(heads.set_index("group").astype("str"))
    twins = repeated(lines, counts)
    del cells

    # Eleven million elements are sorted as one number each: whose, visit or add-on, day,
    # service. The numbers of the services are in the order of times and code.
    services = lines.groupby(["month", "start", "end", "code"], observed=True, sort=True)
    service = services.ngroup().to_numpy()
    number_of_services = services.ngroups
    at, day = np.nonzero(counts)
    at, day = np.repeat(at, counts[at, day]), np.repeat(day, counts[at, day])
    owner = lines["group"].to_numpy()[at] * 2 + (lines["start"].to_numpy()[at] < 0)
    order = (owner * 31 + day) * number_of_services + service[at]
    order.sort()
    owner, element = np.divmod(order, 31 * number_of_services)
    del at, day, order, counts

    # The text of each element that occurs, with a comma before it; and at the start of a list
    # without, but with all that stands between the lists.
    places, distinct = pd.factorize(element)
    columns = ["month", "start", "end", "code"]
    table = lines[columns].iloc[np.unique(service, return_index=True)[1]]
    table = table.iloc[distinct % number_of_services].assign(day=distinct // number_of_services + 1)
    texts = in_json(table.astype({"month": "str", "code": "str"})).to_numpy(object)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    begun = openings(owner[first], heads).to_numpy(object) + texts[places[first]]
    texts = "," + texts

    with open(options.output, "w", encoding="ascii", newline="\n") as out:
        # In parts, so that the whole text is never there at once.
        for part in range(0, len(places), PART):
            pieces = texts[places[part : part + PART]]
            low, high = np.searchsorted(first, [part, part + PART])
            pieces[first[low:high] - part] = begun[low:high]
            out.write("".join(pieces.tolist()))
        if len(owner):
            out.write(END_OF_LINE if owner[-1] % 2 else ADD_ONS + END_OF_LINE)
    run.ends(len(heads), len(withheld), np.count_nonzero(~good), twins)


if __name__ == "__main__":
    main()
