"""One copy over the uplink: machines of a LAN that want the same from outside fetch it once and pass it round."""
import time

from cases import limit, note
from content import MIB, make_file
from lan import NODE
from nodes import finish_get, same, share, start_get
from uplink import Uplink

PORT = 7001
SIZE = 24 * MIB
LINE = 4  # MiB/s
NODES = 20


@limit(180)
def test_twenty_nodes_fetch_one_copy_over_the_uplink():
    with Uplink(hosts=NODES) as net:
        content = make_file(net.outside.folder("data") / "content.bin", SIZE)
        _, magnet = share(net.outside, content, "--port", str(PORT), "--piece-size", "128Ki")
        net.outside.limit_sending(LINE)
        peer = ("--peer", f"{net.outside.ipv4}:{PORT}", "--no-dht")
        before, began = net.outside.counted("tx"), time.monotonic()
        places = [(host, host.folder("out")) for host in net.inside]
        runs = [(host.spawn([NODE, "get", *peer, "--seed", "forever", "-o", out, magnet]), out)
                for host, out in places]
        for process, _ in runs:
            process.line("^/", timeout=120)
        took = time.monotonic() - began
        copies = (net.outside.counted("tx") - before) / SIZE
        for _, out in runs:
            same(content, out / content.name)
        note(f"{NODES} nodes: {copies:.2f} copies over the uplink, {took:.1f} s; one copy takes {SIZE / MIB / LINE:.1f} s")
        assert copies <= 1.2, copies


@limit(120)
def test_a_machine_that_is_alone_fetches_as_ever():
    with Uplink(hosts=1) as net:
        content = make_file(net.outside.folder("data") / "content.bin", 8 * MIB)
        _, magnet = share(net.outside, content, "--port", str(PORT))
        out = net.inside[0].folder("out")
        getting = start_get(net.inside[0], magnet, out, "--peer", f"{net.outside.ipv4}:{PORT}")
        same(content, finish_get(getting, out, 60))


@limit(180)
def test_a_neighbour_that_dies_while_it_fetches_stops_nobody():
    with Uplink(hosts=4) as net:
        content = make_file(net.outside.folder("data") / "content.bin", 16 * MIB)
        _, magnet = share(net.outside, content, "--port", str(PORT), "--piece-size", "1Mi")
        net.outside.limit_sending(LINE)
        peer = ("--peer", f"{net.outside.ipv4}:{PORT}", "--no-dht")
        runs = []
        for host in net.inside:
            out = host.folder("out")
            runs.append((start_get(host, magnet, out, *peer), out))
        time.sleep(1.5)  # in the middle of its pieces
        runs[0][0].kill()
        began = time.monotonic()
        for process, out in runs[1:]:
            same(content, finish_get(process, out, 120))
        note(f"the others ended {time.monotonic() - began:.1f} s after it died")
