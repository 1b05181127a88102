#include "session/labels.hpp"

#include <algorithm>

namespace bt::session {
namespace {

constexpr std::size_t most_labels = 100, most_label_bytes = 255;

}  // namespace

result<void> add_label(std::vector<std::string>& to, std::string_view label) {
    if (label.empty()) return fail(errc::usage, "labels cannot be empty");
    if (label.find(',') != label.npos) return fail(errc::usage, "labels cannot contain comma (,) character");
    if (label.size() > most_label_bytes || to.size() == most_labels)
        return fail(errc::usage, "labels are too many or too long");
    if (std::find(to.begin(), to.end(), label) == to.end()) to.emplace_back(label);
    return {};
}

}  // namespace bt::session
