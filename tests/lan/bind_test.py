"""--bind, -4 and -6 hold for all that leaves: packets are counted by their source address."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from content import make_file
from lan import NODE, Lan, ip
from nodes import same, share, start_get
from trackers import PORT, tracker


def second_address(host):
    address = f"10.77.0.{100 + host.number}"
    ip("-n", host.namespace, "addr", "add", f"{address}/24", "brd", "10.77.0.255", "dev", "eth0")
    return address


def count_leaving(host):
    """Counts TCP and UDP packets that leave this host by eth0, by source."""
    data = "oifname eth0 meta l4proto { tcp, udp }"
    host.count_packets("output", first=f"{data} ip saddr {host.ipv4}", second=f"{data} ip saddr 10.77.0.{100 + host.number}",
                       v6=f"{data} meta nfproto ipv6")


def test_what_is_bound_to_one_address_speaks_from_no_other():
    with Lan(hosts=3) as lan:
        seed, getter, server = lan.hosts
        tracker(server)
        content = make_file(seed.folder("data") / "file.iso", 3_000_000)
        torrent = server.dir / "file.torrent"
        made = seed.run([NODE, "create", content, "-o", seed.dir / "file.torrent",
                         "-t", f"http://{server.ipv4}:{PORT}/announce"])
        assert made.code == 0, made.describe()
        torrent.write_bytes((seed.dir / "file.torrent").read_bytes())
        server.own(torrent)
        web = server.spawn([sys.executable, "-m", "http.server", "8000", "--directory", server.dir])
        server.wait_listening(8000)
        bound = {host.number: second_address(host) for host in (seed, getter)}
        for host in (seed, getter):
            count_leaving(host)
        share(seed, content, "--bind", bound[seed.number], "-t", f"http://{server.ipv4}:{PORT}/announce",
              "-t", f"udp://{server.ipv4}:{PORT}")
        out = getter.folder("out")
        taking = start_get(getter, f"http://{server.ipv4}:8000/file.torrent", out, "--bind", bound[getter.number])
        taking.wait(60)
        assert taking.code == 0, taking.describe()
        same(content, out / "file.iso")
        scraped = getter.run([NODE, "show", "--scrape", "--bind", bound[getter.number], torrent])
        assert scraped.code == 0, scraped.describe()
        named = getter.run([NODE, "discover", "--bind", bound[getter.number]])
        assert "file.iso" in named.out.text, named.describe()
        for host in (seed, getter):
            counted = host.packets()
            assert counted["first"] == 0 and counted["v6"] == 0 and counted["second"] > 5, (host.number, counted)
        assert web.running


def test_ipv4_alone_is_ipv4_on_every_path():
    with Lan(hosts=3) as lan:
        seed, getter, server = lan.hosts
        tracker(server)
        content = make_file(seed.folder("data") / "file.iso", 300_000)
        second_address(seed), second_address(getter)
        for host in (seed, getter):
            count_leaving(host)
        _, link = share(seed, content, "-4", "-t", f"http://[{server.ipv6}]:{PORT}/announce",
                        "-t", f"udp://[{server.ipv6}]:{PORT}", "-t", f"http://{server.ipv4}:{PORT}/announce")
        out = getter.folder("out")
        taking = start_get(getter, link, out, "-4", "--peer", f"[{seed.ipv6}]:9")
        taking.wait(60)
        assert taking.code == 0, taking.describe()
        for host in (seed, getter):
            assert host.packets()["v6"] == 0 and host.packets()["first"] > 5, host.packets()
