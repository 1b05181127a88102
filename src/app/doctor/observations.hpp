// What `doctor` has seen, as data: made by looking (machine, lan_probe), judged by findings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"

namespace bt::app {

enum class interface_kind : std::uint8_t {
    network,    ///< a cable, a radio: what leads to other machines
    container,  ///< a bridge of containers or virtual machines on this one
    vpn,
};

struct seen_interface {
    std::string name;
    interface_kind kind = interface_kind::network;
    std::vector<std::string> addresses;  ///< "192.168.1.20/24"
    bool default_route = false;
};

/// How a question reaches others.
enum class question_way : std::uint8_t { broadcast, multicast, unicast };

/// Broadcast (IPv4) or multicast (IPv6) on one interface.
struct seen_way {
    std::string interface;
    question_way way = question_way::broadcast;
    std::string trouble;      ///< why the system did not send it; empty: it did
    bool heard_back = false;  ///< by a second socket, at the port where all nodes listen
    std::size_t answers = 0;  ///< other machines that answered what was sent here
};

/// Whether it connected to us, of a machine that was given a reason to.
enum class call_back : std::uint8_t { not_asked, waited_for, came, did_not };

/// Another machine of our network (`--network`), or one that is of another.
struct seen_machine {
    ip_address address;                 ///< the one to show
    std::vector<ip_address> addresses;  ///< all that are known
    std::string host;                   ///< what it calls itself, printable; may be empty
    bool answered = false;
    bool answered_own_port = false;  ///< at a port that nobody but us listens at
    bool heard = false;              ///< what it says to all arrived here
    bool multicast_heard = false;    ///< BEP 14, IPv4
    bool multicast_asked = false;
    bool dht = false;
    enum class page_state : std::uint8_t { none, asked, answered, silent };
    page_state page = page_state::none;
    std::uint16_t page_port = 0;
    call_back called = call_back::not_asked;
    std::optional<std::int64_t> clock_ahead;  ///< seconds, of its clock against ours
};

/// Machines heard that belong to another `--network`.
struct seen_network {
    std::string name;  ///< printable; may be empty, which is a network like any other
    ip_address address;
    std::string host;
};

/// The machine that the user named.
struct named_machine {
    std::string asked;  ///< as it was named, printable
    std::vector<ip_address> addresses;
    std::string trouble;               ///< the name is not known
    bool is_this = false;              ///< an address of this machine
    bool on_link = false;              ///< in a network of ours
    bool refused = false;              ///< it says that nobody is at the UDP port
    bool connected = false;            ///< a TCP connection was taken or refused: it is there
    std::optional<bool> answers_link;  ///< its hardware answers; none: not known
};

enum class firewall_tool : std::uint8_t { none, ufw, firewalld, nft, iptables };

struct seen_dht {
    bool known = false;                ///< it was asked
    bool running = false;              ///< a node of this user's that runs, not one of this command
    std::size_t world = 0, local = 0;  ///< nodes that answer
};

struct seen_disk {
    std::string what, path;
    std::uint64_t free = 0;
};

struct observations {
    std::vector<seen_interface> interfaces;
    std::string network;  ///< ours
    std::uint16_t lan_port = 8001;
    std::string port_trouble;   ///< the port where all nodes listen could not be had
    std::string local_network;  ///< "192.168.1.0/24": the first, for a line to paste
    std::vector<seen_way> ways;
    bool shared_port_heard = false;  ///< anything came to the port where all nodes listen
    std::vector<seen_machine> machines;
    std::vector<seen_network> other_networks;
    std::optional<named_machine> named;
    std::uint16_t tcp_port = 0;  ///< where others were to connect
    bool tcp_port_given = false;
    std::string tcp_trouble;    ///< why nobody can connect there
    std::size_t own_nodes = 0;  ///< of this machine
    duration listened{};
    bool in_container = false;  ///< with a network of its own
    firewall_tool firewall = firewall_tool::none;
    std::pair<std::uint16_t, std::uint16_t> port_range{32'768, 60'999};  ///< of ports the system chooses
    seen_dht dht;
    bool internet = true;    ///< wanted
    std::int64_t clock = 0;  ///< Unix seconds
    std::vector<seen_disk> disks;
    std::size_t descriptors = 0;  ///< that may be open at a time
};

}  // namespace bt::app
