"""`python -m sim` is the command `displace`."""

import sys

from sim.cli import main

# Worker processes import this module again and must not run the command.
if __name__ == "__main__":
    sys.exit(main())
