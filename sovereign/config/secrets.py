"""Secret references: `env://NAME` and `file://path`, looked up anew at each use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from sovereign.config.problems import did_you_mean
from sovereign.core.errors import ConfigError

SANDBOX_WORD = "sandbox"
"""What stands for every secret that the sandbox cannot find."""

LARGEST_FILE = 64 * 1024
FORMS = "a reference: env://NAME or file:///path"

_SCHEMES = ("env", "file")
_TO_COME = ("vault", "store")
"""May stand in the file already, and cannot be looked up."""
_REFERENCE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>\S+)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _nobody(_reference: str, _why: str) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSource:
    """
    environment  where `env://` looks; a variable that is empty counts as not set
    sandbox      what cannot be found is the word `sandbox`, or the one that the caller names
    folder       that of the configuration file, from which relative `file://` paths start
    told         is called with the reference and the reason whenever a secret is handed out
    """

    environment: Mapping[str, str] = field(repr=False)
    sandbox: bool = False
    folder: Path = field(default_factory=Path)
    told: Callable[[str, str], None] = field(default=_nobody, repr=False, compare=False)

    def resolve(self, reference: str, why: str = "", word: str = SANDBOX_WORD) -> SecretStr:
        """The secret as it is now. Raises ConfigError: which reference, what was tried, what to do.

        `why` says for what it is wanted: `endpoint git`; `word` is what it is in the sandbox if need be.
        """
        found = self._resolved(reference, word)
        self.told(reference, why)
        return found

    def peek(self, reference: str, word: str = SANDBOX_WORD) -> SecretStr | None:
        """The same for whoever only compares secrets: nobody is told, and one that cannot be had is None."""
        try:
            return self._resolved(reference, word)
        except ConfigError:
            return None

    def _resolved(self, reference: str, word: str = SANDBOX_WORD) -> SecretStr:
        fault = malformed(reference)
        if fault:
            raise ConfigError(f"A secret is given as something else than {FORMS}; {fault}.")
        try:
            return SecretStr(self._find(reference))
        except ConfigError:
            if self.sandbox:
                return SecretStr(word)
            raise

    def problem(self, reference: str) -> str | None:
        """Why `resolve` would fail now, or None. What is not supported is a problem in the sandbox too."""
        scheme = reference.partition("://")[0]
        if scheme in _TO_COME:
            return _unsupported(reference, scheme)
        try:
            self._resolved(reference)
        except ConfigError as error:
            return str(error)
        return None

    def _find(self, reference: str) -> str:
        scheme, _, rest = reference.partition("://")
        if scheme == "env":
            return self._variable(reference, rest)
        if scheme == "file":
            return _text_of(reference, self.folder / rest)
        raise ConfigError(_unsupported(reference, scheme))

    def _variable(self, reference: str, name: str) -> str:
        value = self.environment.get(name)
        if not value:
            state = "not set" if value is None else "empty"
            raise ConfigError(
                f"{reference}: the environment variable {name} is {state}; set it and start again."
            )
        return value


def word_of_reader(name: str) -> str:
    """What stands for the key of a reader in the sandbox: by the key alone it is known which one reads."""
    return f"{SANDBOX_WORD}-{name}"


def _unsupported(reference: str, scheme: str) -> str:
    return f"{reference}: {scheme}:// is not supported yet; use env:// or file://."


def malformed(reference: str) -> str | None:
    """What to do about a text that is no reference, or None. It may be a secret: it is never repeated."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return "never write the secret itself here: put it in an environment variable and name it, env://NAME"
    if match["scheme"] not in (*_SCHEMES, *_TO_COME):
        return did_you_mean(match["scheme"], _SCHEMES) or "the part before :// is not known"
    if match["scheme"] == "env" and not _NAME.fullmatch(match["rest"]):
        return "a variable's name has letters, digits and underscores only, and no digit first"
    return None


def _text_of(reference: str, path: Path) -> str:
    """The file's text without the line ends at its end: editors and `echo` leave one."""
    try:
        if not path.is_file():
            raise ConfigError(f"{reference}: there is no file {path}; create it or mount it there.")
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        text = raw.decode().rstrip("\r\n")
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise ConfigError(f"{reference}: {path} cannot be read ({why}); check its permissions.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{reference}: {path} is not UTF-8 text.") from None
    if not text:
        raise ConfigError(f"{reference}: {path} is empty; write the secret into it.")
    if len(raw) > LARGEST_FILE:
        raise ConfigError(f"{reference}: {path} is larger than {LARGEST_FILE // 1024} KiB, no secret.")
    return text
