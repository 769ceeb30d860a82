"""What every demo stands on: a folder that goes at its end, and words for what can go wrong."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from postbroker.client import PostbrokerError
from postbroker.demo.broker import BrokerDiedError
from postbroker.demo.following import JOB_SECONDS
from postbroker.demo.report import DemoError, Report, Teller


@contextmanager
def staged(teller: Teller, report: Report) -> Iterator[Path]:
    """A folder for all that is started. Tells `report` how long it took. Raises DemoError."""
    try:
        with tempfile.TemporaryDirectory(
            prefix="postbroker-demo-", ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)
    except BrokerDiedError as error:
        raise DemoError(f"The broker did not start. It said: {error}") from error
    except PostbrokerError as error:
        raise DemoError(f"{error.message}. {error.suggested_action or 'Try again.'}") from error
    except TimeoutError as error:
        raise DemoError(
            f"The job did not end within {JOB_SECONDS:g} seconds. Try again."
        ) from error
    finally:
        report.seconds = teller.seconds
