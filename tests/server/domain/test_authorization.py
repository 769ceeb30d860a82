"""The rules of OAuth: addresses, proofs, scopes, resources, codes that people type."""

import re

import pytest

from postbroker.domain.authorization import (
    APP_SCOPES,
    USER_CODE_ALPHABET,
    AuthorizationError,
    audience_of,
    covers,
    host_of,
    is_challenge,
    is_on_this_machine,
    is_same_redirect,
    new_user_code,
    origin_of,
    proves,
    read_scopes,
    read_user_code,
    redirect_problem,
    shown_user_code,
    with_answer,
    write_scopes,
)
from postbroker.domain.key import USUAL_SCOPES

BASE = "https://broker.example"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The pair of RFC 7636, appendix B."""


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example:8443/callback?a=b",
        "http://127.0.0.1/",
        "http://127.0.0.1:1/x",
        "http://[::1]:9/x",
        "http://localhost:65535/",
        "vscode://vscode.example/did-authenticate",
        "com.example:/x",
    ],
)
def test_addresses_of_apps_are_fit(uri: str) -> None:
    assert redirect_problem(uri) is None


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("", "no address"),
        ("https://app.example/ü", "no address"),
        ("https://app.example/a b", "no address"),
        ("https://app.example/" + "x" * 2000, "no address"),
        ("https://app.example:port/", "no address"),
        ("https://[::1/", "no address"),
        ("https://app.example/#", "fragment"),
        ("https://a@app.example/", "user"),
        ("https:///x", "no host"),
        ("https://a,b/", "no host"),
        ("https://a;b/", "no host"),
        ("http://app.example/", "this machine"),
        ("http://127.0.0.2/", "this machine"),
        ("blob:https://app.example/", "no scheme of an app"),
        ("vbscript:x", "no scheme of an app"),
        ("/x", "no scheme of an app"),
        ("x:y", "no scheme of an app"),
    ],
)
def test_others_are_not(uri: str, words: str) -> None:
    assert words in (redirect_problem(uri) or "")


def test_an_address_is_equal_but_for_the_port_of_this_machine() -> None:
    assert is_same_redirect("https://app.example/x", "https://app.example/x")
    assert not is_same_redirect("https://app.example/x", "https://app.example:443/x")
    assert is_same_redirect("http://[::1]:1/x?y", "http://[::1]:2/x?y")
    assert is_same_redirect("http://localhost/x", "http://localhost:2/x")
    assert not is_same_redirect("http://localhost/x", "http://127.0.0.1/x")
    assert not is_same_redirect("http://localhost/x", "http://localhost/x?y")
    assert not is_same_redirect("http://localhost/x", "http://localhost:port/x")
    assert not is_same_redirect("http://localhost/x", "https://localhost/x")


def test_a_person_is_told_where_an_answer_goes() -> None:
    assert host_of("https://app.example:8443/x") == "app.example:8443"
    assert host_of("cursor://bank.example/x") == "cursor:"
    assert is_on_this_machine("http://localhost:1/")
    assert is_on_this_machine("cursor://bank.example/")
    assert not is_on_this_machine("https://app.example/")


def test_a_policy_names_the_place_and_nothing_more() -> None:
    assert origin_of("https://app.example:8443/x") == "https://app.example:8443"
    assert origin_of("http://[::1]:1/x") == "http:"
    assert origin_of("cursor://x y'z/") == "cursor:"


def test_an_answer_comes_after_what_the_address_holds() -> None:
    assert with_answer("https://a.example/?b=c", {"d": "e&f=g#h"}) == (
        "https://a.example/?b=c&d=e%26f%3Dg%23h"
    )
    assert with_answer("app:/x", {"d": "e"}) == "app:/x?d=e"


def test_a_verifier_proves_its_own_challenge() -> None:
    assert is_challenge(CHALLENGE)
    assert proves(VERIFIER, CHALLENGE)
    assert not proves(VERIFIER[:-1] + "l", CHALLENGE)
    assert not proves(CHALLENGE, CHALLENGE)
    assert not proves("short", CHALLENGE)
    assert not proves(VERIFIER + "+", CHALLENGE)
    assert not is_challenge(CHALLENGE + "=")
    assert not is_challenge(CHALLENGE[:-1])


def test_scopes_that_are_not_known_are_left_out() -> None:
    assert read_scopes("posts.read openid posts.read", ()) == {"posts.read"}
    assert read_scopes(None, APP_SCOPES) == set(APP_SCOPES)
    assert read_scopes("  ", APP_SCOPES) == set(APP_SCOPES)
    with pytest.raises(AuthorizationError, match=r"invalid_scope: .*openid"):
        read_scopes("openid", APP_SCOPES)
    assert write_scopes({"usage.read", "posts.read"}) == "posts.read usage.read"


def test_apps_are_told_of_nothing_that_manages_the_broker() -> None:
    assert set(APP_SCOPES) < USUAL_SCOPES
    assert not {"api_keys.write", "browsers.pair", "accounts.write"} & set(APP_SCOPES)


def test_a_resource_is_the_broker_or_its_mcp() -> None:
    assert audience_of([], BASE) == "/"
    assert audience_of([BASE], BASE) == "/"
    assert audience_of([f"{BASE}/"], BASE) == "/"
    assert audience_of([f"{BASE}/mcp"], BASE) == "/mcp"
    for wrong in ([f"{BASE}/mcp/"], ["https://evil.example"], [BASE, f"{BASE}/mcp"], [""]):
        with pytest.raises(AuthorizationError, match="invalid_target"):
            audience_of(wrong, BASE)
    assert covers("/", "/mcp")
    assert covers("/mcp", "/mcp")
    assert not covers("/mcp", "/")


def test_a_code_for_people_is_typed_as_it_comes() -> None:
    code = new_user_code()
    assert re.fullmatch(f"[{USER_CODE_ALPHABET}]{{8}}", code)
    shown = shown_user_code(code)
    assert shown == f"{code[:4]}-{code[4:]}"
    assert read_user_code(f" {shown.lower()} ") == code
    assert read_user_code("aeiou 1") == ""
    assert len({new_user_code() for _ in range(100)}) == 100
    assert read_user_code(code + "B") != code
