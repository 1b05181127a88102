#include "net/interfaces.hpp"

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "net/fd_watch.hpp"
#include "net/lifetime.hpp"
#include "net/sockaddr.hpp"
#include "net/timer.hpp"

namespace bt::net {
namespace {

constexpr duration settle_time = 100ms;

/// Whether the kernel tells of a new way out of the networks we are in.
bool brings_default_route(byte_view news) {
    const auto aligned = [](std::size_t size) {
        return (size + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
    };
    for (nlmsghdr head; news.size() >= sizeof head;) {
        std::memcpy(&head, news.data(), sizeof head);
        if (head.nlmsg_len < sizeof head || head.nlmsg_len > news.size()) return false;
        const auto body = news.subspan(sizeof head, head.nlmsg_len - sizeof head);
        if (rtmsg route; head.nlmsg_type == RTM_NEWROUTE && body.size() >= sizeof route) {
            std::memcpy(&route, body.data(), sizeof route);
            if (route.rtm_dst_len == 0 && route.rtm_type == RTN_UNICAST && route.rtm_table == RT_TABLE_MAIN &&
                (route.rtm_flags & RTM_F_CLONED) == 0)
                return true;
        }
        news = news.subspan(std::min(aligned(head.nlmsg_len), news.size()));
    }
    return false;
}

unsigned count_prefix_bits(const sockaddr* mask) {
    if (mask == nullptr) return 0;
    const auto as_endpoint = to_endpoint(mask);
    if (!as_endpoint) return 0;
    unsigned bits = 0;
    for (const auto byte : as_endpoint->address.raw()) bits += static_cast<unsigned>(std::popcount(byte));
    return bits;
}

std::optional<ip_address> broadcast_of(const ifaddrs& one, const interface_entry& entry) {
    if (!entry.address.is_v4() || !entry.can_broadcast) return std::nullopt;
    // where none was configured this is the address itself, though the kernel still treats the last address
    // of the prefix as broadcast
    if (one.ifa_broadaddr != nullptr)
        if (const auto given = to_endpoint(one.ifa_broadaddr);
            given && !given->address.is_unspecified() && given->address != entry.address)
            return given->address;
    return directed_broadcast(entry.address, entry.prefix_bits);
}

}  // namespace

std::optional<ip_address> directed_broadcast(const ip_address& address, unsigned prefix_bits) {
    if (!address.is_v4() || prefix_bits == 0 || prefix_bits >= 31) return std::nullopt;
    std::uint8_t raw[4];
    for (unsigned i = 0; i < 4; ++i) {
        const unsigned fixed = std::clamp(prefix_bits, 8 * i, 8 * i + 8) - 8 * i;
        raw[i] = static_cast<std::uint8_t>(address.raw()[i] | 0xffu >> fixed);
    }
    return ip_address::from_bytes(raw);
}

result<std::vector<interface_entry>> running_interfaces() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0)
        return fail(errc::network, "cannot list the network interfaces: " + error_text(errno));
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
    std::vector<interface_entry> found;
    for (const auto* one = list; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        const auto at = to_endpoint(one->ifa_addr);
        if (!at || (one->ifa_flags & IFF_UP) == 0 || (one->ifa_flags & IFF_RUNNING) == 0) continue;
        interface_entry entry;
        entry.name = one->ifa_name;
        entry.index = if_nametoindex(one->ifa_name);
        if (entry.index == 0) continue;  // gone meanwhile
        entry.address = at->address;
        entry.prefix_bits = count_prefix_bits(one->ifa_netmask);
        entry.up = entry.running = true;
        entry.multicast = (one->ifa_flags & IFF_MULTICAST) != 0;
        entry.can_broadcast = (one->ifa_flags & IFF_BROADCAST) != 0;
        entry.loopback = (one->ifa_flags & IFF_LOOPBACK) != 0;
        entry.point_to_point = (one->ifa_flags & IFF_POINTOPOINT) != 0;
        entry.broadcast = broadcast_of(*one, entry);
        if (entry.point_to_point && entry.address.is_v4() && one->ifa_dstaddr != nullptr)
            if (const auto far = to_endpoint(one->ifa_dstaddr);
                far && !far->address.is_unspecified() && far->address != entry.address)
                entry.peer = far->address;
        found.push_back(std::move(entry));
    }
    return found;
}

std::vector<ip_address> own_addresses() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
    std::vector<ip_address> found;
    for (const auto* one = list; one != nullptr; one = one->ifa_next)
        if (one->ifa_addr != nullptr)
            if (const auto at = to_endpoint(one->ifa_addr)) found.push_back(at->address);
    return found;
}

struct interface_watcher::impl : survivor {
    impl(loop& loop_of, std::function<void()> told)
        : on(loop_of), changed(std::move(told)), settle(loop_of, [this] { compare(); }) {}
    ~impl() { shut(); }

    loop& on;
    std::function<void()> changed;
    timer settle;
    int descriptor = -1;
    std::unique_ptr<fd_watch> watch;
    std::vector<interface_entry> known;
    bool new_route = false;

    bool open();
    void drain();
    void compare();
    void shut() {
        settle.disarm();
        watch.reset();
        close_descriptor(std::exchange(descriptor, -1));
    }
};

bool interface_watcher::impl::open() {
    descriptor = ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor < 0) return false;
    sockaddr_nl groups{};
    groups.nl_family = AF_NETLINK;
    groups.nl_groups =
        RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0) return false;
    watch = std::make_unique<fd_watch>(on, descriptor, [this](bool, bool) { drain(); });
    watch->want(true, false);
    return watch->works();
}

void interface_watcher::impl::drain() {
    const auto memory = on.read_buffer();
    // what else the messages say is not needed, and a message lost (ENOBUFS) is news as well
    for (int i = 0; i < 64; ++i) {
        const auto got = ::recv(descriptor, memory.data(), memory.size(), 0);
        if (got < 0 && errno == EAGAIN) break;
        if (got > 0 && brings_default_route(memory.first(static_cast<std::size_t>(got)))) new_route = true;
    }
    if (settle.deadline() == never) settle.arm(on.now() + settle_time);
}

void interface_watcher::impl::compare() {
    // renewed lifetimes and signal strengths are news to the kernel, not to us
    auto current = running_interfaces();
    const bool same = !current || *current == known;
    if (same && !std::exchange(new_route, false)) return;
    new_route = false;
    if (!same) known = std::move(*current);
    const in_use guard(this);
    changed();
}

interface_watcher::interface_watcher(loop& on, std::function<void()> changed)
    : impl_(new impl(on, std::move(changed))) {
    if (!impl_->open()) impl_->shut();
    if (auto current = running_interfaces()) impl_->known = std::move(*current);
}

interface_watcher::~interface_watcher() {
    impl_->shut();
    release(impl_);
}

bool interface_watcher::works() const { return impl_->descriptor >= 0; }

}  // namespace bt::net
