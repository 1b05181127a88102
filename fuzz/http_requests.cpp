// F6: HTTP requests. They tell the same however they are cut, and none tells its length in two ways.
#include "fuzz/target.hpp"
#include "unit/net/http_told.hpp"

namespace bt::fuzz {
namespace {

using net::test::told;

void run(byte_view input) {
    const std::size_t cut = take_byte(input);
    const auto text = as_text(input);
    const auto all = told(text, [] { return std::size_t{1} << 30; });
    std::size_t longest = cut;
    BT_ASSERT(told(text, [&] { return 1 + (longest = longest * 5 + 1) % 41; }) == all);
    if (cut % 8 == 0) BT_ASSERT(told(text, [] { return std::size_t{1}; }) == all);
}

std::vector<bytes> seeds() {
    std::vector<bytes> all;
    for (const auto& text : net::test::examples)
        for (const unsigned cut : {0u, 1u, 77u})
            all.push_back(with_choice(static_cast<std::uint8_t>(cut), as_bytes(text)));
    return all;
}

constexpr std::string_view words[] = {"\r\n",
                                      "\r\n\r\n",
                                      "\n",
                                      "\r",
                                      " ",
                                      "\t",
                                      ":",
                                      ",",
                                      ";",
                                      "0",
                                      "5",
                                      "a\r\n0123456789\r\n",
                                      "0\r\n\r\n",
                                      "5\r\nhello\r\n",
                                      "Content-Length: 5\r\n",
                                      "Transfer-Encoding: chunked\r\n",
                                      "transfer-encoding:",
                                      "content-length:",
                                      "chunked",
                                      "GET / HTTP/1.1\r\n",
                                      "Host: x\r\n",
                                      "HTTP/1.0",
                                      "Connection: close\r\n",
                                      "\r\n ",
                                      std::string_view("\0", 1),
                                      "\xff",
                                      "http://"};

}  // namespace

const target http_requests{"F6", "HTTP requests", run, seeds, words};

}  // namespace bt::fuzz
