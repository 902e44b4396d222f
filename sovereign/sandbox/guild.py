"""The sample guild: a software team's hub with channels, roles and people. Its ids never change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sovereign.sandbox import permissions as p
from sovereign.sandbox.entities import Channel, ChannelKind, Entity, Guild, Member, Overwrite, Role, User
from sovereign.sandbox.snowflakes import first_of

FOUNDED = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)


def _id(number: int) -> int:
    return first_of(FOUNDED + timedelta(minutes=number)) | number


GUILD_ID = _id(1)
BOT_ID = _id(2)
"""The bot's user id and, as for every newer application, the application's id."""

_READ_ONLY = p.SEND | p.PUBLIC_THREADS
_MEMBER = (
    p.VIEW
    | p.SEND
    | p.EMBED
    | p.ATTACH
    | p.HISTORY
    | p.ADD_REACTIONS
    | p.EXTERNAL_EMOJIS
    | p.PUBLIC_THREADS
    | p.SEND_IN_THREADS
    | p.USE_COMMANDS
    | p.CHANGE_NICK
    | p.CONNECT
    | p.SPEAK
)
_LEAD = p.MANAGE_MESSAGES | p.MANAGE_THREADS | p.PIN | p.MENTION_EVERYONE
BOT_PERMISSIONS = (
    p.VIEW
    | p.SEND
    | p.EMBED
    | p.ATTACH
    | p.HISTORY
    | p.ADD_REACTIONS
    | p.EXTERNAL_EMOJIS
    | p.PUBLIC_THREADS
    | p.SEND_IN_THREADS
    | p.MANAGE_THREADS
    | p.MANAGE_ROLES
    | p.MANAGE_MESSAGES
)
"""What the bot is invited with: the least that it needs, and not Administrator."""

_ROLES: tuple[tuple[str, int, int], ...] = (  # from the lowest to the highest
    ("Stakeholders", 0x9AA5B1, 0),
    ("Contractors", 0xA9815C, 0),
    ("On-Call", 0xE8833A, 0),
    ("Sovereign", 0x5B6CFF, BOT_PERMISSIONS),
    ("Bots", 0x6C7A89, 0),
    ("QA", 0x2AA6A1, 0),
    ("Designers", 0xC65CCB, 0),
    ("Developers", 0x3B82F6, p.PIN),
    ("ReleaseMgr", 0x7C5CD6, p.PIN),
    ("DevOps", 0x2E9E5B, _LEAD),
    ("Scrum Master", 0xB8A11C, _LEAD),
    ("Project Manager", 0xD9701C, _LEAD | p.MANAGE_CHANNELS),
    ("Program Manager", 0xD64545, _LEAD | p.MANAGE_CHANNELS | p.MANAGE_ROLES),
    ("Owner", 0xE6B422, p.ADMINISTRATOR),
)
ROLES = {name: _id(20 + index) for index, (name, _, _) in enumerate(_ROLES)}

_PEOPLE: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("ada", 0xE6B422, ("Owner",)),
    ("bela", 0xD64545, ("Program Manager", "ReleaseMgr")),
    ("chen", 0x2E9E5B, ("DevOps", "ReleaseMgr", "On-Call")),
    ("dora", 0xD9701C, ("Project Manager",)),
    ("emil", 0x3B82F6, ("Developers", "ReleaseMgr")),
    ("fay", 0xC65CCB, ("Designers",)),
    ("gus", 0x2AA6A1, ("QA",)),
    ("hana", 0x4C9F70, ("DevOps", "ReleaseMgr")),
    ("ivan", 0x5C8AE6, ("Developers",)),
    ("juno", 0xB8A11C, ("Scrum Master",)),
    ("kit", 0xA9815C, ("Contractors",)),
    ("lena", 0x9AA5B1, ("Stakeholders",)),
)
MEMBERS = {name: _id(50 + index) for index, (name, _, _) in enumerate(_PEOPLE)}


@dataclass(frozen=True, slots=True)
class _Rule:
    """Who sees and who writes, by role names; None means everyone."""

    see: tuple[str, ...] | None = None
    write: tuple[str, ...] | None = None


_OPEN = _Rule()
_ANNOUNCED = _Rule(write=("Owner", "Program Manager", "Bots"))
_PIPELINE = _Rule(write=("Bots", "DevOps"))
_PHASE = _Rule(write=("Owner", "Program Manager", "Project Manager", "DevOps", "Bots"))
_ON_CALL = _Rule(see=("On-Call", "DevOps", "Program Manager", "Bots"))
_GOVERNANCE = _Rule(see=("Owner", "Program Manager", "Project Manager", "Stakeholders", "Bots"))
_PARTNERS = _Rule(see=("Contractors", "Program Manager", "Project Manager", "Scrum Master", "DevOps", "Bots"))

_HUB: tuple[tuple[str, tuple[tuple[str, str, _Rule], ...]], ...] = (
    (
        "General",
        (
            ("announcements", "What everybody should know", _ANNOUNCED),
            ("general", "Talk about the work", _OPEN),
            ("how-to", "First steps and house rules", _OPEN),
            ("runbooks", "What to do when something burns", _OPEN),
        ),
    ),
    (
        "DevOps & CI/CD",
        (
            ("prs", "Pull requests, one thread each", _OPEN),
            ("deployments", "What goes where, and when", _OPEN),
            ("ci-cd-pipeline", "Builds and checks", _PIPELINE),
            ("cluster-status", "What the cluster says", _OPEN),
            ("alerts", "Firing and resolved", _OPEN),
            ("dev-feed", "Pushes and small news", _OPEN),
            ("on-call", "For those on duty", _ON_CALL),
        ),
    ),
    (
        "Agents & AI",
        (
            ("agents", "What the agents did and propose", _OPEN),
            ("inference-stream", "Questions to the models", _OPEN),
        ),
    ),
    (
        "Agile",
        (
            ("standup", "Yesterday, today, in the way", _OPEN),
            ("retro", "Keep, drop, start, kudos", _OPEN),
            ("kanban-updates", "Moves on the boards", _OPEN),
        ),
    ),
    (
        "Waterfall",
        (
            ("req-signoff", "Requirements, signed off", _PHASE),
            ("design-phase", "Design, signed off", _PHASE),
            ("qa-phase", "Quality, signed off", _PHASE),
            ("uat-phase", "Acceptance, signed off", _PHASE),
            ("release-approval", "Releases that wait for a yes", _PHASE),
        ),
    ),
    (
        "Design & Docs",
        (
            ("design-collab", "Sketches and comments", _OPEN),
            ("project-artifacts", "Where the documents are", _OPEN),
        ),
    ),
    (
        "Project-Alpha",
        tuple(
            (f"alpha-{stage}", f"Project Alpha: {stage}", _OPEN)
            for stage in ("planning", "wbs", "design", "dev", "test", "retro")
        ),
    ),
    (
        "Partner-Projects",
        (
            ("partner-lobby", "Welcome", _PARTNERS),
            ("partner-briefing", "Requests and answers", _PARTNERS),
            ("partner-artifacts", "Shared documents", _PARTNERS),
            ("partner-standups", "Daily notes of the partners", _PARTNERS),
        ),
    ),
    (
        "Governance",
        (
            ("governance", "Decisions and risks", _GOVERNANCE),
            ("audit", "Who did what", _GOVERNANCE),
        ),
    ),
    ("Voice", (("war-room", "", _OPEN),)),
)
CHANNELS = {
    name: _id(100 + index)
    for index, name in enumerate(
        name for category, channels in _HUB for name in (category, *(channel[0] for channel in channels))
    )
}
"""Ids of channels and categories by name."""


def sample() -> Iterator[Entity]:
    """Every entity of the guild as it is on the first day."""
    yield Guild(
        id=GUILD_ID,
        name="Sovereign Hub",
        owner_id=MEMBERS["ada"],
        description="A team that runs its software from here",
        system_channel_id=CHANNELS["general"],
    )
    yield from _roles()
    yield User(id=BOT_ID, name="Sovereign", bot=True, color=0x5B6CFF)
    yield Member(user_id=BOT_ID, joined_at=FOUNDED, roles=(ROLES["Sovereign"], ROLES["Bots"]))
    for name, color, roles in _PEOPLE:
        yield User(id=MEMBERS[name], name=name, color=color)
        yield Member(user_id=MEMBERS[name], joined_at=FOUNDED, roles=tuple(ROLES[role] for role in roles))
    yield from _channels()


def _roles() -> Iterator[Role]:
    yield Role(id=GUILD_ID, name="@everyone", permissions=_MEMBER)
    for position, (name, color, bits) in enumerate(_ROLES, start=1):
        yield Role(
            id=ROLES[name],
            name=name,
            color=color,
            permissions=bits,
            position=position,
            hoist=name not in ("Bots", "ReleaseMgr"),
            mentionable=name == "On-Call",
            managed_by=BOT_ID if name == "Sovereign" else None,
        )


def _channels() -> Iterator[Channel]:
    for place, (category, channels) in enumerate(_HUB):
        yield Channel(
            id=CHANNELS[category],
            kind=ChannelKind.CATEGORY,
            name=category,
            guild_id=GUILD_ID,
            position=place,
            overwrites=_shared(channels),
        )
        for position, (name, topic, rule) in enumerate(channels):
            yield Channel(
                id=CHANNELS[name],
                kind=ChannelKind.VOICE if category == "Voice" else ChannelKind.TEXT,
                name=name,
                guild_id=GUILD_ID,
                parent_id=CHANNELS[category],
                position=position,
                topic=topic or None,
                overwrites=_overwrites(rule),
            )


def _shared(channels: tuple[tuple[str, str, _Rule], ...]) -> tuple[Overwrite, ...]:
    """A category hides itself where all its channels are hidden from the same people."""
    rules = {rule for _, _, rule in channels}
    return _overwrites(rules.pop()) if len(rules) == 1 else ()


def _overwrites(rule: _Rule) -> tuple[Overwrite, ...]:
    deny = (p.VIEW if rule.see is not None else 0) | (_READ_ONLY if rule.write is not None else 0)
    if not deny:
        return ()
    allowed: dict[str, int] = dict.fromkeys(rule.see or (), p.VIEW)
    for name in rule.write or ():
        allowed[name] = allowed.get(name, 0) | _READ_ONLY
    return (
        Overwrite(id=GUILD_ID, kind=0, deny=deny),
        *(Overwrite(id=ROLES[name], kind=0, allow=bits) for name, bits in allowed.items()),
    )
