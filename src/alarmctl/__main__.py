"""`python -m alarmctl`."""

import sys

from alarmctl.cli import main

sys.exit(main())
