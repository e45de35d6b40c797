"""The month's plan to Care-wing payloads, with polars, as its user guide teaches."""

import polars as pl

from common import (
    CODE, COLUMNS, COUNT, DAYS, END, INSURED, INSURER, MONTH, OFFICE, SHAPES, START, SUM, TIME,
    TOTAL, Run, arguments,
)

KEY = [OFFICE, MONTH, INSURER, INSURED]
ADD_ON = ["date", "service_code"]
VISIT = ["date", "start", "end", "service_code"]


def read(path):
    # As texts, because numbers would lose the zeros that the codes begin with. An encoding other
    # than UTF-8 is decoded by Python, in memory, before the file is read. Without null_values an
    # empty cell would not be null if it has quotes.
    return pl.read_csv(
        path, columns=COLUMNS, encoding="cp932", infer_schema=False, null_values=""
    )


def fits(column, shape):
    return pl.col(column).str.contains(f"^(?:{shape})$")


def is_good():
    may_be_empty = {START: TIME, END: TIME, TOTAL: SUM} | dict.fromkeys(DAYS, COUNT)
    counts = {day: pl.col(f"予定{day}").cast(pl.Int64, strict=False) for day in range(1, 32)}
    month = pl.concat_str(MONTH, pl.lit("/01")).str.to_date("%Y/%m/%d", strict=False)
    return pl.all_horizontal(
        *(fits(column, shape).fill_null(False) for column, shape in SHAPES.items()),
        *(fits(column, shape).fill_null(True) for column, shape in may_be_empty.items()),
        # Both times or none; and if both, two different ones.
        pl.col(START).is_null() == pl.col(END).is_null(),
        (pl.col(START) != pl.col(END)).fill_null(True),
        pl.col(TOTAL).is_null()
        | (pl.col(TOTAL).cast(pl.Int64, strict=False) == pl.sum_horizontal(counts.values())),
        # Days that the month does not have; every month has 28.
        *(
            (counts[day].fill_null(0) == 0) | (day <= month.dt.month_end().dt.day())
            for day in (29, 30, 31)
        ),
    ).fill_null(False)


def main():
    options = arguments()
    run = Run("polars", pl.__version__, "plain")
    cells = (
        pl.concat(read(path) for path in options.files)
        # 9:00 as 09:00, which is how a payload has it.
        .with_columns(pl.col(START, END).str.zfill(5))
        .with_columns(good=is_good())
        .with_row_index("row")
    )

    # A bad row withholds all of its client's month.
    bad = cells.filter(~pl.col("good"))
    withheld = bad.select(KEY).unique()

    # The grid has a column for each day; from here on each day that has a count is a row.
    items = (
        cells.lazy()
        .join(withheld.lazy(), on=KEY, how="anti", nulls_equal=True)
        .unpivot(
            DAYS, index=["row", *KEY, CODE, START, END], variable_name="day", value_name="count"
        )
        .with_columns(pl.col("count").cast(pl.Int64))
        .filter(pl.col("count") > 0)
        .with_columns(
            pl.col(MONTH).str.replace("/", "-", literal=True),
            day=pl.col("day").str.strip_prefix("予定").str.zfill(2),
        )
        .with_columns(date=pl.concat_str(MONTH, "day", separator="-"))
        .rename({START: "start", END: "end", CODE: "service_code"})
        .collect()
    )

    # The first row of the grid that has the service at that time is no repetition.
    first = pl.col("row") == pl.col("row").min().over(*KEY, *VISIT)
    twins = items.filter(~first).get_column("row").n_unique()

    payloads = (
        items.lazy()
        # A count of two is two visits.
        .select(pl.all().repeat_by("count").explode())
        .sort(*KEY, *VISIT)
        .group_by(KEY, maintain_order=True)
        .agg(
            visits=pl.struct(VISIT).filter(pl.col("start").is_not_null()),
            add_ons=pl.struct(ADD_ON).filter(pl.col("start").is_null()),
        )
        .select(
            pl.col(OFFICE).alias("office"),
            pl.col(MONTH).alias("month"),
            pl.struct(insurer_number=INSURER, insured_number=INSURED).alias("client"),
            "visits",
            "add_ons",
        )
        .collect()
    )
    payloads.write_ndjson(options.output)
    run.ends(payloads.height, withheld.height, bad.height, twins)


if __name__ == "__main__":
    main()
