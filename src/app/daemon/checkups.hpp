// What `doctor` finds, for clients of the control port: one look at a time, for all that ask meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "app/doctor/doctor.hpp"
#include "app/session.hpp"
#include "base/json.hpp"

namespace bt::app {

class checkups {
  public:
    /// `folder`: whose disk is looked at.
    checkups(session& node, std::string folder);

    /// `done` gets {"findings": […]} after some seconds.
    void ask(std::function<void(json::object)> done);

  private:
    void begin();
    void end();
    seen_dht look_at_dht() const;

    session& node_;
    std::string folder_;
    std::unique_ptr<examination> running_;
    std::vector<std::function<void(json::object)>> waiting_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bt::app
