"""What the peers share: the columns, the shapes, the arguments and what is printed."""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from contextlib import contextmanager

MONTH, OFFICE, INSURER, INSURED = "対象年月", "事業所番号", "保険者番号", "被保険者番号"
CODE, START, END, TOTAL = "サービスコード", "開始時刻", "終了時刻", "予定合計"
DAYS = [f"予定{day}" for day in range(1, 32)]
# No payload needs the names and the actuals: each library may pass over those columns.
COLUMNS = [MONTH, OFFICE, INSURER, INSURED, CODE, START, END, *DAYS, TOTAL]

# An empty cell fits none of these, so the required cells are checked by the same stroke.
SHAPES = {
    MONTH: r"[0-9]{4}/(0[1-9]|1[0-2])",
    OFFICE: r"[0-9]{10}",
    INSURER: r"[0-9]{6}",
    INSURED: r"([0-9]{10}|H[0-9]{9})",
    CODE: r"[0-9A-Z]{6}",
}
TIME = r"([01]?[0-9]|2[0-3]):[0-5][0-9]"
COUNT = r"[0-9]{1,2}"
SUM = r"[0-9]{1,4}"


def arguments():
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("files", nargs="+", help="exports of the month's plan, CSV in CP932")
    parser.add_argument("-o", "--output", required=True, help="where the JSON Lines go")
    return parser.parse_args()


@contextmanager
def decoded(paths):
    """The files as UTF-8 in a temporary folder, for a reader that knows no CP932.

    Bytes that are no characters are an error, and end the program, as they do in pandas.
    """
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, path in enumerate(paths):
            names.append(os.path.join(folder, f"{number}.csv"))
            with (
                open(path, encoding="cp932", newline="") as source,
                open(names[-1], "wb") as target,
            ):
                while text := source.read(1 << 20):
                    target.write(text.encode())
        yield names


class Run:
    """Takes the time of the work, and says how it went."""

    def __init__(self, peer, version, kind):
        self.peer, self.version, self.kind = peer, version, kind
        self.began = time.perf_counter()

    def ends(self, clients, withheld, bad_rows, twins):
        seconds = time.perf_counter() - self.began
        print(f"{clients} clients; {withheld} withheld for {bad_rows} rows", file=sys.stderr)
        print(f"{twins} rows repeat a service at the same time of the same day", file=sys.stderr)
        said = {"peer": self.peer, "kind": self.kind, "version": self.version}
        said["seconds"] = round(seconds, 3)
        if (whole := since_the_process_began()) is not None:
            said["whole_seconds"] = round(whole, 3)
        # Linux counts in KiB, macOS in bytes.
        unit = 1 if sys.platform == "darwin" else 1024
        said["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        print(json.dumps(said | {"clients": int(clients), "withheld": int(withheld)}))


def since_the_process_began():
    """Seconds since the interpreter was started; only Linux tells."""
    try:
        with open("/proc/self/stat") as stat:
            ticks = int(stat.read().rpartition(")")[2].split()[19])
    except OSError:
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
