"""The command line and the supervisor.

structlog imports rich where it finds it, to draw tracebacks that our logs don't show: a third of a second
for each of an installation's processes. So it is imported here, before anything else, with rich out of sight.
"""

import sys

_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]  # what Python itself takes for "not there"
import structlog  # noqa: E402, F401 - see above

del sys.modules["rich"]
if _rich is not None:
    sys.modules["rich"] = _rich
