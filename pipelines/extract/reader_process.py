"""The worker: reads workbooks in a process of its own, because a reader's panic is not an Exception and may end it.

Belongs here: one request per line on standard input, one reply per line on standard output; sheets as Arrow files.
Does not: anything about mappings. Imports nothing of ours, so that it starts fast and can be thrown away.
"""

import io
import json
import os
import re
import resource
import signal
import sys
from typing import Any

ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}


def limit_memory(limit: int) -> None:
    """At most `limit` bytes of data for this process; beyond it the reader fails, not the machine."""
    for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
        try:
            resource.setrlimit(kind, (limit, limit))
        except (ValueError, OSError):
            continue


def decrypted(content: bytes) -> bytes | None:
    """A workbook's bytes, decrypted where it is protected with the password that every Excel knows; None where another is needed."""
    import msoffcrypto

    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(content))
        if not office.is_encrypted():
            return content
    except Exception:  # not a kind msoffcrypto knows: the reader will judge it
        return content
    target = io.BytesIO()
    try:
        office.load_key(password="VelvetSweatshop", verify_password=True)
        office.decrypt(target)
    except Exception:
        return None
    return target.getvalue()


def opened(request: dict) -> dict:
    """Names of a workbook's sheets. The reader gets bytes: given a path it believes the name, but says better what is wrong."""
    import fastexcel

    with open(request["path"], "rb") as file:
        content: bytes | None = file.read()
    if content and content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        content = decrypted(content)
    if content is None:
        return {"error": "password"}
    global reader
    reader = None  # the last one's memory
    try:
        reader = fastexcel.read_excel(content)
    except Exception:
        reader = fastexcel.read_excel(request["path"])
    return {"sheets": reader.sheet_names}


def sheet(request: dict) -> dict:
    """One sheet written to `target` as Arrow: text cells, all rows from row 1; error cells and others as their text."""
    import pyarrow
    import pyarrow.ipc

    loaded = reader.load_sheet(request["index"], header_row=None, skip_rows=0, dtypes="string")
    columns = loaded.available_columns()
    cells: list[list] = []
    if loaded.width and loaded.total_height:
        batch, errors = loaded.to_arrow_with_errors()
        cells = [[*error.position, text_of(error.detail)] for error in errors.errors] if errors else []
        with pyarrow.OSFile(request["target"], "wb") as sink, pyarrow.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
    return {"visible": str(loaded.visible), "first_column": columns[0].absolute_index if columns else 0, "cells": cells}


def text_of(detail: str) -> str:
    """The cell that the reader could not make a string: its error code or its own text."""
    found = re.search(r"got '(\w+)\((.*)\)'$", detail)
    if not found:
        return "#VALUE!"
    return ERRORS.get(found[2], "#VALUE!") if found[1] == "Error" else found[2].strip('"')


def main() -> None:
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not look like a reply
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # sent to the whole group: the run ends this process, or its pipe does
        signal.signal(number, signal.SIG_IGN)
    limit_memory(int(sys.argv[1]))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"open": opened, "sheet": sheet}[request["do"]](request)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


reader: Any = None
if __name__ == "__main__":
    main()
