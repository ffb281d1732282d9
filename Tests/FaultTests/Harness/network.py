"""Separate hosts on one machine, with a wire between them that is slow, loses packets and can be cut.

Usage: network.py SEED HOST... (as root)

Every host is a network namespace with one TUN device; whatever it sends to another host of 10.77.0.0/24 comes out here
and goes in there, or does not. The namespaces have no names: they end with this program and the last process in them.

Prints "HOST ADDRESS NAMESPACE" for every host, NAMESPACE being what `nsenter --net=` takes. Then it obeys lines of its
standard input and answers each with one line; it ends when there are no more.

    delay MS       every packet is that long on its way
    loss PERCENT   so many packets are lost
    reset PERCENT  so many packets of TCP are lost, and both ends are told that their connection is gone
    cut A B        packets from A to B are lost
    join A B       and no longer are
    counts         packets that arrived, were lost, were cut off and made an end of their connection
"""

import ctypes
import fcntl
import heapq
import os
import random
import selectors
import socket
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
IFF_UP, IFF_RUNNING = 0x1, 0x40

libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def set_up(device, address=None):
    """Gives a device of this namespace an address in a network of 256, and turns it on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        if address:
            for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.0")):
                fcntl.ioctl(control, request, struct.pack(
                    "16sHH4s8x", device, socket.AF_INET, 0, socket.inet_aton(value)))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", device, IFF_UP | IFF_RUNNING))


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def resets(packet):
    """What tells both ends of a packet's connection that it is gone: pairs of a host's address and a packet for it.

    A reset counts where its number is the one that its receiver waits for (RFC 5961): that of the lost packet at the
    one end, and what that packet acknowledged at the other. Nothing for packets that are no part of a connection.
    """
    header = (packet[0] & 15) * 4
    if packet[9] != socket.IPPROTO_TCP or len(packet) < header + 20:
        return []
    source, target, sent, acknowledged, _, flags = struct.unpack_from("!HHIIBB", packet, header)
    syn, rst, ack = flags & 2, flags & 4, flags & 16
    if syn or rst or not ack:
        return []

    def reset(sender, receiver, ports, number):
        segment = struct.pack("!HHIIBBHHH", *ports, number, 0, 5 << 4, 4, 0, 0, 0)
        pseudo = sender + receiver + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(segment))
        segment = segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]
        start = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, socket.IPPROTO_TCP, 0, sender, receiver)
        return receiver, start[:10] + struct.pack("!H", checksum(start)) + start[12:] + segment

    one, other = packet[12:16], packet[16:20]
    return [reset(one, other, (source, target), sent), reset(other, one, (target, source), acknowledged)]


def make_host(address):
    """Makes a namespace; gives its file and that of its TUN device."""
    checked(libc.unshare(CLONE_NEWNET))
    namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"wire", IFF_TUN | IFF_NO_PI))
    set_up(b"lo")
    set_up(b"wire", address)
    return namespace, tun


class Wire:
    """What is between the hosts."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.delay = 0.0
        self.loss = 0.0
        self.reset = 0.0
        self.names = {}
        self.tuns = {}
        self.cuts = set()
        self.under_way = []
        self.number = 0
        self.arrived = self.lost = self.cut = self.broken = 0

    def take(self, tun):
        """Takes what a host has sent."""
        for _ in range(64):
            try:
                packet = os.read(tun, 65536)
            except BlockingIOError:
                return
            # Only IPv4: the kernel asks for IPv6 routers, and nobody is to hear.
            if len(packet) < 20 or packet[0] >> 4 != 4:
                continue
            pair = (packet[12:16], packet[16:20])
            if pair[1] not in self.tuns:
                continue
            if self.random.random() < self.loss:
                self.lost += 1
                continue
            if self.reset > 0 and self.random.random() < self.reset:
                answers = resets(packet)
                for receiver, answer in answers:
                    os.write(self.tuns[receiver], answer)
                if answers:
                    self.broken += 1
                    continue
            self.number += 1
            heapq.heappush(self.under_way, (time.monotonic() + self.delay, self.number, pair, packet))

    def deliver(self):
        """Hands over what is due; gives the seconds until the next."""
        while self.under_way:
            wait = self.under_way[0][0] - time.monotonic()
            if wait > 0:
                return wait
            _, _, pair, packet = heapq.heappop(self.under_way)
            if pair in self.cuts:
                self.cut += 1
                continue
            try:
                os.write(self.tuns[pair[1]], packet)
                self.arrived += 1
            except OSError:
                self.lost += 1
        return None

    def obey(self, words):
        """Obeys a command; gives the answer."""
        match words:
            case ["delay", milliseconds]:
                self.delay = float(milliseconds) / 1000
            case ["loss", percent]:
                self.loss = float(percent) / 100
            case ["reset", percent]:
                self.reset = float(percent) / 100
            case ["cut", sender, receiver]:
                self.cuts.add((self.names[sender], self.names[receiver]))
            case ["join", sender, receiver]:
                self.cuts.discard((self.names[sender], self.names[receiver]))
            case ["counts"]:
                return f"{self.arrived} arrived, {self.lost} lost, {self.cut} cut off, {self.broken} reset"
            case _:
                return "what?"
        return "done"


def main():
    wire = Wire(int(sys.argv[1]))
    selector = selectors.DefaultSelector()
    for number, name in enumerate(sys.argv[2:], start=1):
        address = f"10.77.0.{number}"
        namespace, tun = make_host(address)
        wire.names[name] = socket.inet_aton(address)
        wire.tuns[wire.names[name]] = tun
        selector.register(tun, selectors.EVENT_READ)
        print(name, address, f"/proc/{os.getpid()}/fd/{namespace}", flush=True)
    os.set_blocking(0, False)
    selector.register(0, selectors.EVENT_READ)
    pending = b""
    while True:
        for key, _ in selector.select(wire.deliver()):
            if key.fd != 0:
                wire.take(key.fd)
                continue
            data = os.read(0, 4096)
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                print(wire.obey(line.decode().split()), flush=True)


main()
