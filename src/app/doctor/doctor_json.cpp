#include "app/doctor/doctor_json.hpp"

namespace bt::app {

json findings_json(const std::vector<finding>& findings) {
    json list = json::array{};
    for (const auto& each : findings) {
        json one = {{"grade", to_string(each.how)}, {"check", each.check}, {"what", each.what}};
        if (!each.advice.empty()) one["advice"] = each.advice;
        if (!each.command.empty()) one["command"] = each.command;
        list.push_back(std::move(one));
    }
    return list;
}

}  // namespace bt::app
