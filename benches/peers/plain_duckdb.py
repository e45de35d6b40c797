"""The month's plan to Care-wing payloads, with DuckDB, as its documentation teaches."""

import duckdb

from common import (
    CODE, COUNT, DAYS, END, INSURED, INSURER, MONTH, OFFICE, SHAPES, START, SUM, TIME, TOTAL, Run,
    arguments, decoded,
)

MAY_BE_EMPTY = {START: TIME, END: TIME, TOTAL: SUM} | dict.fromkeys(DAYS, COUNT)
# A comparison with an empty cell, which is NULL, is neither true nor false.
GOOD = " AND ".join(
    [f"coalesce(regexp_full_match({column}, '{shape}'), false)" for column, shape in SHAPES.items()]
    + [
        f"coalesce(regexp_full_match({column}, '{shape}'), true)"
        for column, shape in MAY_BE_EMPTY.items()
    ]
)
COUNTS = [f"coalesce(try_cast({day} AS INTEGER), 0)" for day in DAYS]
LAST = f"day(last_day(try_strptime({MONTH}, '%Y/%m')))"

# Everything as texts, because numbers would lose the zeros that the codes begin with.
READ = f"""
CREATE TEMP TABLE cells AS
SELECT
    row_number() OVER () AS row,
    {OFFICE} AS office, {MONTH} AS month, {INSURER} AS insurer, {INSURED} AS insured,
    {CODE} AS service_code,
    -- 9:00 as 09:00, which is how a payload has it.
    lpad({START}, 5, '0') AS start_time, lpad({END}, 5, '0') AS end_time,
    {", ".join(DAYS)},
    coalesce(
        {GOOD}
        -- Both times or none; and if both, two different ones.
        AND (start_time IS NULL) = (end_time IS NULL) AND coalesce(start_time <> end_time, true)
        AND ({TOTAL} IS NULL OR try_cast({TOTAL} AS INTEGER) = {" + ".join(COUNTS)})
        -- Days that the month does not have; every month has 28.
        AND ({COUNTS[28]} = 0 OR {LAST} >= 29)
        AND ({COUNTS[29]} = 0 OR {LAST} >= 30)
        AND ({COUNTS[30]} = 0 OR {LAST} >= 31),
        false
    ) AS good
FROM read_csv($files, header = true, all_varchar = true)
"""

# The grid has a column for each day; from here on each day that has a count is a row. UNPIVOT
# leaves out what is empty.
ITEMS = f"""
-- A bad row withholds all of its client's month.
CREATE TEMP TABLE withheld AS
SELECT DISTINCT office, month, insurer, insured FROM cells WHERE NOT good;

CREATE TEMP TABLE items AS
WITH plan AS (
    SELECT * EXCLUDE (good)
    FROM cells ANTI JOIN withheld USING (office, month, insurer, insured)
    -- An empty cell equals nothing, and is not joined; but then the row is bad itself.
    WHERE good
), days AS (
    UNPIVOT plan ON {", ".join(DAYS)} INTO NAME day VALUE count
)
SELECT
    row, office, replace(month, '/', '-') AS month, insurer, insured,
    concat(replace(month, '/', '-'), '-', lpad(replace(day, '予定', ''), 2, '0')) AS date,
    start_time, end_time, service_code, count::INTEGER AS count
FROM days
WHERE count::INTEGER > 0;
"""

WRITE = """
COPY (
    -- A count of two is two visits.
    WITH times AS (
        SELECT *, unnest(range(count)) FROM items
    )
    SELECT
        office,
        month,
        struct_pack(insurer_number := insurer, insured_number := insured) AS client,
        coalesce(
            list(
                struct_pack(
                    date := date, "start" := start_time, "end" := end_time,
                    service_code := service_code
                )
                ORDER BY date, start_time, end_time, service_code
            ) FILTER (start_time IS NOT NULL),
            []
        ) AS visits,
        coalesce(
            list(
                struct_pack(date := date, service_code := service_code)
                ORDER BY date, service_code
            ) FILTER (start_time IS NULL),
            []
        ) AS add_ons
    FROM times
    GROUP BY office, month, insurer, insured
    ORDER BY office, month, insurer, insured
) TO '{output}' (FORMAT json, USE_TMP_FILE false)
"""

# Rows that have a service at the same times of the same day as an earlier one.
REPEATED = """
SELECT count(DISTINCT row)
FROM (
    SELECT row FROM items
    QUALIFY row_number() OVER (
        PARTITION BY office, month, insurer, insured, date, start_time, end_time, service_code
        ORDER BY row
    ) > 1
)
"""


def main():
    options = arguments()
    run = Run("duckdb", duckdb.__version__, "plain")
    base = duckdb.connect()
    with decoded(options.files) as files:
        base.execute(READ, {"files": files})
    base.execute(ITEMS)
    base.execute(WRITE.format(output=options.output.replace("'", "''")))
    (twins,) = base.execute(REPEATED).fetchone()
    (withheld,) = base.execute("SELECT count(*) FROM withheld").fetchone()
    (bad,) = base.execute("SELECT count(*) FROM cells WHERE NOT good").fetchone()
    (clients,) = base.execute(
        "SELECT count(*) FROM (SELECT DISTINCT office, month, insurer, insured FROM items)"
    ).fetchone()
    run.ends(clients, withheld, bad, twins)


if __name__ == "__main__":
    main()
