"""The list of commands stays a list that one can read on a phone."""

from __future__ import annotations

from sovereign.render.help import MOST_ROWS, Entry, listing


def test_many_commands_share_a_line_by_their_first_word() -> None:
    entries = [Entry(name=f"admin do{n}", description="d") for n in range(MOST_ROWS)]
    body = (
        listing(
            [*entries, Entry(name="help", description="What you can do")],
            {("Owner",): 3, ("Owner", "DevOps"): 2, (): 1},
        ).description
        or ""
    )
    assert body.split("\n") == [
        "`/admin` " + ", ".join(f"do{n}" for n in range(MOST_ROWS)),
        "`/help` What you can do",
        "-# 3 more with the role Owner.",
        "-# 2 more with one of the roles Owner or DevOps.",
        "-# 1 more: granted to no role yet (discord.rbac.grants).",
    ]
