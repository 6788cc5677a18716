"""`gateway`, which tells on SIGUSR1 how many asyncio tasks there are: `python served.py FILE serve …`."""

import asyncio
import signal
import sys
from pathlib import Path

from gateway.__main__ import main

if __name__ == "__main__":
    file = Path(sys.argv.pop(1))

    def tell(*_: object) -> None:
        """Write the file, whole at once."""
        new = file.with_suffix(".new")
        new.write_text(str(len(asyncio.all_tasks())))
        new.replace(file)

    signal.signal(signal.SIGUSR1, tell)
    main()
