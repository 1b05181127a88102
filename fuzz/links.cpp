// F3: what a user pastes and what a tracker answers: magnet links, URLs, escapes, HTTP and UDP answers.
#include "base/limits.hpp"
#include "base/text.hpp"
#include "fuzz/target.hpp"
#include "torrent/magnet.hpp"
#include "torrent/urls.hpp"
#include "tracker/client/http_announce.hpp"
#include "tracker/client/scrape.hpp"
#include "tracker/client/udp_messages.hpp"

namespace bt::fuzz {
namespace {

void read_link(std::string_view text) {
    if (const auto link = torrent::parse_magnet(text)) {
        BT_ASSERT(link->trackers.size() <= limits::magnet_trackers);
        BT_ASSERT(link->peers.size() + link->named_peers.size() <= 2 * limits::magnet_peers);
        const auto again = torrent::parse_magnet(link->to_uri());
        BT_ASSERT(again && again->hash == link->hash);
        BT_ASSERT(again->to_uri() == link->to_uri());
    }
    if (const auto url = torrent::tracker_url(text)) BT_ASSERT(torrent::tracker_url(*url) == url);
    (void)torrent::public_url(text);
    if (const auto url = tracker::url::parse(text)) {
        const auto again = tracker::url::parse(url->to_string());
        BT_ASSERT(again && again->to_string() == url->to_string());
        (void)tracker::scrape_url(*url, {});
    }
}

void read_escapes(std::string_view text) {
    if (const auto raw = from_hex(text)) BT_ASSERT(to_hex(*raw) == to_lower(text));
    if (const auto raw = from_base32(text)) BT_ASSERT(raw->size() == text.size() * 5 / 8);
    if (const auto raw = percent_decode(text))
        BT_ASSERT(percent_decode(percent_encode(as_bytes(*raw))) == raw);
    const auto shown = printable(text);
    BT_ASSERT(printable(shown) == shown);
}

void check_answer(const result<tracker::announce_answer>& answer) {
    if (!answer) return;
    BT_ASSERT(answer->peers.size() <= limits::known_peers);
    for (const auto& peer : answer->peers) BT_ASSERT(peer.is_usable());
}

void read_answers(byte_view input) {
    const std::vector<info_hash> asked(3);
    check_answer(tracker::parse_announce(input));
    if (const auto counts = tracker::parse_scrape(input, asked)) BT_ASSERT(counts->size() <= asked.size());
    const auto reply = tracker::udp::parse_reply(input);
    if (!reply) return;
    (void)tracker::udp::parse_connection(reply->body);
    check_answer(tracker::udp::parse_announced(reply->body, ip_family::v4));
    check_answer(tracker::udp::parse_announced(reply->body, ip_family::v6));
    if (const auto counts = tracker::udp::parse_scraped(reply->body, asked))
        BT_ASSERT(counts->size() <= asked.size());
}

void run(byte_view input) {
    read_link(as_text(input));
    read_escapes(as_text(input));
    read_answers(input);
}

std::vector<bytes> seeds() {
    auto all = regress_files(".link");
    for (const std::string_view text :
         {"magnet:?xt=urn:btih:da39a3ee5e6b4b0d3255bfef95601890afd80709&dn=a%20b&tr=udp%3A%2F%2Ft.example%"
          "3A6969&ws=http://w/"
          "&x.pe=192.0.2.1:6881&x.pe=[2001:db8::1]:6881&so=0,2-4&xl=1000",
          "magnet:da39a3ee5e6b4b0d3255bfef95601890afd80709", "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
          "http://user:word@tracker.example:8080/announce?passkey=0", "https://[2001:db8::1]/announce",
          "udp://t:1",
          "d8:completei1e10:incompletei2e8:intervali1800e12:min intervali60e5:peers12:aaaaaabbbbbb6:peers618:"
          "2222222222222222xx10:tracker id1:xe",
          "d8:intervali60e5:peersld2:ip9:192.0.2.14:porti6881eeee",
          "d14:failure reason4:gone8:retry in5:nevere",
          "d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1e10:downloadedi2e10:incompletei3eeee"})
        all.push_back(to_bytes(text));
    bytes answer;
    byte_writer(answer).number<std::uint32_t>(1).number<std::uint32_t>(7).number<std::uint32_t>(1800);
    byte_writer(answer).number<std::uint32_t>(1).number<std::uint32_t>(2).text("aaaaaabbbbbb");
    all.push_back(answer);
    return all;
}

constexpr std::string_view words[] = {
    "magnet:?",  "&",           "&amp;",   "&#38;",    "xt=urn:btih:", "xt=urn:btmh:1220",
    "dn=",       "tr=",         "tr.1=",   "ws=",      "x.pe=",        "so=",
    "xl=",       "%",           "%00",     "%25",      "%zz",          "\xef\xbb\xbf",
    "<",         ">",           "\"",      "http://",  "udp://",       "@",
    "[",         "]",           ":",       "xn--",     "127.0.0.1",    "::1",
    "localhost", "?info_hash=", "5:peers", "6:peers6", "i-1e",         "d",
    "e",         "0:"};

}  // namespace

const target links{"F3", "magnet links, URLs, answers of trackers", run, seeds, words};

}  // namespace bt::fuzz
