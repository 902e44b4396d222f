"""Which deployment a service in an environment is, and what an unknown name is answered."""

from __future__ import annotations

import pytest

from sovereign.core.errors import NotFound
from sovereign.domain.estate import Environment, Estate, Service


def estate(**changed: object) -> Estate:
    given: dict[str, object] = {
        "services": (
            Service(name="shop", channel="shop"),
            Service(name="payments", environments=("prod",), deployment="pay", namespace="money", most=3),
        ),
        "environments": (
            Environment(name="dev"),
            Environment(name="prod", cluster="far", namespace="live", production=True),
        ),
        "clusters": ("main", "far"),
    }
    return Estate(**(given | changed))  # type: ignore[arg-type]


def test_defaults_are_the_names_and_the_first_cluster() -> None:
    place = estate().place("Shop", "dev")
    assert (place.cluster, place.namespace, place.deployment) == ("main", "dev", "shop")
    assert not place.production


def test_the_environment_and_then_the_service_say_otherwise() -> None:
    assert estate().place("shop", "prod").namespace == "live"
    place = estate().place("payments", "prod")
    assert (place.cluster, place.namespace, place.deployment, place.most) == ("far", "money", "pay", 3)
    assert place.production


@pytest.mark.parametrize(
    ("service", "environment", "words"),
    [
        ("shpo", "dev", "There is shop, payments."),
        ("payments", "dev", "payments does not run in 'dev'. There is prod."),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(service: str, environment: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        estate().place(service, environment)


def test_without_a_cluster_there_is_no_place_and_it_is_said_where_to_name_one() -> None:
    nowhere = estate(clusters=())
    with pytest.raises(NotFound, match=r"infra\.clusters"):
        nowhere.place("shop", "dev")
    assert nowhere.places() == []


def test_an_environment_that_is_only_named_is_production_by_its_name() -> None:
    bare = estate(environments=(), services=(Service(name="a", environments=("prod", "qa")),))
    assert [bare.place("a", name).production for name in ("prod", "qa")] == [True, False]


def test_the_container_of_a_service_is_the_named_one_then_its_namesake_then_the_first() -> None:
    place = estate().place("shop", "dev")
    assert place.main_container({"proxy": "p", "shop": "s"}) == "shop"
    assert place.main_container({"proxy": "p", "other": "o"}) == "proxy"
    assert place.main_container({}) == ""


def test_a_channel_that_several_services_share_is_nobodys() -> None:
    assert estate().of_channel("shop", "123") == estate().services[0]
    twice = estate(services=(Service(name="a", channel="x"), Service(name="b", channel="x")))
    assert twice.of_channel("x") is None
