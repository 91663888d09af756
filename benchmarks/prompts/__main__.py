"""`python -m benchmarks.prompts`, the same as `python -m benchmarks prompts`."""

import sys

from benchmarks.prompts.command import main

sys.exit(main(sys.argv[1:]))
