"""One client: an IPv4 address or an IPv6 /64, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.client import client_prefix


@pytest.mark.parametrize(
    ("address", "client"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", id="an IPv4 address is itself"),
        pytest.param("::ffff:192.0.2.7", "192.0.2.7", id="a mapped one is unwrapped"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", id="an IPv6 address is its network"),
        pytest.param("2001:0DB8:0001:0002::FFFF", "2001:db8:1:2::/64", id="in canonical form"),
        pytest.param("fe80::1%eth0", "fe80::/64", id="without its zone"),
        pytest.param(None, "unknown", id="a Unix socket"),
        pytest.param("", "unknown", id="nothing"),
        pytest.param("unix:", "unknown", id="no address"),
        pytest.param("192.0.2.7, 10.0.0.1", "unknown", id="a list, by a broken proxy"),
        pytest.param("192.0.2.07", "unknown", id="an octal digit"),
    ],
)
def test_an_address_is_cut_to_its_client(address: str | None, client: str) -> None:
    assert client_prefix(address) == client


@given(st.ip_addresses(v=6))
def test_all_of_one_network_are_one_client(address: object) -> None:
    client = client_prefix(str(address))

    assert client == "unknown" or client_prefix(client.removesuffix("/64")) == client


@given(st.text(max_size=50))
def test_nothing_breaks_it(address: str) -> None:
    assert client_prefix(address)
