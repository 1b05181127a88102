// Private to this room. The settings of the session: what clients read with session-get and change with
// session-set. One table says what each is and what becomes of a change.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "rpc/dialect.hpp"
#include "rpc/host.hpp"

namespace bt::rpc {

enum class setting_kind : std::uint8_t { flag, integer, real, text, value };

enum class setting_fate : std::uint8_t {
    honoured,
    switched,  ///< honoured; what the node was started without stays off
    kept,      ///< told to whoever asks, and nothing more
    fixed,     ///< as the node was started: another value is refused
    ignored,   ///< taken and dropped: what it would switch on is never done
    told,      ///< read only
};

struct setting {
    std::string_view name;  ///< in the old dialect
    setting_kind kind;
    setting_fate fate;
};

class session_settings {
  public:
    explicit session_settings(const node_facts& facts);

    static std::span<const setting> all();
    /// In the words of the dialect.
    json get(const setting& which, dialect how) const;
    std::int64_t integer(std::string_view old_name) const;
    bool flag(std::string_view old_name) const;
    double real(std::string_view old_name) const;
    std::string text(std::string_view old_name) const;

    /// {NAME: [as the node was started, now]} of those that clients changed.
    json changed() const;
    /// changed() of an earlier run.
    void take_changed(const json& from);
    void turn(std::string_view old_name, bool on) { values_.find(old_name)->second = on; }
    /// As the node was started.
    void set_back(std::string_view old_name) {
        values_.find(old_name)->second = at_start_.find(old_name)->second;
    }

    /// All or nothing.
    outcome set(const arguments& with);

    struct limits {
        std::uint64_t down = 0, up = 0;  ///< bytes per second, 0: none
        friend bool operator==(const limits&, const limits&) = default;
    };
    /// Those of the usual or of the other speed, whichever is on.
    limits rates() const;

  private:
    using values = std::map<std::string, json, std::less<>>;  // by old name
    values values_, at_start_;
};

}  // namespace bt::rpc
