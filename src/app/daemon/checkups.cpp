#include "app/daemon/checkups.hpp"

#include <utility>

#include "app/doctor/doctor_json.hpp"
#include "net/loop.hpp"

namespace bt::app {
namespace {

/// A neighbour that can hear the questions answers at once; one that is asked to connect does so within
/// seconds.
constexpr duration patience = 8s;

}  // namespace

checkups::checkups(session& node, std::string folder) : node_(node), folder_(std::move(folder)) {}

void checkups::ask(std::function<void(json::object)> done) {
    waiting_.push_back(std::move(done));
    if (!running_) begin();
}

void checkups::begin() {
    doctor_options options;
    static_cast<network_options&>(options) = node_.options();
    options.dht = node_.options().dht;
    options.folder = folder_;
    options.patience = patience;
    // it cannot go while it calls
    running_ = std::make_unique<examination>(node_.loop(), std::move(options), [this] {
        node_.loop().post([this, alive = std::weak_ptr(alive_)] {
            if (!alive.expired()) end();
        });
    });
    running_->begin();
}

void checkups::end() {
    const auto findings = findings_json(running_->findings(look_at_dht()));
    running_.reset();
    for (const auto& done : std::exchange(waiting_, {})) done({{"findings", findings}});
}

seen_dht checkups::look_at_dht() const {
    const auto stats = node_.dht_stats();
    if (!stats) return {};
    auto seen = seen_in(*stats);
    seen.running = true;
    return seen;
}

}  // namespace bt::app
