"""The route by which the bot answers an interaction."""

from __future__ import annotations

from http import HTTPStatus

from sovereign.sandbox.actions import interactions
from sovereign.sandbox.actions.interactions import CHOICES, DEFERRED, DEFERRED_UPDATE, MESSAGE, MODAL, UPDATE
from sovereign.sandbox.entities import Interaction, InteractionKind, Message, MessageFlag
from sovereign.sandbox.errors import Form
from sovereign.sandbox.limits.messages import check_message
from sovereign.sandbox.limits.modals import check_modal
from sovereign.sandbox.rest.call import Call, Reply, Result, Route
from sovereign.sandbox.wire import Json, number, obj, objs

_ALLOWED = {
    InteractionKind.COMMAND: frozenset({MESSAGE, DEFERRED, MODAL}),
    InteractionKind.COMPONENT: frozenset({MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL}),
    InteractionKind.AUTOCOMPLETE: frozenset({CHOICES}),
    InteractionKind.MODAL: frozenset({MESSAGE, DEFERRED}),
}
_MOST_CHOICES = 25


def callback(call: Call) -> Result:
    one = interactions.answerable(call.platform, call.id("interaction"), call.path["secret"])
    kind = call.body.get("type")
    form = Form()
    form.one_of("type", kind, _allowed(one))
    form.check()
    message = _answer(call, one, number(kind), obj(call.body.get("data")))
    if not call.flag("with_response"):
        return None
    return Reply(status=HTTPStatus.OK, body=_response(call, one, number(kind), message))


def _allowed(one: Interaction) -> frozenset[int]:
    allowed = _ALLOWED[InteractionKind(one.kind)]
    from_message = one.kind == InteractionKind.MODAL and one.message_id is not None
    return allowed | {DEFERRED_UPDATE, UPDATE} if from_message else allowed


def _answer(call: Call, one: Interaction, kind: int, data: Json) -> Message | None:
    platform = call.platform
    if kind == DEFERRED:
        return interactions.defer(platform, one, number(data.get("flags")) & MessageFlag.EPHEMERAL)
    if kind == DEFERRED_UPDATE:
        return interactions.defer_update(platform, one)
    if kind == CHOICES:
        _check_choices(data)
    elif kind == MODAL:
        check_modal(data)
    else:
        draft = check_message(data, new_files=len(call.uploads), path="data.")
        act = interactions.reply if kind == MESSAGE else interactions.update
        return act(platform, one, draft, call.uploads)
    interactions.close_with(platform, one, kind, data)
    return None


def _check_choices(data: Json) -> None:
    form = Form()
    choices = objs(data.get("choices"))
    form.length("data.choices", list(choices), _MOST_CHOICES)
    for index, choice in enumerate(choices):
        form.length(f"data.choices.{index}.name", choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            form.length(f"data.choices.{index}.value", choice["value"], 100, 1)
        elif choice.get("value") is None:
            form.required(f"data.choices.{index}.value")
    form.check()


def _response(call: Call, one: Interaction, kind: int, message: Message | None) -> Json:
    about: Json = {"id": str(one.id), "type": one.kind, "channel_id": str(one.channel_id)}
    if message is not None:
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": bool(message.flags & MessageFlag.LOADING),
            "response_message_ephemeral": message.ephemeral_to is not None,
        }
    if message is None or kind not in (MESSAGE, UPDATE):
        return {"interaction": about}
    return {"interaction": about, "resource": {"type": kind, "message": call.platform.shown(message)}}


ROUTES = (
    Route(
        method="POST",
        path="/interactions/{interaction}/{secret}/callback",
        act=callback,
        public=True,
        exempt=True,
    ),
)
