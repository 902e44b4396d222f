"""Outside text: whatever it holds, it is shown harmlessly and within its limit."""

import re
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sovereign.render.answers import refusal
from sovereign.render.text import (
    clean,
    code,
    duration,
    escape,
    one_line,
    paragraph,
    plain_line,
    safe_url,
    sentence,
)

NASTY = [
    "@everyone @here <@1> <@&2> <#3>",
    "[click](https://evil.example) ![x](y)",
    "```\ncode\n``` `tick` ``double``",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "a\u202eb\u2066c\u200bd\x00\x07",
    "# head\n- item\n1. one\n> quote\n-# sub",
    "||spoiler|| ~~gone~~ __u__ **b** *i* _i_",
    "x" * 5000,
    "*" * 5000,
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(NASTY)).map(" ".join))
MARKUP = re.compile(
    r"\*|`|~~|\|\||\]\(|<[@#:/A-Za-z]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|^\s*(#{1,3}\s|>|-#|[-+]\s|\d+\.\s)"
)
"""What Discord would take for markup, in a text without its escaped characters."""


def unescaped(text: str) -> str:
    """Without links and without what stands behind a backslash."""
    return re.sub(r"\\[^0-9A-Za-z\s]", "·", re.sub(r"https?://\S+", "", text))


@given(texts, st.integers(10, 400))
@example("@everyone", 20)
@example("*" * 500, 11)
def test_a_line_keeps_its_limit_and_carries_no_markup(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert not MARKUP.search(unescaped(line)), line
    assert "@everyone" not in line
    assert "@here" not in line


@given(texts)
def test_a_paragraph_keeps_its_lines_and_no_line_becomes_a_list_or_heading(text: str) -> None:
    shown = paragraph(text, 400, lines=4)
    assert len(shown) <= 400
    assert shown.count("\n") <= 3
    for line in shown.split("\n"):
        assert not MARKUP.search(unescaped(line)), line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("```py\nprint(1)\n```\nas before", "print(1)\nas before"),
        ("~~~\nx = 1\n~~~", "x = 1"),
        ("<!-- Fill in\nthis form -->\nRetries twice", "Retries twice"),
        ("Retries twice\n<!-- never closed", "Retries twice"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "| a | b |\n| 1 | 2 |"),
    ],
)
def test_what_a_code_host_shows_nothing_of_is_left_out_of_a_paragraph(text: str, shown: str) -> None:
    assert paragraph(text, 400) == shown


@pytest.mark.parametrize(
    "secret", ["pass<!-- x -->word: hunter22", "ghp_" + "a1" * 9 + "<!-- -->" + "a1" * 9]
)
def test_what_is_left_out_does_not_hide_a_secret_between_its_halves(secret: str) -> None:
    assert "[redacted]" in paragraph(secret, 400).replace("\\", "")


def test_hostile_comments_take_no_time() -> None:
    for piece in ("<!--", "```", "|-", "<!-- -->"):
        paragraph(piece * 100_000, 4000)


@given(st.text(max_size=60))
def test_what_is_escaped_reads_as_it_was_written(text: str) -> None:
    """Discord shows any non-alphanumeric character behind a backslash as itself."""
    shown = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", escape(clean(text))).replace("\u200b", "")
    assert shown.replace("%40", "@") == clean(text).replace("%40", "@")


@pytest.mark.parametrize(
    "plain", ["PR #42 in acme/shop: a_b <3 > 2", "ada@example.com", "~5 min | 3 [WIP]", "x - y"]
)
def test_what_is_no_markup_is_left_as_people_wrote_it(plain: str) -> None:
    assert one_line(plain, 100) == plain


def test_letters_carry_no_towers_of_marks() -> None:
    assert len(clean("a" + "\u0301" * 500)) == 3


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x", "http://", "https://a b", "https://x\u202ey", None, ""]
)
def test_only_addresses_that_a_person_may_be_sent_to_become_links(url: str | None) -> None:
    assert safe_url(url) is None


def test_an_address_cannot_end_the_link_that_it_is_in() -> None:
    assert safe_url("https://x/a)b(c") == "https://x/a%29b%28c"


def test_secrets_do_not_leave_through_text() -> None:
    for shown in (
        one_line("ghp_" + "a" * 36, 200),
        paragraph("password: hunter2hunter2", 200),
        plain_line("Bearer abcdef123456", 90),
    ):
        assert "redacted" in shown
        assert "hunter2" not in shown


def test_back_ticks_cannot_end_the_code_that_they_are_in() -> None:
    assert code("a`b`", 10) == "`a'b'`"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (59, "59s"), (154, "2m 34s"), (3600, "1h"), (11100, "3h 5m"), (90061, "1d 1h")],
)
def test_durations_show_their_two_largest_units(seconds: int, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words


@given(texts)
@example("` [click](https://evil.example)")
@example("``x` [click](https://evil.example) `")
@example("\\`[click](https://evil.example)`")
def test_a_sentence_of_ours_that_quotes_others_carries_their_text_and_no_markup(quoted: str) -> None:
    said = sentence(f"Shop is frozen by ada until <t:1772000000:f>: {quoted}.\nUse `override_freeze`.")
    assert "`override_freeze`" in said
    assert said.startswith("Shop is frozen by ada until <t:1772000000:f>: ")
    shown = re.sub(r"`[^`\n]*`", "", unescaped(said.replace("<t:1772000000:f>", "")))
    assert not re.search(r"\*|~~|\|\||\]\(|<[@#:/A-Za-z]|@(everyone|here)", shown)


def test_a_refusal_shows_the_reason_of_a_freeze_letter_by_letter() -> None:
    words = "Frozen until <t:1772000000:f> by ada: **bold** @everyone [x](http://evil). Use `override`."
    assert refusal(words).description == (
        "Frozen until <t:1772000000:f> by ada: \\*\\*bold\\*\\* @\u200beveryone [x\\](http://evil)."
        " Use `override`."
    )
