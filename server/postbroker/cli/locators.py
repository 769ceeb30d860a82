"""`locators`: keys for locator packs, and packs made and checked with them; needs no broker."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from postbroker.contract.catalogue import Locators

KEYS_FILE = "shared/locator-keys.json"

app = typer.Typer(
    no_args_is_help=True,
    help="Make keys and signed packs of locators, by which extensions find a site's controls.",
)

Files = Annotated[
    Path,
    typer.Argument(help="A file of locators, or a folder of them.", exists=True, metavar="PATH"),
]
KeyFile = Annotated[
    Path, typer.Option("--key", help="The file with the private key.", exists=True, dir_okay=False)
]


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="Where the private key is written; never over one.")],
    note: Annotated[str, typer.Option(help="Whose key it is, for those who read the list.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a key pair. The private half stays in FILE, the public half is shown."""

    async def body(screen: Screen) -> Exit:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from postbroker.app import write_secret
        from postbroker.domain.signing import public_half

        private = Ed25519PrivateKey.generate()
        text = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            write_secret(file, text.decode())
        except OSError as error:
            raise CommandError(
                f"{file} cannot be written: {error.strerror}", "Name a new file.", Exit.USAGE
            ) from error
        public = public_half(private, note).model_dump(mode="json")
        screen.answer(public)
        screen.say(json.dumps(public, ensure_ascii=False))
        screen.say(f"Put this line into {KEYS_FILE} and build the extension anew; keep {file}.")
        return Exit.DONE

    run(body, as_json=as_json)


@app.command()
def sign(
    context: typer.Context,
    path: Files,
    key: KeyFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The folder for the packs; the broker hands out what lies in its own.",
            file_okay=False,
            show_default="locators/ in the data folder",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign locators, each platform's as a pack. All are checked before one is written."""
    folder = out or _own_folder(context)

    async def body(screen: Screen) -> Exit:
        from postbroker.domain.signing import sign as sign_payload

        private = _read_key(key)
        packs = []
        for file in _files_at(path):
            payload = _payload_of(file)
            locators = _checked(file, payload)
            packs.append((locators, sign_payload(payload, private)))
        folder.mkdir(parents=True, exist_ok=True)
        for locators, pack in packs:
            target = folder / f"{locators.platform}.json"
            _write(target, json.dumps(pack.model_dump(mode="json"), ensure_ascii=False))
            screen.say(f"{locators.platform} {locators.version}: {target}")
        screen.answer(
            {
                "folder": str(folder),
                "packs": [
                    {"platform": each.platform, "version": each.version, "keyId": pack.key_id}
                    for each, pack in packs
                ],
            }
        )
        return Exit.DONE

    run(body, as_json=as_json)


@app.command()
def check(path: Files, as_json: AsJson = False) -> None:
    """Say whether extensions of this version would take signed packs, and if not, why."""

    async def body(screen: Screen) -> Exit:
        rows = [_verdict(file) for file in _files_at(path)]
        for row in rows:
            mark = ("✗ ", "bold red") if "problem" in row else ("✓ ", "bold green")
            screen.say(mark, (f"{row['file']}: ", "bold"), row.get("problem") or row["version"])
        is_well = not any("problem" in row for row in rows)
        screen.answer({"ok": is_well, "packs": rows})
        return Exit.DONE if is_well else Exit.OTHER

    run(body, as_json=as_json)


def _own_folder(context: typer.Context) -> Path:
    from postbroker.app import LOCATORS_FOLDER
    from postbroker.cli.installation import load_settings

    return load_settings(data_dir=place_of(context).data_dir).data_dir / LOCATORS_FOLDER


def _files_at(path: Path) -> list[Path]:
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise CommandError(f"no .json file lies in {path}", None, Exit.USAGE)
    return files


def _write(target: Path, text: str) -> None:
    """Put a whole file in the place of another: a broker may be reading there."""
    from postbroker.disk import rename_durably

    fresh = target.with_suffix(".fresh")
    fresh.write_text(text, encoding="utf-8")
    rename_durably(fresh, target)


def _read_key(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise _no_key(path) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _no_key(path)
    return private


def _no_key(path: Path) -> CommandError:
    step = "Make one with: postbroker locators key FILE"
    return CommandError(f"{path} holds no Ed25519 key without a password", step, Exit.USAGE)


def _payload_of(file: Path) -> str:
    """The file without what only people need: what is signed is this text."""
    try:
        given = json.loads(file.read_bytes())
    except ValueError as error:
        raise CommandError(f"{file.name} is no JSON: {error}", None, Exit.USAGE) from error
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def _checked(file: Path, payload: str) -> "Locators":
    """The locators of a payload. Raises CommandError with all that extensions would refuse."""
    from postbroker.catalogue import load_locators
    from postbroker.contract.locators import PAYLOAD_MAX
    from postbroker.domain.locators import problems_of
    from postbroker.domain.signing import PackError, read_locators

    try:
        locators = read_locators(payload)
    except PackError as error:
        raise _unfit(file, str(error)) from error
    bundled = load_locators().get(locators.platform)
    if bundled is None:
        raise _unfit(file, f"the platform {locators.platform} has no locators here")
    problems = problems_of(locators, bundled)
    if len(payload) > PAYLOAD_MAX:
        problems.append(f"it has {len(payload)} of at most {PAYLOAD_MAX} characters")
    if problems:
        raise _unfit(file, "; ".join(problems))
    return locators


def _unfit(file: Path, problems: str) -> CommandError:
    return CommandError(f"{file.name}: {problems}", f"Mend {file}.", Exit.USAGE, "NO_LOCATORS")


def _verdict(file: Path) -> dict[str, Any]:
    from pydantic import ValidationError

    from postbroker.catalogue import load_locator_keys, load_locators
    from postbroker.contract.locators import LocatorPack
    from postbroker.domain.locators import is_newer
    from postbroker.domain.signing import PackError, open_pack

    row: dict[str, Any] = {"file": file.name}
    bundled = load_locators().get(file.stem)
    if bundled is None:
        return row | {"problem": f"there is no platform {file.stem} with locators"}
    try:
        pack = LocatorPack.model_validate_json(file.read_bytes())
        locators = open_pack(pack, bundled, load_locator_keys())
    except ValidationError:
        return row | {"problem": "it is no signed pack"}
    except PackError as error:
        return row | {"problem": str(error)}
    row |= {"platform": locators.platform, "version": locators.version}
    if not is_newer(locators.version, bundled.version):
        return row | {"problem": f"it is not newer than {bundled.version}, which is bundled"}
    return row
