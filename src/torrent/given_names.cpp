#include "torrent/given_names.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/bencode.hpp"
#include "torrent/file_list.hpp"
#include "torrent/file_names.hpp"

namespace bt::torrent {
namespace {

constexpr std::size_t longest_element = 255;  // NAME_MAX

/// Adds it to a path; false if no file can have such a name.
bool append(std::string& path, std::string_view element) {
    if (element.empty() || element == "." || element == ".." || element.size() > longest_element ||
        element.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos)
        return false;
    path.append(path.empty() ? "" : "/").append(element);
    return true;
}

}  // namespace

std::vector<std::string> given_paths(const info& of) {
    if (of.renamed) return {};
    const auto document = bencode_document::parse(of.raw, bencode_file);
    if (!document || !document->root().is_dict()) return {};
    const auto root = document->root();
    auto name = root.find_string("name.utf-8");
    if (!name || name->empty() || !is_utf8(*name)) name = root.find_string("name");
    std::string top;
    if (!name || !append(top, *name)) return {};
    std::vector<std::string> paths(of.files.size());
    bool any = false;
    const auto give = [&](std::size_t i, std::string path) {
        if (i >= paths.size() || of.files[i].padding || path == of.files[i].path) return;
        paths[i] = std::move(path);
        any = true;
    };
    if (const auto list = root.find_list("files")) {
        std::size_t i = 0;
        for (const auto file : *list) {
            const auto elements = given_path(file);
            auto path = top;
            if (elements && std::all_of(elements->begin(), elements->end(),
                                        [&](std::string_view element) { return append(path, element); }))
                give(i, std::move(path));
            ++i;
        }
    } else {
        give(0, top);
    }
    return any ? paths : std::vector<std::string>();
}

}  // namespace bt::torrent
