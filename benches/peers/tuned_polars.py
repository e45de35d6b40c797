"""The month's plan to Care-wing payloads, with polars, tuned to data like this."""

import polars as pl

from common import (
    CODE, COUNT, DAYS, END, INSURED, INSURER, MONTH, OFFICE, SHAPES, START, SUM, TIME, TOTAL, Run,
    arguments, decoded,
)

KEY = [OFFICE, MONTH, INSURER, INSURED]
SERVICE = [MONTH, START, END, CODE]
ADD_ONS = '],"add_ons":['
END_OF_LINE = "]}\n"


def fits(column, shape):
    """Empty where the cell is."""
    return pl.col(column).str.contains(f"^(?:{shape})$")


def number(column, kind):
    """0 where the cell is empty or holds none."""
    return pl.col(column).cast(kind, strict=False).fill_null(0)


def total():
    return pl.sum_horizontal(number(column, pl.UInt16) for column in DAYS)


def is_good():
    start, end = pl.col(START).str.zfill(5), pl.col(END).str.zfill(5)
    first = pl.concat_str(pl.col(MONTH), pl.lit("/01")).str.to_date("%Y/%m/%d", strict=False)
    last = first.dt.month_end().dt.day()
    return pl.all_horizontal(
        *(fits(column, shape).fill_null(False) for column, shape in SHAPES.items()),
        *(fits(column, TIME).fill_null(True) for column in (START, END)),
        # Both times or none; and if both, two different ones.
        start.is_null() == end.is_null(),
        (start != end).fill_null(True),
        *(fits(column, COUNT).fill_null(True) for column in DAYS),
        # Every month has 28 days.
        *(
            ((number(column, pl.UInt8) == 0) | (day <= last)).fill_null(False)
            for day, column in enumerate(DAYS[28:], 29)
        ),
        fits(TOTAL, SUM).fill_null(True),
        pl.col(TOTAL).is_null() | (number(TOTAL, pl.UInt16) == total()),
    )


def read(paths):
    """The cells that matter, with days as numbers, and whether a row is good."""
    # The decoded copy is read in parts by all cores, and never there as a whole.
    with decoded(paths) as files:
        cells = pl.scan_csv(files, infer_schema=False, null_values="").select(
            *KEY, CODE, pl.col(START, END).str.zfill(5), *(number(day, pl.UInt8) for day in DAYS),
            good=is_good(), total=total(),
        )
        return cells.collect(engine="streaming")


def repeated(lines):
    """How many lines have a service at the same times of the same day as an earlier one."""
    alike = lines.with_row_index("row").filter(pl.col("line").is_duplicated())
    days = alike.unpivot(DAYS, index=["row", "line"], variable_name="day")
    again = ~pl.struct("line", "day").is_first_distinct()
    return days.filter(pl.col("value") > 0).filter(again).get_column("row").n_unique()


def in_json(services, elements):
    """The text of each element that occurs: a visit, or an add-on, which has no times."""
    text = pl.concat_str(
        pl.lit('{"date":"'), dashed(MONTH), pl.lit("-"),
        pl.col("day").cast(pl.String).str.zfill(2),
        pl.concat_str(pl.lit('","start":"'), START, pl.lit('","end":"'), END).fill_null(""),
        pl.lit('","service_code":"'), CODE, pl.lit('"}'),
    )
    distinct = elements.select(pl.col("element").unique()).with_columns(
        day=pl.col("element") // services.height + 1, service=pl.col("element") % services.height
    )
    return distinct.join(services, on="service").select("element", text=text)


def dashed(month):
    return pl.col(month).str.replace("/", "-", literal=True)


def beginnings():
    """The beginning of a client's line."""
    return pl.concat_str(
        pl.lit('{"office":"'), OFFICE, pl.lit('","month":"'), dashed(MONTH),
        pl.lit('","client":{"insurer_number":"'), INSURER,
        pl.lit('","insured_number":"'), INSURED, pl.lit('"},"visits":['),
    )


def ending(owner):
    """The end of a client's line, after the last list that has an element."""
    has_add_ons = pl.when(owner % 2 == 1).then(pl.lit(END_OF_LINE))
    return has_add_ons.when(owner % 2 == 0).then(pl.lit(ADD_ONS + END_OF_LINE))


def opened(elements, texts, clients):
    """The first element of each list, with all that stands between it and the list before."""
    firsts = elements.filter("first").with_columns(
        client=pl.col("owner") // 2, add_ons=pl.col("owner") % 2 == 1
    )
    before = pl.col("owner").shift()
    opening = pl.when((before // 2 == pl.col("client")).fill_null(False)).then(pl.lit(ADD_ONS))
    opening = opening.otherwise(
        pl.concat_str(
            ending(before).fill_null(""),
            beginnings(),
            pl.when("add_ons").then(pl.lit(ADD_ONS)).otherwise(pl.lit("")),
        )
    )
    joined = firsts.join(clients, on="client", how="left", maintain_order="left")
    joined = joined.join(texts, on="element", how="left", maintain_order="left")
    return joined.select(element=-1 - pl.col("owner"), text=pl.concat_str(opening, "text"))


def main():
    options = arguments()
    run = Run("polars", pl.__version__, "tuned")
    lines = read(options.files)
    bad = lines.filter(~pl.col("good")).select(KEY)
    withheld = bad.unique()
    lines = lines.filter(pl.col("total") > 0).join(
        withheld, on=KEY, how="anti", nulls_equal=True, maintain_order="left"
    )

    # Eleven million elements are sorted as one number each: whose, visit or add-on, day,
    # service. Clients and services are numbered in the order of their keys.
    clients = lines.select(KEY).unique().sort(KEY)
    clients = clients.with_row_index("client").cast({"client": pl.Int64})
    services = lines.select(SERVICE).unique().sort(SERVICE)
    services = services.with_row_index("service").cast({"service": pl.Int64})
    step = 31 * services.height
    lines = (
        lines.lazy()
        .join(clients.lazy(), on=KEY, maintain_order="left")
        .join(services.lazy(), on=SERVICE, nulls_equal=True, maintain_order="left")
        .select(
            *DAYS,
            line=(pl.col("client") * 2 + pl.col(START).is_null()) * step + pl.col("service"),
        )
        .collect()
    )
    twins = repeated(lines)
    elements = pl.concat(
        lines.lazy()
        .filter(pl.col(column) > 0)
        .select(order=pl.col("line") + day * services.height, count=column)
        for day, column in enumerate(DAYS)
    )
    more = elements.filter(pl.col("count") > 1)
    more = more.select(pl.col("order").repeat_by(pl.col("count") - 1).explode())
    owner = pl.col("order") // step
    elements = (
        pl.concat([elements.select("order"), more])
        .sort("order")
        .select(owner=owner, element=pl.col("order") % step, first=owner.ne_missing(owner.shift()))
        .collect()
    )

    # A file of one column that is neither quoted nor ended by anything is what its cells say.
    # Each element has a comma before it; the first of a list, all that stands between the lists.
    texts = in_json(services, elements)
    commas = texts.with_columns(text=pl.concat_str(pl.lit(","), "text"))
    texts = pl.concat([commas, opened(elements, texts, clients)])
    element = pl.when("first").then(-1 - pl.col("owner")).otherwise("element")
    pieces = elements.lazy().select(element=element)
    pieces = pieces.join(texts.lazy(), on="element", how="left", maintain_order="left")
    end = elements.lazy().tail(1).select(text=ending(pl.col("owner")))
    pl.concat([pieces.select("text"), end]).sink_csv(
        options.output, include_header=False, quote_style="never", line_terminator=""
    )
    run.ends(clients.height, withheld.height, bad.height, twins)


if __name__ == "__main__":
    main()
