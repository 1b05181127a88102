// The targets without libFuzzer: seeds with changes, from a seeded generator, so that any compiler runs them
// in every test.
//
//   fuzz ID [--seconds N] [--seed N]   for so long; BT_LONG=1: five minutes
//   fuzz ID --seeds FOLDER             writes the seeds there, for libFuzzer
//   fuzz ID FILE...                    those inputs alone
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/rng.hpp"
#include "base/text.hpp"
#include "fuzz/mutation.hpp"
#include "fuzz/target.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define BT_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BT_SANITIZED 1
#endif
#endif
#ifdef BT_SANITIZED
#include <sanitizer/common_interface_defs.h>
#endif

namespace {

using namespace bt;
using namespace bt::fuzz;

const target* const all[] = {&bencode,   &torrent_file,  &links,      &peer_stream,
                             &datagrams, &http_requests, &state_files};

bytes last_input;  // of the run that is under way, for who dies in it

/// The input goes to a file that `fuzz ID FILE` repeats, for a report says where it broke and not on what.
void tell_input() {
    std::ofstream("fuzz-finding", std::ios::binary)
        .write(reinterpret_cast<const char*>(last_input.data()),
               static_cast<std::streamsize>(last_input.size()));
    std::fprintf(
        stderr, "the input is in ./fuzz-finding: %s\n",
        to_hex(byte_view(last_input).first(std::min<std::size_t>(last_input.size(), 2'000))).c_str());
}
void on_abort(int) {
    tell_input();
    ::signal(SIGABRT, SIG_DFL);
    std::abort();
}

void run(const target& it, bytes input) {
    last_input = std::move(input);
    const bytes exact(last_input);  // a read past its end is seen by the sanitizer
    it.run(exact);
}

int replay(const target& it, const std::vector<std::string>& files) {
    for (const auto& name : files) {
        std::ifstream in(name, std::ios::binary);
        if (!in) return std::fprintf(stderr, "fuzz: cannot read %s\n", name.c_str()), 2;
        const std::string content(std::istreambuf_iterator<char>(in), {});
        run(it, to_bytes(content));
    }
    return 0;
}

int write_seeds(const target& it, const std::string& folder) {
    std::filesystem::create_directories(folder);
    std::size_t number = 0;
    for (const auto& seed : it.seeds())
        std::ofstream(folder + "/seed-" + std::to_string(number++), std::ios::binary)
            .write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
    return 0;
}

int mutate(const target& it, std::uint64_t seed, long seconds) {
    const auto seeds = it.seeds();
    for (const auto& good : seeds) run(it, good);
    rng random(seed);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    std::uint64_t runs = 0;
    for (; runs % 64 != 0 || std::chrono::steady_clock::now() < end; ++runs)
        run(it, mutated(seeds, it.words, random));
    std::printf("%.*s, %.*s: %zu seeds, %llu mutations of seed %llu\n1 passed, 0 failed, 0 skipped\n",
                static_cast<int>(it.id.size()), it.id.data(), static_cast<int>(it.about.size()),
                it.about.data(), seeds.size(), static_cast<unsigned long long>(runs),
                static_cast<unsigned long long>(seed));
    return 0;
}

int usage() {
    std::fprintf(stderr, "fuzz ID [--seconds N] [--seed N] | ID --seeds FOLDER | ID FILE...\n");
    for (const auto* one : all)
        std::fprintf(stderr, "  %.*s  %.*s\n", static_cast<int>(one->id.size()), one->id.data(),
                     static_cast<int>(one->about.size()), one->about.data());
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    const target* it = nullptr;
    for (const auto* one : all)
        if (!words.empty() && one->id == words.front()) it = one;
    if (it == nullptr) return usage();
    words.erase(words.begin());
    ::signal(SIGABRT, on_abort);
#ifdef BT_SANITIZED
    __sanitizer_set_death_callback(tell_input);
#endif
    const char* wish = std::getenv("BT_LONG");
    long seconds = wish != nullptr && std::string_view(wish) == "1" ? 300 : 3;
    std::uint64_t seed = 20'261'130;
    std::vector<std::string> files;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool last = i + 1 == words.size();
        if (words[i] == "--seeds" && !last) return write_seeds(*it, words[i + 1]);
        if (words[i] == "--seconds" && !last)
            seconds = std::atol(words[++i].c_str());
        else if (words[i] == "--seed" && !last)
            seed = std::strtoull(words[++i].c_str(), nullptr, 10);
        else if (words[i].starts_with("--"))
            return usage();
        else
            files.push_back(words[i]);
    }
    return files.empty() ? mutate(*it, seed, seconds) : replay(*it, files);
}
