"""`python -m pipelines.warehouse.dbt_process …` is dbt, for as long as the process that started it lives.

Belongs here: starting dbt, and ending with the parent. Does not: arguments (dbt.py). A night that is killed cannot end its dbt, which would
go on for a minute, hold the warehouse, and make the next night fail.
"""

import gc
import os
import threading
import time

LOOK_SECONDS = 0.5


def end_with_parent() -> None:
    """End this process, abruptly, as soon as the one that started it is gone."""

    def watch(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, args=[os.getppid()], daemon=True).start()


if __name__ == "__main__":
    end_with_parent()
    gc.set_threshold(50_000)  # a manifest is hundreds of thousands of objects that stay: at 700 each pass goes over them in vain
    from dbt.cli.main import cli

    try:
        cli()
    finally:
        gc.freeze()  # the last pass of an ending interpreter took more than a second
