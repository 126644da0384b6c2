"""Drops the collections hello_milvus and hello_milvus2, or the restored ones that have a suffix."""

from __future__ import annotations

import sys

from pymilvus import utility

from hello_milvus import COLLECTIONS, connect, make_parser


def main() -> int:
    parser = make_parser(__doc__ or "")
    parser.add_argument(
        "--suffix",
        default="",
        help="drop the collections with this suffix, such as _recover, and not the originals",
    )
    args = parser.parse_args()
    connect(args)

    for name in (original + args.suffix for original in COLLECTIONS):
        if utility.has_collection(name):
            utility.drop_collection(name)
            print("%s: dropped" % name)
        else:
            print("%s: not there" % name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
