#include "app/doctor/machine.hpp"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/doctor/findings.hpp"
#include "app/files/state_record.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "app/sockets/own_networks.hpp"
#include "net/interfaces.hpp"
#include "net/loop.hpp"
#include "net/neighbours.hpp"

namespace bt::app {
namespace {

std::string content_of(const char* path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// Administration programs are not in the PATH of everybody.
bool has_program(const std::string& name) {
    constexpr const char* folders[] = {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"};
    return std::any_of(std::begin(folders), std::end(folders),
                       [&](const char* folder) { return ::access((folder + name).c_str(), X_OK) == 0; });
}

/// Which one a rule is to be given to. The rules themselves only root may read.
firewall_tool firewall() {
    if (content_of("/etc/ufw/ufw.conf").find("\nENABLED=yes") != std::string::npos) return firewall_tool::ufw;
    if (is_there("/run/firewalld.pid") || is_there("/run/firewalld")) return firewall_tool::firewalld;
    if (has_program("nft")) return firewall_tool::nft;
    if (has_program("iptables")) return firewall_tool::iptables;
    return firewall_tool::none;
}

void look_at_interfaces(const network_options& options, observations& to) {
    const auto all = net::running_interfaces();
    if (!all) return;
    const auto routes = net::default_route_interfaces();
    const auto from = outgoing_by(options.ipv4, options.ipv6, options.bind).from;
    for (const auto& each : *all) {
        if (each.loopback || !(each.address.is_v4() ? options.ipv4 : options.ipv6)) continue;
        if (from && each.address.with_zone(0) != from->with_zone(0)) continue;
        auto found = std::find_if(to.interfaces.begin(), to.interfaces.end(),
                                  [&](const seen_interface& one) { return one.name == each.name; });
        if (found == to.interfaces.end()) {
            to.interfaces.push_back({each.name,
                                     kind_of_interface(each.name, each.point_to_point),
                                     {},
                                     std::find(routes.begin(), routes.end(), each.name) != routes.end()});
            found = std::prev(to.interfaces.end());
        }
        found->addresses.push_back(each.address.with_zone(0).to_string() + "/" +
                                   std::to_string(each.prefix_bits));
    }
}

void look_at_disk(const std::string& what, std::string path, observations& to) {
    if (path.empty()) return;
    std::error_code trouble;
    // what is not there yet will be made on the disk of the folder above
    std::filesystem::path at = std::filesystem::absolute(path, trouble);
    while (!std::filesystem::exists(at, trouble) && at.has_relative_path()) at = at.parent_path();
    const auto space = std::filesystem::space(at, trouble);
    if (!trouble) to.disks.push_back({what, at.string(), space.available});
}

}  // namespace

void look_at_machine(const network_options& options, const std::string& downloads, observations& to) {
    look_at_interfaces(options, to);
    to.in_container = is_there("/.dockerenv") || is_there("/run/.containerenv");
    to.firewall = firewall();
    if (std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range"); range) {
        std::pair<std::uint16_t, std::uint16_t> read;
        if (range >> read.first >> read.second) to.port_range = read;
    }
    look_at_disk("downloads", downloads, to);
    look_at_disk("what is kept over restarts", state_folder(), to);
    to.descriptors = net::descriptor_limit();
    to.clock = static_cast<std::int64_t>(std::time(nullptr));
}

}  // namespace bt::app
