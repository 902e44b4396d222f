"""Outside text made safe and short: the one place where it is redacted, cleaned, cut and escaped."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sovereign.core.redaction import MASK, redact

ELLIPSIS = "…"
MARKS_KEPT = 2
"""Combining marks that may follow a letter: enough for living scripts, too few to climb over other lines."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARKDOWN = re.compile(
    r"[\\*`]"
    r"|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])"  # within a word an underscore is only itself
    r"|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\|"
    r"|\](?=\()"
    r"|<(?=[@#:/A-Za-z])"
)
"""What could begin or end markup, a link or a mention; whatever else is left as people wrote it."""
_LINE_START = re.compile(r"^([ \t]*)(#{1,3}(?=\s)|>|-\#|[-+](?=\s)|\d+\.(?=\s))", re.MULTILINE)
_BRACKET = re.compile(r"(?<!\\)[\[\]]")
_CALL = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_OURS = re.compile(r"`[^`\n\]\\@<]+`|<t:\d{1,12}:[tTdDfFR]>")
"""Markup of our own sentences. Whoever writes the same gets no more of it than letters of equal width."""
_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]()]+", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\f\v\r\u00a0]+")
_NO_WORDS = re.compile(
    r"<!--.*?(?:-->|\Z)"  # what a template tells those who fill it in
    r"|^ {0,3}(?:`{3,}|~{3,})[^`\n]*$",  # the fences of code
    re.DOTALL | re.MULTILINE,
)
"""What code hosts show nothing of."""
_BLANK_LINES = re.compile(r"\n{3,}")


def one_line(text: str, limit: int) -> str:
    """Outside text for a title, a field name or a line: at most `limit` characters as Discord counts them."""
    return _fit(" ".join(clean(_enough(text, limit)).split()), limit)


def plain_line(text: str, limit: int) -> str:
    """The same for places that show no markdown, where a backslash would stand: footers, names of threads."""
    tidy = " ".join(clean(_enough(text, limit)).split())
    tidy = _CALL.sub("@\u200b", tidy)
    return tidy if len(tidy) <= limit else tidy[: limit - 1] + ELLIPSIS


def paragraph(text: str, limit: int, lines: int = 4) -> str:
    """Outside text for a body: a few lines, none of them able to become a list, a heading or a quotation."""
    said = _NO_WORDS.sub(
        "", _enough(text, limit)
    )  # first: what stood between two halves may not hide a secret
    kept = [line.rstrip() for line in clean(said).split("\n")]
    filled = [line for line in kept if line.strip() and not _is_rule(line)]
    cut = "\n".join(filled[:lines])
    if len(filled) > lines:
        cut += f" {ELLIPSIS}"
    return _fit(cut, limit)


def _is_rule(line: str) -> bool:
    """Whether it only parts the head of a table from its rows."""
    return "|" in line and set(line) <= set("|:- ")


def _enough(text: str, limit: int) -> str:
    """As much of a text as can matter to a cut at `limit`: megabytes are not cleaned for one line."""
    return text[: 8 * limit + 500]


def clean(text: str) -> str:
    """Without secrets, control characters, invisible and direction-changing ones, and towers of marks."""
    kept: list[str] = []
    marks = 0
    for letter in _SPACE.sub(" ", redact(text)):
        category = unicodedata.category(letter)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > MARKS_KEPT:
                continue
        else:
            marks = 0
        if category in _INVISIBLE and letter not in "\n\u200d":  # the second joins emoji
            continue
        kept.append(letter)
    return _BLANK_LINES.sub("\n\n", "".join(kept)).strip()


def escape(text: str) -> str:
    """Cleaned text that Discord shows letter by letter: no markdown, no mention; plain links still work."""
    parts: list[str] = []
    at = 0
    for found in _URL.finditer(text):
        parts.append(_escape_words(text[at : found.start()]))
        parts.append(found[0].replace("@", "%40"))
        at = found.end()
    parts.append(_escape_words(text[at:]))
    return _LINE_START.sub(_escape_line_start, "".join(parts))


def sentence(text: str) -> str:
    """Words of ours that may quote others: names in back-ticks and moments work, other markup does not."""
    tidy, parts, at = clean(text), [], 0
    for found in _OURS.finditer(tidy):
        parts += [escape(tidy[at : found.start()]), found[0]]
        at = found.end()
    return "".join((*parts, escape(tidy[at:])))


def unnamed(actor: object, *words: str) -> str:
    """Who did it, where the words do not say so: `/event` has titles of its senders' own."""
    said = any(str(actor).lower() in each.lower() for each in words)
    return "" if said else one_line(str(actor or ""), 32)


def link(label: str, url: str | None) -> str:
    """`label` (escaped already) as a link, where the address is one that a person may be sent to."""
    safe = safe_url(url)
    return f"[{_BRACKET.sub(_escaped, label)}]({safe})" if safe else label


def safe_url(url: str | None) -> str | None:
    """The address if it is http or https and Discord will take it; None otherwise."""
    if not url or len(url) > 2000 or not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return None
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp") for letter in url):
        return None
    try:
        urlsplit(url)
    except ValueError:  # such as an IPv6 address that does not end
        return None
    url = redact(url).replace(MASK, "redacted")
    return url.replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")


def code(text: str, limit: int) -> str:
    """A short name in back-ticks."""
    inner = " ".join(clean(text).split()).replace("`", "'").replace("@", "@\u200b")
    return f"`{inner[:limit]}`" if inner else ""


def moment(at: datetime, style: str = "R") -> str:
    """A Discord timestamp, shown in the reader's zone: `R` relative, `t` the time, `f` date and time."""
    return f"<t:{int(at.timestamp())}:{style}>"


def duration(length: timedelta) -> str:
    """The two largest units: `2m 34s`, `3h 5m`, `2d 4h`, `0s`."""
    seconds = max(0, round(length.total_seconds()))
    units = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    parts: list[tuple[int, str]] = []
    for letter, size in units:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append((count, letter))
    shown = [f"{count}{letter}" for count, letter in parts[:2] if count]
    return " ".join(shown) or "0s"


def _escape_words(text: str) -> str:
    return _CALL.sub("@\u200b", _MARKDOWN.sub(_escaped, text))


def _escaped(mark: re.Match[str]) -> str:
    return "\\" + mark[0]


def _escape_line_start(mark: re.Match[str]) -> str:
    sign = mark[2]
    return f"{mark[1]}{sign[:-1]}\\." if sign.endswith(".") else f"{mark[1]}\\{sign}"


def _fit(text: str, limit: int) -> str:
    """Escaping makes text longer, so the cut is found on the escaped length."""
    escaped = escape(text)
    if len(escaped) <= limit:
        return escaped
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if len(escape(text[:middle].rstrip())) + 1 <= limit:
            low = middle
        else:
            high = middle - 1
    return escape(text[:low].rstrip()) + ELLIPSIS
