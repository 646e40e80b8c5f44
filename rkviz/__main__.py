"""`python -m rkviz` is the `rkviz` command."""

import sys

from rkviz.cli import main

sys.exit(main())
