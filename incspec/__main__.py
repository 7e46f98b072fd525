"""`python -m incspec`."""

from .cli import main

main()
