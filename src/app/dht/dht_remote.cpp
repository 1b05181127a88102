#include "app/dht/dht_remote.hpp"

#include <list>

#include "app/control/control_client.hpp"
#include "app/control/control_place.hpp"
#include "app/dht/dht_json.hpp"
#include "base/text.hpp"
#include "net/resolve.hpp"
#include "net/timer.hpp"

namespace bt::app {
namespace {

constexpr duration ask_time = 100ms;  // between two looks at how a task stands
constexpr duration repeat_time = 1s;  // a search that reached nobody is repeated

class remote_dht final : public dht_access {
  public:
    explicit remote_dht(const std::string& socket)
        : loop_(the_loop()), client_(loop_, socket), resolver_(loop_), ask_(loop_, [this] { ask(); }) {}

    /// It answers. Runs the loop meanwhile.
    bool answers() {
        bool good = false;
        stats([&](const result<dht::stats>& answer) {
            good = answer.has_value();
            if (answer)
                for (const auto& family : {answer->v4, answer->v6})
                    if (family) nodes_ += family->world.good + family->local.good;
            loop_.stop();
        });
        loop_.run();
        return good;
    }

    void search(const info_hash& hash, bool announce, std::uint16_t port, peers_fn found,
                search_fn over) override {
        json params = {{"hash", to_hex(hash.span())}};
        if (announce && port != 0) params["port"] = port;
        auto& fresh = tasks_.emplace_back();
        fresh.method = announce ? "dht_announce" : "dht_search";
        fresh.params = std::move(params);
        fresh.found = std::move(found);
        fresh.over = std::move(over);
        begin(fresh);
    }
    void ping(const std::string& host, std::uint16_t port, ping_fn done) override;
    void stats(stats_fn done) override {
        client_.call("dht_stats", json::object{}, [done = std::move(done)](const result<json>& answer) {
            if (answer)
                done(read_dht_stats(*answer));
            else
                done(unexpected<error>(answer.error()));
        });
    }
    std::size_t nodes() const override { return nodes_; }
    bool is_running_node() const override { return true; }
    void stop() override { loop_.stop(); }

  private:
    /// A search or a ping, as it was asked for and as it goes on there.
    struct task {
        std::string method;
        json params;
        peers_fn found;
        search_fn over;
        ping_fn pong;
        endpoint to;
        std::uint64_t number = 0;
        std::size_t heard = 0;
        bool asking = false, ended = false;
        time_point not_before{};
    };

    void begin(task& one);
    void ask();
    void heard(task& one, const result<json>& answer);
    void end(task& one, const json& answer);
    void refuse(task& one, const error& why);

    net::loop& loop_;
    control_client client_;
    net::resolver resolver_;
    net::timer ask_;
    std::list<task> tasks_;  // addresses stay
    std::size_t nodes_ = 0;
};

void remote_dht::ping(const std::string& host, std::uint16_t port, ping_fn done) {
    resolver_.resolve(host, port, [this, done = std::move(done)](const result<std::vector<endpoint>>& found) {
        if (!found) return done(unexpected<error>(found.error()));
        auto& fresh = tasks_.emplace_back();
        fresh.method = "dht_ping";
        fresh.to = found->front();
        fresh.params = json{{"address", fresh.to.to_string()}};
        fresh.pong = done;
        begin(fresh);
    });
}

void remote_dht::begin(task& one) {
    one.asking = true;
    client_.call(one.method, one.params, [this, &one](const result<json>& answer) {
        one.asking = false;
        if (!answer) return refuse(one, answer.error());
        one.number = answer->find_natural("task").value_or(0);
        one.heard = 0;
        ask_.arm(loop_.now());
    });
}

void remote_dht::ask() {
    std::erase_if(tasks_, [](const task& one) { return one.ended && !one.asking; });
    for (auto& one : tasks_) {
        if (one.asking || loop_.now() < one.not_before) continue;
        if (one.number == 0) {
            begin(one);
            continue;
        }
        one.asking = true;
        client_.call("dht_task", json{{"task", one.number}, {"from", one.heard}},
                     [this, &one](const result<json>& answer) {
                         one.asking = false;
                         heard(one, answer);
                     });
    }
    if (!tasks_.empty()) ask_.arm(loop_.now() + ask_time);
}

void remote_dht::heard(task& one, const result<json>& answer) {
    if (!answer) return refuse(one, answer.error());
    std::vector<endpoint> peers;
    if (const auto* list = answer->find("peers"); list != nullptr && list->elements() != nullptr)
        for (const auto& each : *list->elements()) {
            ++one.heard;
            if (const auto at = endpoint::parse(each.text().value_or(""))) peers.push_back(*at);
        }
    if (one.found && !peers.empty()) one.found(peers);
    const auto* over = answer->find("over");
    if (over != nullptr && over->boolean() == true) end(one, *answer);
}

void remote_dht::end(task& one, const json& answer) {
    const auto number = [&](std::string_view key) { return answer.find_natural(key).value_or(0); };
    const auto* taken = answer.find("seconds");
    const auto time = taken == nullptr ? 0.0 : taken->number().value_or(0);
    const auto took = std::chrono::duration_cast<duration>(std::chrono::duration<double>(time));
    if (one.pong) {
        one.ended = true;
        const auto* answered = answer.find("answered");
        const auto version = from_hex(answer.find_text("version").value_or(""));
        dht_pong pong{one.to, std::nullopt, took, version ? std::string(as_text(*version)) : ""};
        if (answered != nullptr && answered->boolean() == true)
            pong.id = read_node_id(answer.find_text("id").value_or(""));
        return one.pong(pong);
    }
    if (number("nodes_answered") == 0) {  // there may be somebody in a moment
        one.number = 0;
        one.not_before = loop_.now() + repeat_time;
        return;
    }
    one.ended = true;
    one.over(dht_search_end{
        static_cast<std::size_t>(number("nodes_answered")), static_cast<std::size_t>(number("announced")),
        static_cast<unsigned>(number("hops")), took, static_cast<std::uint16_t>(number("port"))});
}

void remote_dht::refuse(task& one, const error& why) {
    one.ended = true;
    if (one.pong)
        one.pong(unexpected<error>(why));
    else
        one.over(unexpected<error>(why));
}

}  // namespace

std::unique_ptr<dht_access> find_running_dht() {
    for (const auto& socket : control_sockets(control_folders())) {
        auto node = std::make_unique<remote_dht>(socket);
        if (node->answers()) return node;
    }
    return nullptr;
}

}  // namespace bt::app
