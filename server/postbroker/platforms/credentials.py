"""How an account shows who it is."""

from postbroker.platforms.adapter import Api


def bearer(api: Api) -> dict[str, str]:
    """The header with the access token (RFC 6750)."""
    return {"Authorization": f"Bearer {api.credentials['access_token']}"}
