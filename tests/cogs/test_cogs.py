"""What makes hot reload safe, checked for every cog."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord.ext import commands

from sovereign.bot import cogs
from sovereign.domain.permission import Capability

ALLOWED = (
    commands.Cog,
    discord.ui.View,
    discord.ui.Modal,
    discord.ui.DynamicItem,
    discord.app_commands.Transformer,
)


def trees(name: str) -> ast.Module:
    return ast.parse(Path(importlib.import_module(name).__file__ or "").read_text())


@pytest.mark.parametrize("name", cogs())
def test_a_cog_defines_no_types_that_could_outlive_it(name: str) -> None:
    module = importlib.import_module(name)
    own = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == name]
    assert [c.__name__ for c in own if not issubclass(c, ALLOWED)] == []


@pytest.mark.parametrize("name", cogs())
def test_a_cog_has_no_state_of_its_own(name: str) -> None:
    mutable = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    found = [
        node.lineno
        for node in trees(name).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, mutable)
    ]
    assert found == []


@pytest.mark.parametrize("name", cogs())
def test_loading_and_unloading_never_wait(name: str) -> None:
    """A hook that suspends loses the presses of that moment."""
    hooks = [
        node
        for node in ast.walk(trees(name))
        if isinstance(node, ast.AsyncFunctionDef) and node.name in ("cog_load", "cog_unload")
    ]
    assert [hook.name for hook in hooks for node in ast.walk(hook) if isinstance(node, ast.Await)] == []


@pytest.mark.parametrize("name", cogs())
def test_every_press_passes_the_edge_where_it_is_recorded(name: str) -> None:
    module = importlib.import_module(name)
    classes = [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == name]
    presses = [
        (one.__name__, method)
        for one in classes
        for method in ("callback", "on_submit")
        if method in vars(one) and not hasattr(vars(one)[method], "__wrapped__")
    ]
    assert presses == []


@pytest.mark.parametrize("name", cogs())
async def test_a_cog_leaves_nothing_behind(name: str) -> None:
    bot: Any = commands.Bot("!", intents=discord.Intents.none())
    bot.services = SimpleNamespace(incidents=None, permissions=None)
    items = bot._connection._view_store._dynamic_items
    await bot.load_extension(name)
    await bot.reload_extension(name)
    await bot.unload_extension(name)
    assert (dict(items), dict(bot.cogs), bot.tree.get_commands()) == ({}, {}, [])


async def test_every_command_says_which_capability_it_needs_but_help() -> None:
    """/help, the references and `doctor` read it there; the services ask for it when it is used."""
    bot: Any = commands.Bot("!", intents=discord.Intents.none())
    bot.services = SimpleNamespace(incidents=None, permissions=None)
    for name in cogs():
        await bot.load_extension(name)
    walked = [one for one in bot.tree.walk_commands() if isinstance(one, discord.app_commands.Command)]
    unsaid = [
        one.qualified_name for one in walked if not isinstance(one.extras.get("capability"), Capability)
    ]
    assert unsaid == ["help"]
