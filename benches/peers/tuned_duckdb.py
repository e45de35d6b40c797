"""The month's plan to Care-wing payloads, with DuckDB, tuned to data like this."""

import duckdb

from common import (
    CODE, COUNT, DAYS, END, INSURED, INSURER, MONTH, OFFICE, SHAPES, START, SUM, TIME, TOTAL, Run,
    arguments, decoded,
)

# The numbers of a row's days. An empty cell, and one that holds none, counts as 0.
COUNTS = ", ".join(f'coalesce(try_cast("{day}" AS UTINYINT), 0)' for day in DAYS)

# A cell that is empty fits where it may be.
GOOD = " AND ".join(
    [f"coalesce(regexp_full_match({column}, '{shape}'), false)" for column, shape in SHAPES.items()]
    + [
        f"coalesce(regexp_full_match({column}, '{shape}'), true)"
        for column, shape in [(START, TIME), (END, TIME), (TOTAL, SUM)] + [(d, COUNT) for d in DAYS]
    ]
)

# DuckDB reads CP932 only with an extension that it loads from the network at run time. So the
# files are decoded first; and into a temporary file, because its reader takes no bytes.
READ = f"""
CREATE TEMP TABLE cells AS
SELECT
    {OFFICE} AS office, {MONTH} AS month, {INSURER} AS insurer, {INSURED} AS insured,
    {CODE} AS code, lpad({START}, 5, '0') AS start_, lpad({END}, 5, '0') AS end_,
    [{COUNTS}] AS counts,
    list_sum(counts) AS total,
    coalesce(
        {GOOD}
        -- Both times or none; and if both, two different ones.
        AND (start_ IS NULL) = (end_ IS NULL) AND coalesce(start_ <> end_, true)
        AND coalesce(try_cast({TOTAL} AS INTEGER) = total, {TOTAL} IS NULL)
        -- Days that the month does not have; every month has 28.
        AND coalesce(list_sum(counts[day(last_day(try_strptime(month, '%Y/%m'))) + 1:]), 0) = 0,
        false
    ) AS good
FROM read_csv($files, delim = ',', quote = '"', escape = '"', header = true, all_varchar = true)
"""

STEPS = """
-- The clients' months, in the order of their keys.
CREATE TEMP TABLE clients AS
SELECT row_number() OVER (ORDER BY office, month, insurer, insured) AS client, *
FROM (
    SELECT office, month, insurer, insured, bool_and(good) AS good
    FROM cells GROUP BY ALL
);

-- The numbers of a client's lines are in the order in which one day's elements stand. What an
-- element says after its date is written once for all days of the line.
CREATE TEMP TABLE lines AS
SELECT
    cells.rowid AS row, client, start_ IS NULL AS is_add_on, counts,
    row_number() OVER (PARTITION BY client ORDER BY start_, end_, code) - 1 AS line,
    coalesce('","start":"' || start_ || '","end":"' || end_, '')
    || '","service_code":"' || code || '"}' AS text
FROM cells JOIN clients USING (office, month, insurer, insured)
WHERE clients.good AND total > 0;

-- An element is one number, of day and line: numbers are sorted, not texts.
SET VARIABLE lines = (SELECT coalesce(max(line), 0) + 1 FROM lines);

CREATE TEMP TABLE lists AS
WITH days AS (
    SELECT
        client, is_add_on,
        unnest(range(31)) * getvariable('lines') + line AS element,
        unnest(counts) AS count
    FROM lines
), elements AS (
    SELECT client, is_add_on, element FROM days WHERE count > 0
    UNION ALL
    SELECT client, is_add_on, element FROM days, range(1, count) WHERE count > 1
), months AS (
    SELECT
        client,
        list(element ORDER BY element) FILTER (NOT is_add_on) AS visits,
        list(element ORDER BY element) FILTER (is_add_on) AS add_ons
    FROM elements GROUP BY client
), texts AS (
    SELECT client, list(text ORDER BY line) AS texts FROM lines GROUP BY client
)
SELECT clients.*, visits, add_ons, texts
FROM months JOIN texts USING (client) JOIN clients USING (client)
ORDER BY client;
"""

# Rows that have a service at the same times of the same day as an earlier one.
REPEATED = """
WITH alike AS (
    SELECT client, text FROM lines GROUP BY ALL HAVING count(*) > 1
), days AS (
    SELECT row, client, text, unnest(range(1, 32)) AS day, unnest(counts) AS count
    FROM lines SEMI JOIN alike USING (client, text)
), places AS (
    SELECT row, row_number() OVER (PARTITION BY client, text, day ORDER BY row) AS place
    FROM days WHERE count > 0
)
SELECT count(DISTINCT row) FROM places WHERE place > 1
"""

# A CSV file of one column, neither quoted nor separated, is what its cells say. One thread
# writes in the order of the table; several would keep most of the text in memory to restore it,
# and were slower by half.
WRITE = """
SET threads = 1;
COPY (
    SELECT concat(
        '{{"office":"', office, '","month":"', dashed, '","client":{{"insurer_number":"', insurer,
        '","insured_number":"', insured, '"}},"visits":[', {visits},
        '],"add_ons":[', {add_ons}, ']}}'
    )
    FROM (SELECT *, replace(month, '/', '-') AS dashed FROM lists)
) TO '{output}' (FORMAT csv, HEADER false, DELIMITER '', QUOTE '', ESCAPE '', USE_TMP_FILE false)
"""
ENDS_OF_DATES = [f"-{day:02}" for day in range(1, 32)]


def joined(elements):
    """The texts of a list of elements, with commas."""
    return f"""array_to_string(list_transform({elements}, lambda element: concat(
        '{{"date":"', dashed, {ENDS_OF_DATES}[element // getvariable('lines') + 1],
        texts[element % getvariable('lines') + 1]
    )), ',')"""


def main():
    options = arguments()
    run = Run("duckdb", duckdb.__version__, "tuned")
    base = duckdb.connect()
    with decoded(options.files) as files:
        base.execute(READ, {"files": files})
    base.execute(STEPS)
    output = options.output.replace("'", "''")
    visits, add_ons = joined("visits"), joined("add_ons")
    base.execute(WRITE.format(visits=visits, add_ons=add_ons, output=output))
    (twins,) = base.execute(REPEATED).fetchone()
    (withheld,) = base.execute("SELECT count(*) FROM clients WHERE NOT good").fetchone()
    (bad,) = base.execute("SELECT count(*) FROM cells WHERE NOT good").fetchone()
    (clients,) = base.execute("SELECT count(*) FROM lists").fetchone()
    run.ends(clients, withheld, bad, twins)


if __name__ == "__main__":
    main()
