"""How the broker logs: to stderr, for people or for machines, and never a secret."""

import logging
import re
import sys
from contextvars import ContextVar

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from postbroker.settings import LogFormat

SECRET = re.compile(r"claw_[0-9A-Za-z]{8,}|(?<=token=)[\w.~-]+|(?<=Bearer )\S+")
HIDDEN = "[hidden]"
TRACE: ContextVar[str | None] = ContextVar("trace", default=None)
"""The id of the request that is being answered; set for each, and cheap, as no dictionary is."""


def set_up_logs(log_format: LogFormat) -> None:
    """Send our own lines and those of libraries through the same form, from INFO on."""
    shared: list[Processor] = [
        add_trace,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(log_format),
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


def add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name the request that a line belongs to."""
    trace_id = TRACE.get()
    return event if trace_id is None else {**event, "trace_id": trace_id}


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blacken keys, tokens and bearer values wherever they stand in a line."""
    return {
        name: SECRET.sub(HIDDEN, value) if isinstance(value, str) else value
        for name, value in event.items()
    }


def _renderer(log_format: LogFormat) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
