"""Container registries: only a host of the registry's own owner is asked for a token."""

from __future__ import annotations

import pytest

from sovereign.clients.registries import _is_kin


@pytest.mark.parametrize(
    ("host", "realm", "kin"),
    [
        ("registry-1.docker.io", "https://auth.docker.io/token", True),
        ("ghcr.io", "https://ghcr.io/token", True),
        ("ghcr.io", "http://ghcr.io/token", False),
        ("localhost:5000", "http://localhost:5000/token", True),
        ("registry.shop.co.uk", "https://auth.shop.co.uk/token", True),
        ("registry.shop.co.uk", "https://auth.other.co.uk/token", False),
        ("10.1.0.1:5000", "https://10.2.0.1/token", False),
        ("registry-1.docker.io", "https://docker.io.example/token", False),
    ],
)
def test_a_password_goes_to_the_registrys_own_owner_alone(host: str, realm: str, kin: bool) -> None:
    assert _is_kin(host, realm) is kin
