"""Typed keys under which state hangs on the application and on a request."""

from aiohttp import web

from postbroker.clock import Clock
from postbroker.operations.operation import AnyOperation
from postbroker.services.accounts import Accounts
from postbroker.services.api import Access
from postbroker.services.approvals import Approvals
from postbroker.services.browsers import Browsers
from postbroker.services.clients import Clients
from postbroker.services.connecting import Connecting
from postbroker.services.connections import Connections
from postbroker.services.devices import Devices
from postbroker.services.events import Events
from postbroker.services.grants import Grants
from postbroker.services.jobs import Jobs
from postbroker.services.keys import Keys
from postbroker.services.leases import Leases
from postbroker.services.media import MediaFiles
from postbroker.services.meters import Allowance, Meters
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.services.usage import Usage
from postbroker.services.workspaces import Workspaces
from postbroker.settings import Settings
from postbroker.store.database import Database

SETTINGS = web.AppKey("settings", Settings)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
DATABASE = web.AppKey("database", Database)
SIGNALS = web.AppKey("signals", Signals)
VAULT = web.AppKey("vault", Vault)
PUBLIC_URL = web.AppKey("public_url", str)
"""Where browsers reach the broker, without a slash at the end."""
OPERATIONS = web.AppKey("operations", dict[str, AnyOperation])
ADDRESSES = web.AppKey("addresses", dict[str, tuple[str, str]])
"""Method and path of each operation."""
ACCOUNTS = web.AppKey("accounts", Accounts)
APPROVALS = web.AppKey("approvals", Approvals)
KEYS = web.AppKey("keys", Keys)
CLIENTS = web.AppKey("clients", Clients)
GRANTS = web.AppKey("grants", Grants)
DEVICES = web.AppKey("devices", Devices)
METERS = web.AppKey("meters", Meters)
BROWSERS = web.AppKey("browsers", Browsers)
WORKSPACES = web.AppKey("workspaces", Workspaces)
JOBS = web.AppKey("jobs", Jobs)
LEASES = web.AppKey("leases", Leases)
MEDIA = web.AppKey("media", MediaFiles)
EVENTS = web.AppKey("events", Events)
USAGE = web.AppKey("usage", Usage)
ACCESS = web.AppKey("access", Access)
CONNECTING = web.AppKey("connecting", Connecting)
CONNECTIONS = web.AppKey("connections", Connections)

TRACE_ID = web.RequestKey("trace_id", str)
CHALLENGE = web.RequestKey("challenge", str)
"""What a refusal says in WWW-Authenticate."""
ALLOWANCE: web.RequestKey[Allowance | None] = web.RequestKey("allowance")
"""What is left to the credential of the request; None where there is no limit."""
SESSION_COOKIE = "postbroker_session"
