"""The program that a report's kernel runs: IPython's kernel without anyone's configuration or history."""

from __future__ import annotations

import gc
import sys
from typing import Any

sys.modules["debugpy"] = None  # type: ignore[assignment]  # nobody debugs a report, and loading it takes a tenth of a second

from ipykernel.kernelapp import IPKernelApp  # noqa: E402
from traitlets.config import Config  # noqa: E402


class SealedKernelApp(IPKernelApp):
    """A kernel that reads no configuration file, start-up file or extension of the user's."""

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """Read no configuration file; set what a sealed run needs."""
        self.update_config(
            Config(
                {
                    "HistoryManager": {"enabled": False},
                    "IPKernelApp": {"exec_PYTHONSTARTUP": False},
                    "InteractiveShell": {"colors": "nocolor", "xmode": "Context"},
                }
            )
        )


if __name__ == "__main__":
    # importing the libraries and drawing make few cycles: looking for them as often as usual takes an eighth of the time
    gc.set_threshold(100_000, 20, 20)
    SealedKernelApp.launch_instance()
