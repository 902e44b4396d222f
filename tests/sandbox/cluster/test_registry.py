"""The registry: digests that follow from what is served, tags that move, and pods that run what it has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import aiohttp

from tests.sandbox.cluster.conftest import APPS, CORE, Hand, web

IMAGE = "acme/thing"


async def head(hand: Hand, reference: str) -> tuple[int, str]:
    async with hand.session.head(f"{hand.it.url}/v2/{IMAGE}/manifests/{reference}") as answer:
        return answer.status, answer.headers.get("Docker-Content-Digest", "")


async def published(hand: Hand, *tags: str) -> list[Any]:
    return [await hand.drive("tag", image=f"{IMAGE}:{tag}") for tag in tags]


async def test_a_digest_is_the_hash_of_the_manifest_and_names_it_too(hand: Hand) -> None:
    (made,) = await published(hand, "v1")
    for reference in ("v1", made["digest"]):
        async with hand.session.get(f"{hand.it.url}/v2/{IMAGE}/manifests/{reference}") as answer:
            body = await answer.read()
            assert answer.status == 200
            assert answer.content_type == "application/vnd.oci.image.manifest.v1+json"
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        assert answer.headers["Docker-Content-Digest"] == digest == made["digest"]
        assert await head(hand, reference) == (200, digest)


async def test_the_configuration_of_an_image_tells_its_version(hand: Hand) -> None:
    await published(hand, "v1")
    async with hand.session.get(f"{hand.it.url}/v2/{IMAGE}/manifests/v1") as answer:
        manifest = await answer.json(content_type=None)
    async with hand.session.get(f"{hand.it.url}/v2/{IMAGE}/blobs/{manifest['config']['digest']}") as answer:
        body = await answer.read()
    assert "sha256:" + hashlib.sha256(body).hexdigest() == manifest["config"]["digest"]
    assert b'"org.opencontainers.image.version":"v1"' in body


async def test_a_tag_moves_and_what_it_meant_is_still_there(hand: Hand) -> None:
    one, two = await published(hand, "v1", "v2")
    moved = await hand.drive("tag", image=f"{IMAGE}:v1", move=True)
    assert moved["digest"] not in (one["digest"], two["digest"])
    assert await head(hand, "v1") == (200, moved["digest"])
    assert (await head(hand, one["digest"]))[0] == 200
    again = await hand.drive("tag", image=f"{IMAGE}:v1", to="v2")
    assert again["digest"] == two["digest"]


async def test_what_is_not_there_is_404_in_the_registrys_words(hand: Hand) -> None:
    await published(hand, "v1")
    for path, code in (
        (f"{IMAGE}/manifests/v9", "MANIFEST_UNKNOWN"),
        (f"{IMAGE}/manifests/sha256:{'0' * 64}", "MANIFEST_UNKNOWN"),
        ("acme/none/tags/list", "NAME_UNKNOWN"),
        (f"{IMAGE}/blobs/sha256:{'0' * 64}", "BLOB_UNKNOWN"),
    ):
        status, answer = await hand.call("GET", f"/v2/{path}")
        assert (status, answer["errors"][0]["code"]) == (404, code)
    assert await hand.get(f"/v2/{IMAGE}/tags/list") == {"name": IMAGE, "tags": ["v1"]}
    assert await hand.get("/v2/") == {}


def holding(word: str) -> Callable[[Any], bool]:
    return lambda it: word in str(it["items"])


async def test_a_pod_runs_a_published_image_by_tag_and_by_digest_and_fails_on_any_other(hand: Hand) -> None:
    good, bad = await published(hand, "v1", "v2-crash")
    host = hand.it.surface.registry.host
    await hand.post(f"{APPS}/deployments", web(f"{host}/{IMAGE}:v1", replicas=1))
    await hand.rolled_out()
    pod = (await hand.pods())[0]
    assert pod["status"]["containerStatuses"][0]["imageID"] == f"{host}/{IMAGE}@{good['digest']}"
    for image, reason in (
        (f"{host}/{IMAGE}@{bad['digest']}", "CrashLoopBackOff"),
        (f"{host}/{IMAGE}:v9", "ImagePullBackOff"),
    ):
        await hand.roll_to(image)
        await hand.until(f"{CORE}/pods", holding(reason))
    await hand.roll_to(f"{host}/{IMAGE}@{good['digest']}")
    await hand.rolled_out()


async def test_the_registry_is_reached_under_the_name_that_images_have(hand: Hand) -> None:
    (made,) = await published(hand, "v1")
    host, _, rest = made["image"].partition("/")
    url = f"http://{host}/v2/{rest.replace(':', '/manifests/')}"
    async with aiohttp.ClientSession() as session, session.head(url) as answer:
        assert answer.headers["Docker-Content-Digest"] == made["digest"]
