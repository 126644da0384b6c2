"""Compares restored collections with what prepare_data.py inserted: every row, and a search.

Ends with 0 when all is equal, with 1 when anything differs, with 2 when Milvus cannot be reached.
"""

from __future__ import annotations

import sys
from typing import Dict, List

from pymilvus import Collection, MilvusException, utility
from pymilvus.client.types import LoadState

from hello_milvus import (
    COLLECTIONS,
    SEARCH,
    Row,
    add_rows_argument,
    connect,
    create_index,
    make_parser,
    make_rows,
)

FIELDS = ["pk", "random", "embeddings"]
# Rows asked for at once; Milvus answers at most 16384.
PAGE = 1000
SEARCHES = 10
SHOWN = 5


def verify(name: str, suffix: str, count: int) -> List[str]:
    """What differs, in words; empty when nothing does."""
    restored = name + suffix
    if not utility.has_collection(restored):
        return ["the collection is not there"]
    collection = Collection(restored)
    if not collection.has_index():
        # A restore makes indexes only when it is asked to.
        create_index(collection)
        print("%s: index made, the restore brought none" % restored)
    was_loaded = utility.load_state(restored) == LoadState.Loaded
    collection.load()
    try:
        expected = list(make_rows(name, count))
        differences = compare_count(collection, count)
        differences += compare_rows(collection, expected)
        return differences + search(collection, expected)
    finally:
        if not was_loaded:
            collection.release()


def compare_count(collection: Collection, count: int) -> List[str]:
    found = collection.query("", output_fields=["count(*)"], consistency_level="Strong")[0]["count(*)"]
    return [] if found == count else ["%d rows instead of %d" % (found, count)]


def compare_rows(collection: Collection, expected: List[Row]) -> List[str]:
    differences = []
    for start in range(0, len(expected), PAGE):
        page = expected[start : start + PAGE]
        found = query_rows(collection, page[0].pk, page[-1].pk)
        for row in page:
            other = found.pop(row.pk, None)
            if other is None:
                differences.append("row %d is missing" % row.pk)
            elif other != row:
                differences.append("row %d is %s instead of %s" % (row.pk, other, row))
        differences.extend("row %d was never inserted" % pk for pk in found)
    outside = "pk < 0 or pk >= %d" % len(expected)
    for row in collection.query(outside, output_fields=["pk"], limit=PAGE, consistency_level="Strong"):
        differences.append("row %d was never inserted" % row["pk"])
    return differences


def query_rows(collection: Collection, first: int, last: int) -> Dict[int, Row]:
    expression = "pk >= %d and pk <= %d" % (first, last)
    rows = collection.query(expression, output_fields=FIELDS, consistency_level="Strong")
    return {row["pk"]: read_row(row) for row in rows}


def read_row(row: dict) -> Row:
    return Row(row["pk"], float(row["random"]), [float(part) for part in row["embeddings"]])


def search(collection: Collection, expected: List[Row]) -> List[str]:
    """The nearest neighbour of a row's vector is that row."""
    step = max(1, len(expected) // SEARCHES)
    wanted = expected[::step][:SEARCHES]
    answers = collection.search(
        [row.embeddings for row in wanted], "embeddings", SEARCH, limit=1, consistency_level="Strong"
    )
    differences = []
    for row, hits in zip(wanted, answers):
        found = [hit.id for hit in hits]
        if found != [row.pk]:
            differences.append("a search for the vector of row %d found %s" % (row.pk, found))
    return differences


def main() -> int:
    parser = make_parser((__doc__ or "").splitlines()[0])
    add_rows_argument(parser)
    parser.add_argument(
        "--suffix",
        default="_recover",
        help='of the restored collections; "" for the originals (default: %(default)s)',
    )
    args = parser.parse_args()
    connect(args)

    equal = True
    for name in COLLECTIONS:
        restored = name + args.suffix
        try:
            differences = verify(name, args.suffix, args.rows)
        except MilvusException as error:
            differences = ["Milvus answered: %s" % error.message]
        if not differences:
            searches = min(SEARCHES, args.rows)
            print("%s: %d rows, every one equal; %d searches right" % (restored, args.rows, searches))
            continue
        equal = False
        for difference in differences[:SHOWN]:
            print("%s: DIFFERENT: %s" % (restored, difference), file=sys.stderr)
        if len(differences) > SHOWN:
            print("%s: and %d more differences" % (restored, len(differences) - SHOWN), file=sys.stderr)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
