#include "cli/display/linger_text.hpp"

#include <fmt/format.h>

#include "cli/display/format.hpp"

namespace bt::cli {

std::string why_it_still_runs(const app::seed_rule& rule) {
    using kind = app::seed_rule::kind;
    switch (rule.what) {
        case kind::no:
            return {};
        case kind::linger:
            return "giving it to others as long as they fetch it (Ctrl-C ends it)";
        case kind::forever:
            return "giving it to others until Ctrl-C";
        case kind::time:
            return fmt::format("giving it to others for {} (Ctrl-C ends it)", duration_text(rule.time));
        case kind::ratio:
            return fmt::format("giving it to others until {:g} times its size is sent (Ctrl-C ends it)",
                               rule.ratio);
    }
    return {};
}

}  // namespace bt::cli
