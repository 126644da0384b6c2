"""Makes the collections hello_milvus and hello_milvus2, to be backed up."""

from __future__ import annotations

import sys
from itertools import islice

from pymilvus import Collection, utility

from hello_milvus import (
    COLLECTIONS,
    add_rows_argument,
    connect,
    create_index,
    make_parser,
    make_rows,
    make_schema,
)

BATCH = 1000


def prepare(name: str, count: int) -> None:
    collection = Collection(name, make_schema(name), consistency_level="Strong")
    rows = make_rows(name, count)
    for batch in iter(lambda: list(islice(rows, BATCH)), []):
        collection.insert([list(column) for column in zip(*batch)])
    collection.flush()
    create_index(collection)
    print("%s: %d rows inserted, flushed and indexed" % (name, count))


def main() -> int:
    parser = make_parser(__doc__ or "")
    add_rows_argument(parser)
    parser.add_argument("--replace", action="store_true", help="drop collections that are there already")
    args = parser.parse_args()
    connect(args)

    existing = [name for name in COLLECTIONS if utility.has_collection(name)]
    if existing and not args.replace:
        print(
            "%s: there already; run clean_data.py first, or give --replace" % ", ".join(existing),
            file=sys.stderr,
        )
        return 1
    for name in existing:
        utility.drop_collection(name)
    for name in COLLECTIONS:
        prepare(name, args.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
