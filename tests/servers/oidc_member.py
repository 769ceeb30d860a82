"""An adapter for whoever has an account on oidc-provider, and services that use it as X."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from postbroker.app import Services, build_services, open_database
from postbroker.clock import SystemClock
from postbroker.platforms.adapter import Api, Capabilities, Identity, Info, OAuth
from postbroker.platforms.base import Adapter
from postbroker.platforms.outcome import AuthExpired, TroubleError
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import AtPlatform, Settings

SECRET_KEY = "the secret key of an installation that tests itself"
ClientAuth = Literal["basic", "body", "none"]


class OidcMember(Adapter):
    """Knows who one is, and nothing else."""

    def __init__(self, client_auth: ClientAuth = "basic") -> None:
        self.info = Info(
            id="x",
            retry_class="C",
            auth=(
                OAuth(
                    "{base}/auth",
                    "{base}/token",
                    ("openid", "posts.write"),
                    client_auth=client_auth,
                    revoke_url="{base}/token/revocation",
                    more={"prompt": "consent"},
                ),
            ),
            base_url="https://nowhere.example",
        )

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is."""
        headers = {"Authorization": f"Bearer {api.credentials['access_token']}"}
        answer = await api.send("GET", "/me", headers=headers)
        if not answer.is_ok:
            raise TroubleError(AuthExpired())
        return Identity(answer.fields["sub"], answer.fields["sub"]), dict(api.credentials)

    async def capabilities(self, api: Api) -> Capabilities:
        """The usual, for whoever is let in."""
        await self.connect(api)
        return self.usual()


@asynccontextmanager
async def services_on(
    folder: Path, url: str, client_auth: ClientAuth = "basic"
) -> AsyncIterator[Services]:
    """The services of a broker on a folder, as one of several processes may have them."""
    secret = None if client_auth == "none" else "the-secret-of-the-app"
    at = AtPlatform.model_validate({"client_id": "the-app", "client_secret": secret, "url": url})
    settings = Settings(data_dir=folder, secret_key=SECRET_KEY, platforms={"x": at})
    settings = settings.model_copy(update={"fetch_from": (ip_network("127.0.0.0/8"),)})
    adapters, clock = {"x": OidcMember(client_auth)}, SystemClock()
    async with open_database(settings, clock) as database:
        services = build_services(
            settings, database, clock, Signals(), Vault(SECRET_KEY), adapters=adapters
        )
        yield services
        await services.renewal.close()
        await services.access.calls.close()
