"""The reverse proxies let exactly the public paths through, and never the metrics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sovereign.config.models import Discovery
from sovereign.web import health, hooks

DEPLOY = Path(__file__).parents[2] / "deploy"
CADDY = (DEPLOY / "caddy" / "Caddyfile").read_text()
NGINX = (DEPLOY / "nginx" / "sovereign.conf").read_text()

HOOKS = set(hooks.PATHS)
SLASHED = {route.path for route in hooks.routes()} - HOOKS
"""The same with a slash at the end."""
HEALTH = {route.path for route in health.routes()}


def written(path: str, name: str) -> str:
    return re.sub(r"\{\w+\}", lambda _: name, path)


def let_through() -> list[tuple[re.Pattern[str], str]]:
    """nginx's locations that pass on to the product, and the method that each is limited to."""
    blocks = re.findall(r"location ~ (\S+) \{([^{]*)\{ deny all; \}\s*proxy_pass http://sovereign;", NGINX)
    return [(re.compile(pattern), inside.split()[-1]) for pattern, inside in blocks]


def test_caddy_lets_exactly_the_products_paths_through() -> None:
    blocks = re.findall(r"@(\w+) \{\s*method ([\w ]+)\n\s*path ([^\n]+)\n", CADDY)
    found = {name: (method, set(paths.split())) for name, method, paths in blocks}
    assert found == {
        "hooks": ("POST", {written(path, "*") for path in HOOKS | SLASHED} - {"/hooks/*/"}),
        "health": ("GET HEAD", HEALTH),
    }
    assert CADDY.count("reverse_proxy") == len(re.findall(r"handle @\w+ \{\s*reverse_proxy", CADDY)) == 2


def test_nginx_lets_exactly_the_products_paths_through() -> None:
    (posts, post), (reads, get) = let_through()
    assert (post, get) == ("POST", "GET")
    assert NGINX.count("proxy_pass") == 2
    assert all(posts.search(written(path, "git-lab_2")) for path in HOOKS | SLASHED)
    assert all(reads.search(path) for path in HEALTH)
    alternatives = [pattern.pattern.count("|") + 1 for pattern in (posts, reads)]
    assert alternatives == [len(HOOKS), len(HEALTH)]


@pytest.mark.parametrize(
    "path", ["/metrics", "/", "/hooks/", "/hooks/a/b", "/gitx", "/x/git", "/healthz/metrics"]
)
def test_nginx_lets_nothing_else_through(path: str) -> None:
    assert not any(pattern.search(path) for pattern, _ in let_through())


def test_neither_proxy_names_the_metrics_outside_a_comment() -> None:
    for text in (CADDY, NGINX):
        assert "metrics" not in re.sub(r"#.*", "", text)


def test_both_proxies_take_bodies_as_large_as_the_product_does() -> None:
    limit = Discovery().event_gateway.max_body
    caddy, nginx = re.search(r"max_size (\d+)MiB", CADDY), re.search(r"client_max_body_size (\d+)m;", NGINX)
    assert caddy
    assert nginx
    assert int(caddy[1]) * 2**20 == int(nginx[1]) * 2**20 == limit


def test_nginx_replaces_what_a_client_claims_about_its_address() -> None:
    for name, value in {
        "X-Forwarded-For": "$remote_addr",
        "X-Real-IP": "$remote_addr",
        "Forwarded": '""',
    }.items():
        assert re.search(rf"proxy_set_header {name}\s+{re.escape(value)};", NGINX)
    assert "$proxy_add_x_forwarded_for" not in NGINX
