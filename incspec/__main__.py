"""`incspec` and `python -m incspec`: import the command line quickly, and run it."""

import atexit
import gc
import os

from .garbage import collection_paused


def main() -> None:
    """Run the command line."""
    # Looking for pydantic's plugins reads the metadata of every package there is; none is wanted here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    with collection_paused():
        from .cli import main as run
    atexit.register(gc.freeze)  # nothing is worth collecting at the end
    run()


if __name__ == "__main__":
    main()
