#include "session/phase.hpp"

#include "base/overloaded.hpp"

namespace bt::session {

bool may_follow(const phase& from, const phase& to) {
    const auto is = [&]<class... Phase>() { return (std::holds_alternative<Phase>(to) || ...); };
    return std::visit(
        overloaded{
            [&](const in::finding&) { return is.template operator()<in::checking, in::seeding, in::over>(); },
            [&](const in::checking&) {
                return is.template operator()<in::downloading, in::seeding, in::over>();
            },
            [&](const in::downloading&) {
                return is.template operator()<in::checking, in::finishing, in::over>();
            },
            [&](const in::finishing&) {
                return is.template operator()<in::checking, in::downloading, in::seeding, in::over>();
            },
            [&](const in::seeding&) { return is.template operator()<in::checking, in::over>(); },
            [](const in::over&) { return false; },
        },
        from);
}

}  // namespace bt::session
