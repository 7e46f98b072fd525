"""`incspec` and `python -m incspec`: import the command line quickly, and run it."""

import atexit
import gc
import os


def main() -> None:
    """Run the command line."""
    # Looking for pydantic's plugins reads the metadata of every package there is; none is wanted here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()  # importing makes much and drops little
    from .cli import main as run

    gc.enable()
    atexit.register(gc.freeze)  # nothing is worth collecting at the end
    run()


if __name__ == "__main__":
    main()
