#!/usr/bin/python3
"""Prints every KRPC datagram that passes this machine, once: SECONDS ADDRESS:PORT ADDRESS:PORT HEX. Needs root."""
import socket
import struct
import time

IPV4, ALL, OUTGOING, UDP = 0x0800, 0x0003, 4, 17


def main():
    began = time.monotonic()
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL))
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    print("ready", flush=True)
    while True:
        data, (_, protocol, direction, *_) = tap.recvfrom(65536)
        if direction != OUTGOING or protocol != IPV4 or data[9] != UDP:  # what is forwarded comes in and goes out
            continue
        udp = data[(data[0] & 15) * 4:]
        source, to, length = struct.unpack(">HHH", udp[:6])
        payload = udp[8:length]
        if payload[:1] == b"d" and payload[-1:] == b"e":
            print(f"{time.monotonic() - began:.3f} {socket.inet_ntoa(data[12:16])}:{source} "
                  f"{socket.inet_ntoa(data[16:20])}:{to} {payload.hex()}", flush=True)


main()
