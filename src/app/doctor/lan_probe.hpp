// Asks the network who is there in each way a question can go out, each with a nonce of its own, so that an
// answer tells which way it came; listens at the port of all nodes with a second socket, so that what this
// machine sends is heard by itself; and gives others a reason to connect: it asks them for what they share,
// and they call whoever asks. They do nothing for it that they do not do for every node.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/doctor/observations.hpp"
#include "app/program.hpp"
#include "base/ids.hpp"
#include "discovery/hello_codec.hpp"
#include "discovery/interfaces.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"
#include "net/tcp.hpp"
#include "net/timer.hpp"
#include "net/udp.hpp"

namespace bt::app {

class lan_probe {
  public:
    /// `port`: where others are to connect; 0: any free one.
    lan_probe(net::loop& on, const network_options& options, std::uint16_t port);

    /// Asks this address itself, too, from now on.
    void ask(const ip_address& neighbour);
    bool on_link(const ip_address& address) const;
    /// A question that a node answers.
    bytes question() const { return discovery::encode_hello(introduction(discovery::hello_kind::who)); }
    /// Nothing that was asked may still be answered.
    bool is_settled() const;
    bool somebody_answered() const;
    bool has_answered(const std::vector<ip_address>& any_of) const;
    bool hears_itself() const;
    void report(observations& to) const;
    /// Says `bye`.
    void stop();

  private:
    /// One way a question goes out.
    struct way {
        discovery::hello_nonce nonce;
        unsigned interface = 0;
        question_way kind = question_way::broadcast;
        bool from_shared_port = false;
        endpoint to;
        std::optional<ip_address> from;
        std::string trouble;
        bool heard_back = false;
    };
    struct machine {
        seen_machine seen;
        std::set<ip_address> addresses;
        std::set<instance_id> instances;
        std::set<std::pair<unsigned, question_way>> answered_by;
        endpoint own_socket;  ///< of the node that is asked to connect
        std::set<std::uint16_t> peer_ports;
        std::vector<info_hash> shared;
        time_point called_at = never;  ///< asked to call
        std::size_t multicasts = 0;    ///< BEP 14, sent
        time_point next_multicast = never;
    };

    void open();
    void open_tcp();
    void make_ways();
    void ask_all();
    void tell_from_own_port(const endpoint& to, const discovery::hello_message& message,
                            std::size_t length = 0);
    void note_spoken_to(const endpoint& one);
    bool gets_in_at_own_port(const endpoint& source) const;
    void send(way& one);
    discovery::hello_message introduction(discovery::hello_kind kind) const;
    void received(bool shared, const net::datagram& what);
    void echo(bool shared, const discovery::hello_message& message);
    void answered(const discovery::hello_message& message, const endpoint& source, unsigned interface);
    void confirm(const discovery::hello_message& message, const endpoint& source);
    void lsd_received(const net::datagram& what);
    machine& machine_of(const discovery::hello_message& message, const ip_address& address);
    void look_at_page(machine& at, std::uint16_t port);
    void page_answered(const ip_address& address, const net::http_result& answer);
    void ask_to_call(machine& at);
    void ask_by_multicast(machine& at);
    bool waits(const machine& at) const;
    void tick();
    bool is_own(const ip_address& address) const;
    std::string interface_name(unsigned index) const;

    net::loop& loop_;
    network_options options_;
    instance_id self_;
    std::string host_name_;
    std::vector<discovery::interface_address> interfaces_;
    std::vector<ip_address> own_addresses_;
    net::udp_socket own_v4_, own_v6_, shared_v4_, shared_v6_, lsd_v4_;
    net::tcp_listener listener_v4_, listener_v6_;
    std::uint16_t tcp_port_ = 0;
    std::string port_trouble_, tcp_trouble_;
    net::http_client http_;
    net::timer tick_;
    std::vector<way> ways_;
    std::vector<std::unique_ptr<machine>> machines_;
    std::map<std::string, seen_network> other_networks_;
    std::set<instance_id> own_nodes_;
    std::set<endpoint> spoken_to_;  ///< from our own sockets
    std::set<ip_address> reached_own_port_;
    bool shared_heard_ = false;
    std::size_t rounds_ = 0;
    time_point began_;
};

}  // namespace bt::app
