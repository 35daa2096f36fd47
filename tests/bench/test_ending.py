"""A measurement that is ended by SIGTERM leaves nothing running."""

import subprocess
import sys
from pathlib import Path

from deploy.launcher.processes.child import ROOT
from tests.bench.ending import ENDED
from tests.support.waiting import eventually

PROGRAM = """
import asyncio, subprocess, sys
from tests.bench.community import _quiet_process
from tests.bench.ending import end_in_order

end_in_order()
with _quiet_process(("sleep", "600")) as started:
    print(started.pid, flush=True)
    asyncio.run(asyncio.sleep(600))
"""


async def test_what_a_measurement_has_started_ends_with_it_when_it_is_asked_to_end():
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    started = Path("/proc") / program.stdout.readline().strip()
    assert started.exists()
    program.terminate()
    await eventually(lambda: program.poll() is not None)
    program.stdout.close()
    assert program.returncode == ENDED
    assert not started.exists()
