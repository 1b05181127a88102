"""Machines whose address changes in the middle of a transfer: a new lease, another Wi-Fi, a VPN that ends."""
import time

from cases import limit, note
from lan import Lan, ip
from nodes import verified_bytes
from seeder_loss_test import begin, end


def move(host, number):
    """Another address on the same network; what was connected from the old one is not told."""
    was, host.ipv4 = host.ipv4, f"10.77.0.{number}"
    ip("-n", host.namespace, "addr", "del", f"{was}/24", "dev", "eth0")
    ip("-n", host.namespace, "addr", "add", f"{host.ipv4}/24", "brd", "10.77.0.255", "dev", "eth0")


def goes_on(getting, within):
    had, began = verified_bytes(getting), time.monotonic()
    # what was under way when it moved may still be counted: this much is new
    while verified_bytes(getting) < had + 4 * 1024 * 1024 and getting.running:
        assert time.monotonic() < began + within, f"nothing for {within} s: {getting.describe()}"
        time.sleep(0.05)
    return time.monotonic() - began


def check_moves(within, *who):
    with Lan(hosts=2, v6=False) as lan:
        content, _, _, getting, out = begin(lan)
        for number in who:
            move(lan.hosts[number], 40 + number)
        note(f"went on after {goes_on(getting, within):.1f} s")
        end(getting, out, content)


@limit(120)
def test_the_getter_moves_to_another_address():
    check_moves(10, 1)


@limit(120)
def test_the_seeder_moves_to_another_address():
    check_moves(10, 0)


@limit(120)
def test_both_move_at_once():
    check_moves(15, 0, 1)
