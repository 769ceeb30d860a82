"""Typed keys under which state hangs on the application and on a request."""

from aiohttp import web

from postbroker.clock import Clock
from postbroker.operations.operation import AnyOperation
from postbroker.services.accounts import Accounts
from postbroker.services.approvals import Approvals
from postbroker.services.browsers import Browsers
from postbroker.services.events import Events
from postbroker.services.jobs import Jobs
from postbroker.services.keys import Keys
from postbroker.services.leases import Leases
from postbroker.services.media import MediaFiles
from postbroker.services.signals import Signals
from postbroker.services.usage import Usage
from postbroker.services.workspaces import Workspaces
from postbroker.settings import Settings
from postbroker.store.database import Database

SETTINGS = web.AppKey("settings", Settings)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
DATABASE = web.AppKey("database", Database)
SIGNALS = web.AppKey("signals", Signals)
OPERATIONS = web.AppKey("operations", dict[str, AnyOperation])
ACCOUNTS = web.AppKey("accounts", Accounts)
APPROVALS = web.AppKey("approvals", Approvals)
KEYS = web.AppKey("keys", Keys)
BROWSERS = web.AppKey("browsers", Browsers)
WORKSPACES = web.AppKey("workspaces", Workspaces)
JOBS = web.AppKey("jobs", Jobs)
LEASES = web.AppKey("leases", Leases)
MEDIA = web.AppKey("media", MediaFiles)
EVENTS = web.AppKey("events", Events)
USAGE = web.AppKey("usage", Usage)

TRACE_ID = web.RequestKey("trace_id", str)
SESSION_COOKIE = "postbroker_session"
