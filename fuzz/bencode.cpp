// F1: bencoding. What is read lies inside the input, and what is canonical is written again byte by byte.
#include "base/bencode.hpp"

#include <functional>

#include "fuzz/target.hpp"

namespace bt::fuzz {
namespace {

void check_inside(byte_view part, byte_view whole) {
    BT_ASSERT(std::less_equal<>()(whole.data(), part.data()));
    BT_ASSERT(std::less_equal<>()(part.data() + part.size(), whole.data() + whole.size()));
}

/// As deep as the parser allows.
void visit(const bencode_view& value, byte_view whole, bencode_writer* to) {
    check_inside(value.raw(), whole);
    BT_ASSERT(value.is_integer() + value.is_string() + value.is_list() + value.is_dict() == 1);
    if (const auto number = value.integer()) {
        if (to) to->integer(*number);
    } else if (const auto text = value.string()) {
        check_inside(as_bytes(*text), whole);
        if (to) to->string(*text);
    } else if (value.is_list()) {
        if (to) to->begin_list();
        for (const auto element : value) visit(element, whole, to);
        if (to) to->end_list();
    } else if (value.is_dict()) {
        if (to) to->begin_dict();
        value.for_each_entry([&](std::string_view key, const bencode_view& content) {
            BT_ASSERT(value.find(key));
            if (to) to->key(key);
            visit(content, whole, to);
        });
        if (to) to->end_dict();
        (void)value.repeated_key();
    }
}

void run(byte_view input) {
    if (const auto packet = bencode_document::parse(input, bencode_packet)) {
        bencode_writer again;
        visit(packet->root(), input, &again);
        BT_ASSERT(as_text(again.take()) == as_text(input));
        BT_ASSERT(
            bencode_document::parse(input, bencode_file));  // the lenient one takes what the strict one takes
    }
    if (const auto file = bencode_document::parse(input, bencode_file)) {
        BT_ASSERT(file->size() <= input.size());
        visit(file->root(), input, nullptr);
        BT_ASSERT(bencode_document::parse(file->root().raw(), bencode_file));
    }
}

std::vector<bytes> seeds() {
    auto all = regress_files(".torrent");
    for (const std::string_view text :
         {"i0e", "i-9223372036854775808e", "i9223372036854775807e", "0:", "4:spam", "le", "de", "l4:spami7ee",
          "d3:bar4:spam3:fooi42ee", "d1:al1:bd1:c0:1:dleeee", "llllllllllllllee", "d1:a1:b1:c1:d1:ei1ee"})
        all.push_back(to_bytes(text));
    return all;
}

constexpr std::string_view words[] = {"0",           "1",
                                      "9",           ":",
                                      "i",           "l",
                                      "d",           "e",
                                      "-",           "i-0e",
                                      "i00e",        "le",
                                      "de",          "1:a",
                                      "0:",          "18446744073709551616:",
                                      "4294967296:", "i9223372036854775808e",
                                      "d1:a",        "d0:0:"};

}  // namespace

const target bencode{"F1", "bencoding", run, seeds, words};

}  // namespace bt::fuzz
