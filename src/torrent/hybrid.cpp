#include "torrent/hybrid.hpp"

#include <vector>

namespace bt::torrent {
namespace {

using path = std::vector<std::string_view>;

/// The list of version 1, one file after the other.
class first_list {
  public:
    explicit first_list(bencode_view info) : info_(info) {
        if (const auto files = info.find_list("files")) at_ = files->begin(), end_ = files->end();
    }

    /// The next file is this one.
    bool has(const path& where, std::optional<std::int64_t> length) {
        if (!at_) {
            if (std::exchange(single_seen_, true)) return false;
            return where.size() == 1 && where[0] == info_.find_string("name") &&
                   length == info_.find_integer("length");
        }
        skip_padding();
        if (*at_ == *end_) return false;
        const auto file = **at_;
        ++*at_;
        if (length != file.find_integer("length")) return false;
        const auto elements = file.find_list("path");
        if (!elements) return false;
        auto wanted = where.begin();
        for (const auto element : *elements)
            if (wanted == where.end() || element.string() != *wanted++) return false;
        return wanted == where.end();
    }
    bool is_over() {
        if (!at_) return single_seen_;
        skip_padding();
        return *at_ == *end_;
    }

  private:
    void skip_padding() {
        for (; *at_ != *end_; ++*at_)
            if ((**at_).find_string("attr").value_or("").find_first_of("pl") == std::string_view::npos)
                return;
    }

    bencode_view info_;
    std::optional<bencode_view::iterator> at_, end_;
    bool single_seen_ = false;
};

/// As deep as the parser allows.
bool same_files(bencode_view folder, path& where, first_list& first) {
    bool same = true;
    folder.for_each_entry([&](std::string_view name, const bencode_view& value) {
        if (!same) return;
        if (name.empty()) {  // it was a file
            if (value.find_string("attr").value_or("").find('l') == std::string_view::npos)
                same = first.has(where, value.find_integer("length"));
            return;
        }
        where.push_back(name);
        same = same_files(value, where, first);
        where.pop_back();
    });
    return same;
}

}  // namespace

bool hybrid_lists_agree(bencode_view info) {
    const auto tree = info.find_dict("file tree");
    first_list first(info);
    path where;
    return tree && same_files(*tree, where, first) && first.is_over();
}

}  // namespace bt::torrent
