#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/target.hpp"

namespace bt::fuzz {

std::vector<bytes> regress_files(std::string_view ending) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(REGRESS_FOLDER))
        if (entry.path().string().ends_with(ending)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());  // the same run everywhere
    std::vector<bytes> all;
    for (const auto& path : paths) {
        std::ifstream in(path, std::ios::binary);
        all.push_back(to_bytes(std::string(std::istreambuf_iterator<char>(in), {})));
    }
    return all;
}

}  // namespace bt::fuzz
