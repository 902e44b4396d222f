"""The group of commands `sovereign audit`."""

from __future__ import annotations

import typer

from sovereign.cli.audit import checking, keeping, looking

audit = typer.Typer(help="Who did what: check it, export it, prove it, look it up.", no_args_is_help=True)
audit.command()(checking.verify)
audit.command()(checking.export)
audit.command()(checking.prove)
audit.command()(looking.show)
audit.command()(keeping.checkpoint)
audit.command()(keeping.settle)
audit.command()(keeping.key)
