"""Where a packaged rkviz begins; the same as the `rkviz` command."""

import multiprocessing
import sys

from rkviz.cli import main

if __name__ == "__main__":
    # A child process of a packaged program starts the program once more; this ends that one.
    multiprocessing.freeze_support()
    sys.exit(main())
