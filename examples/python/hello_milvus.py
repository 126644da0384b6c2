"""What the three programs share: the collections, their rows and the connection."""

from __future__ import annotations

import argparse
import random
import sys
from array import array
from typing import Iterator, List, NamedTuple

import grpc
from pymilvus import (
    Collection,
    CollectionSchema,
    DataType,
    FieldSchema,
    MilvusException,
    connections,
)

COLLECTIONS = ("hello_milvus", "hello_milvus2")
ROWS = 3000
DIM = 8

INDEX = {"index_type": "IVF_FLAT", "metric_type": "L2", "params": {"nlist": 128}}
# As many lists as the index has, so that a search misses nothing.
SEARCH = {"metric_type": "L2", "params": {"nprobe": 128}}


class Row(NamedTuple):
    pk: int
    random: float
    embeddings: List[float]


def make_schema(name: str) -> CollectionSchema:
    fields = [
        FieldSchema("pk", DataType.INT64, is_primary=True, auto_id=False),
        FieldSchema("random", DataType.DOUBLE),
        FieldSchema("embeddings", DataType.FLOAT_VECTOR, dim=DIM),
    ]
    return CollectionSchema(fields, description="rows of %s, made for a backup" % name)


def make_rows(name: str, count: int) -> Iterator[Row]:
    """The rows of a collection: the same ones on every machine and in every version of Python.

    :param name: of the original collection, without a suffix
    """
    source = random.Random(name)
    for pk in range(count):
        number = source.random()
        # Milvus keeps 32 bits of each; rounded here, what comes back is equal to the last bit.
        vector = array("f", [source.random() for _ in range(DIM)]).tolist()
        yield Row(pk, number, vector)


def make_parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1", help="of Milvus (default: %(default)s)")
    parser.add_argument("--port", type=int, default=19530, help="of Milvus (default: %(default)s)")
    parser.add_argument("--user", default="", help="only when Milvus asks for one")
    parser.add_argument("--password", default="", help="only when Milvus asks for one")
    parser.add_argument("--db", default="default", help="database (default: %(default)s)")
    return parser


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def add_rows_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=positive, default=ROWS, help="per collection (default: %(default)s)")


def connect(args: argparse.Namespace) -> None:
    """Ends the program with 2 when Milvus does not answer or refuses the user."""
    try:
        connections.connect(
            host=args.host,
            port=str(args.port),
            user=args.user,
            password=args.password,
            db_name=args.db,
            timeout=10,
        )
    except (MilvusException, grpc.RpcError) as error:
        # pymilvus passes a refused user on as gRPC says it.
        reason = error.details() if isinstance(error, grpc.RpcError) else error.message
        print("cannot connect to Milvus at %s:%d: %s" % (args.host, args.port, reason), file=sys.stderr)
        sys.exit(2)


def create_index(collection: Collection) -> None:
    collection.create_index("embeddings", INDEX)
