#include "tracker/page/pages.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "large_overview.hpp"
#include "made_up_overview.hpp"
#include "markup/assets.hpp"
#include "markup/headers.hpp"

using namespace bt;
using namespace bt::tracker;
using test::small_overview;
using test::stranger_texts;

namespace {

/// The markup of a page without its texts: "<td class role>", and what leads elsewhere.
struct skeleton {
    std::vector<std::string> tags;
    std::vector<std::string> links;  ///< values of href and src
    std::string trouble;             ///< the first thing that is no strict HTML
};

class tokenizer {
  public:
    explicit tokenizer(std::string_view page) : rest_(page) {}

    skeleton read() {
        const std::string_view doctype = "<!DOCTYPE html>\n";
        if (!rest_.starts_with(doctype)) return trouble("no doctype");
        rest_.remove_prefix(doctype.size());
        while (out_.trouble.empty() && !rest_.empty()) {
            const auto text = rest_.substr(0, rest_.find('<'));
            rest_.remove_prefix(text.size());
            check_text(text);
            if (!rest_.empty()) read_tag();
        }
        if (out_.trouble.empty() && !open_.empty()) return trouble("not closed: " + open_.back());
        return out_;
    }

  private:
    skeleton trouble(const std::string& what) {
        if (out_.trouble.empty()) out_.trouble = what + " before: " + std::string(rest_.substr(0, 60));
        return out_;
    }
    void check_text(std::string_view text) {
        if (text.find_first_of(">\"'") != text.npos) trouble("a raw quote or bracket");
        for (auto at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
            const auto entity = text.substr(at);
            if (!entity.starts_with("&amp;") && !entity.starts_with("&lt;") && !entity.starts_with("&gt;") &&
                !entity.starts_with("&quot;") && !entity.starts_with("&#39;"))
                trouble("a raw ampersand");
        }
    }
    void read_tag() {
        const auto end = rest_.find('>');
        if (end == rest_.npos) return void(trouble("a tag without end"));
        auto tag = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        if (tag.starts_with('/')) {
            if (open_.empty() || open_.back() != tag.substr(1)) return void(trouble("unexpected end tag"));
            open_.pop_back();
            return;
        }
        const std::string name(tag.substr(0, tag.find(' ')));
        tag.remove_prefix(name.size());
        std::string seen = name;
        while (!tag.empty()) {
            const auto equals = tag.find("=\"");
            if (tag[0] != ' ' || equals == tag.npos) return void(trouble("a strange attribute"));
            const std::string attribute(tag.substr(1, equals - 1));
            const auto close = tag.find('"', equals + 2);
            if (close == tag.npos) return void(trouble("a value without end"));
            const auto value = tag.substr(equals + 2, close - equals - 2);
            check_text(value);
            seen += " " + attribute;
            if (attribute == "class") seen += "=" + std::string(value);
            if (attribute == "href" || attribute == "src") out_.links.emplace_back(value);
            tag.remove_prefix(close + 1);
        }
        out_.tags.push_back(seen);
        if (name != "meta" && name != "link") open_.push_back(name);
    }

    std::string_view rest_;
    std::vector<std::string> open_;
    skeleton out_;
};

skeleton skeleton_of(std::string_view page) { return tokenizer(page).read(); }

struct named_page {
    std::string name, text;
};
std::vector<named_page> all_pages(const overview& all) {
    return {{"front", front_page(all)},
            {"torrent", torrent_page(all)},
            {"peers", peers_page(all)},
            {"stats", stats_page(all)},
            {"message", message_page(404, all.host)}};
}

bool leads_only_home(std::string_view where) {
    return (where.starts_with('/') && !where.starts_with("//")) || where.starts_with('#') ||
           where.starts_with("magnet:?xt=urn:btih:") ||
           where == "data:,";  // no page() of a share is in these
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

const std::vector<std::string> payloads = {
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "\" onfocus=\"alert(1)\" autofocus=\"",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "</title><script>alert(1)</script>",
    "</main></body></html><h1>owned</h1>",
    "<!--",
    "--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?>",
    "<iframe src=//evil.example>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/a.css>",
    "<form action=//evil.example><input name=a>",
    "<style>*{display:none}</style>",
    "style=\"background:url(//evil.example)\"",
    "<svg><a xlink:href=\"javascript:alert(1)\">x</a></svg>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "&#x3c;script",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\\u003cscript\\u003e",
    "\xc0\xbcscript\xc0\xbe",
    "\xf0\x80\x80\xbcscript>",
    "+ADw-script+AD4-",
    "<scr\0ipt>",
    "`${alert(1)}`",
    "{{constructor.constructor('alert(1)')()}}",
    "\r\nSet-Cookie: a=b\r\n\r\n<b>",
    "\xe2\x80\xae<gpj.exe",
    "<a href=\"//evil.example\">click</a>",
    "<textarea><noscript><plaintext>",
    "<details open ontoggle=alert(1)>",
    "\"/><x y=\"",
    "a\nb<br>",
    std::string(5000, '<'),
    "\xff\xfe<\x80>",
    "\xe2\x80\xa8<\xe2\x80\xa9>",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_pages)

BOOST_AUTO_TEST_CASE(what_strangers_write_is_never_markup) {
    BOOST_TEST(payloads.size() >= 40u);
    const auto harmless = all_pages(small_overview());
    for (const auto& payload : payloads)
        for (const auto& chosen : {stranger_texts{.torrent = payload}, stranger_texts{.host = payload},
                                   stranger_texts{.client = payload}, stranger_texts{.address = payload},
                                   stranger_texts{payload, payload, payload, payload}}) {
            const auto hostile = all_pages(small_overview(chosen));
            for (std::size_t i = 0; i < hostile.size(); ++i) {
                BOOST_TEST_CONTEXT(hostile[i].name << " with " << printable(payload, 60)) {
                    auto expected = skeleton_of(harmless[i].text), found = skeleton_of(hostile[i].text);
                    BOOST_TEST(expected.trouble == "");
                    BOOST_TEST(found.trouble == "");
                    // an address longer than a QR code holds is shown without one
                    if (chosen.address.size() > 1000) continue;
                    BOOST_TEST(found.tags == expected.tags, boost::test_tools::per_element());
                    BOOST_TEST(contains(hostile[i].text, "\xe2\x80\xae") == false);
                }
            }
        }
}

BOOST_AUTO_TEST_CASE(links_lead_to_our_own_pages_and_to_magnets) {
    for (const auto& payload : payloads)
        for (const auto& page : all_pages(small_overview({payload, payload, payload, payload})))
            for (const auto& where : skeleton_of(page.text).links)
                BOOST_TEST(leads_only_home(where), page.name << " leads to " << where);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_markup_is_shown_as_it_was_written) {
    const auto page = front_page(small_overview({.torrent = "<img src=x onerror=alert(1)>"}));
    BOOST_TEST(contains(page, ">&lt;img src=x onerror=alert(1)&gt;</a>"));
}

BOOST_AUTO_TEST_CASE(pages_use_no_style_or_handler_of_their_own) {
    for (const auto& all : {small_overview(), test::large_overview(), overview{}})
        for (const auto& page : all_pages(all)) {
            const auto found = skeleton_of(page.text);
            BOOST_TEST(found.trouble == "");
            for (const auto& tag : found.tags) {
                BOOST_TEST(!contains(tag, " style"));
                BOOST_TEST(!contains(tag, " on"));
            }
            BOOST_TEST(!contains(page.text, "http-equiv"));
        }
}

BOOST_AUTO_TEST_CASE(every_page_has_a_language_a_title_one_heading_and_a_main_part) {
    for (const auto& all : {small_overview(), overview{}})
        for (const auto& page : all_pages(all)) {
            BOOST_TEST(contains(page.text, "<html lang=\"en\">"));
            BOOST_TEST(contains(page.text, "<title>"));
            std::size_t headings = 0, mains = 0;
            for (const auto& tag : skeleton_of(page.text).tags) {
                if (tag == "h1" || tag.starts_with("h1 ")) ++headings;
                if (tag.starts_with("main ")) ++mains;
            }
            BOOST_TEST(headings == 1u, page.name);
            BOOST_TEST(mains == 1u, page.name);
        }
}

BOOST_AUTO_TEST_CASE(an_empty_tracker_says_what_to_do) {
    overview all;
    all.address = "http://192.168.1.5:6969/announce";
    const auto page = front_page(all);
    BOOST_TEST(contains(page, "Nothing shared yet."));
    BOOST_TEST(contains(page, std::string(program_name) + " share PATH"));
    BOOST_TEST(contains(page, "Nobody is online."));
    BOOST_TEST(contains(peers_page(all), "Nobody is online."));
    BOOST_TEST(contains(torrent_page(all), "does not know that torrent"));
}

BOOST_AUTO_TEST_CASE(the_front_page_shows_the_address_to_paste_and_a_code_of_it) {
    auto all = small_overview();
    all.address = "http://192.168.1.5:6969/announce", all.udp_address = "udp://192.168.1.5:6969";
    const auto page = front_page(all);
    BOOST_TEST(contains(page, "<code id=\"address\">http://192.168.1.5:6969/announce</code>"));
    BOOST_TEST(contains(page, "<code id=\"udp-address\">udp://192.168.1.5:6969</code>"));
    BOOST_TEST(contains(page, "aria-label=\"QR code of the tracker&#39;s address\""));
    // 29 modules and four of quiet zone on either side; the first finder pattern begins behind them
    BOOST_TEST(contains(page, "viewBox=\"0 0 37 37\""));
    BOOST_TEST(contains(page, " d=\"M4 4h7v1h-7z"));
    all.address.assign(2'000, 'a');  // no telephone reads that
    BOOST_TEST(!contains(front_page(all), "class=\"qr\""));
}

BOOST_AUTO_TEST_CASE(a_swarm_in_which_something_is_missing_says_so) {
    auto all = small_overview();
    auto& torrent = all.torrents.front();
    torrent.seeders = 0, torrent.leechers = 2, torrent.size = 1000, torrent.left = {700, 800};
    BOOST_TEST(contains(torrent_page(all), "nobody has all of it"));
    torrent.left = {300, 400};  // 70 % and 60 %: together they may
    BOOST_TEST(!contains(torrent_page(all), "nobody has all of it"));
    BOOST_TEST(contains(torrent_page(all), "no complete copy"));
    torrent.leechers = 3;  // one of them is not in the list: nobody knows
    torrent.left = {700, 800};
    BOOST_TEST(!contains(torrent_page(all), "nobody has all of it"));
    torrent.leechers = 2, torrent.seeders = 1;
    BOOST_TEST(!contains(torrent_page(all), "nobody has all of it"));
    BOOST_TEST(!contains(torrent_page(all), "no complete copy"));
    torrent.seeders = torrent.leechers = 0, torrent.left = {};
    BOOST_TEST(contains(torrent_page(all), "nobody is here"));
}

BOOST_AUTO_TEST_CASE(without_a_size_a_peer_is_as_far_as_what_it_has_left) {
    auto all = small_overview();
    auto& torrent = all.torrents.front();
    torrent.size = 0, torrent.name.reset();
    torrent.left =
        torrent.peers.front().left == 500 ? std::vector<std::uint64_t>{1'200'000'000} : torrent.left;
    torrent.peers.front().left = 1'200'000'000;
    const auto page = torrent_page(all);
    BOOST_TEST(contains(page, "1.2 GB left"));
    BOOST_TEST(contains(page, to_hex(torrent.hash.span())));
    torrent.size = 1000;  // and a left beyond the size is no progress
    BOOST_TEST(contains(torrent_page(all), "1.2 GB left"));
}

BOOST_AUTO_TEST_CASE(a_peer_is_not_complete_a_moment_too_early) {
    auto all = small_overview();
    all.torrents.front().size = 1'000'000'000'000, all.torrents.front().peers.front().left = 1;
    BOOST_TEST(contains(torrent_page(all), "99 %, 1 B left"));
}

BOOST_AUTO_TEST_CASE(addresses_and_names_are_kept_from_those_who_may_not_see_them) {
    auto all = small_overview({.host = "private-name"});
    all.host.clear();
    all.show_addresses = false;
    all.torrents.clear();  // its peers come without addresses from the server
    for (const auto& page : {front_page(all), peers_page(all), peers_json(all)}) {
        BOOST_TEST(!contains(page, "192.168.1.7"));
        BOOST_TEST(!contains(page, "private-name"));
    }
    BOOST_TEST(contains(peers_page(all), "on the tracker&#39;s own network only"));
}

BOOST_AUTO_TEST_CASE(a_torrent_page_offers_all_ways_to_get_it) {
    auto all = small_overview({.torrent = "a & b"});
    all.address = "http://192.168.1.5:6969/announce", all.udp_address = "udp://192.168.1.5:6969";
    const auto hash = to_hex(all.torrents.front().hash.span());
    const auto page = torrent_page(all);
    BOOST_TEST(
        contains(page, "href=\"magnet:?xt=urn:btih:" + hash +
                           "&amp;dn=a%20%26%20b&amp;xl=1000&amp;tr=http%3A%2F%2F192.168.1.5%3A6969%2Fannounce"
                           "&amp;tr=udp%3A%2F%2F192.168.1.5%3A6969\""));
    BOOST_TEST(contains(page, "href=\"/t/" + hash + ".torrent\""));
    BOOST_TEST(contains(page, std::string(program_name) + " get magnet:" + hash));
    BOOST_TEST(contains(page, "aria-label=\"QR code of the magnet link\""));
    all.torrents.front().page = endpoint{ip_address::v4(192, 168, 1, 9), 6980};
    BOOST_TEST(contains(torrent_page(all), "href=\"http://192.168.1.9:6980/s/" + hash + "/\""));
    BOOST_TEST(contains(torrent_page(all), "QR code of the page"));
    BOOST_TEST(contains(front_page(all), "href=\"http://192.168.1.9:6980/s/" + hash + "/\""));
    all.torrents.front().has_file = false;
    BOOST_TEST(!contains(torrent_page(all), "/t/" + hash + ".torrent"));
}

BOOST_AUTO_TEST_CASE(a_large_lan_still_fits_a_page) {
    auto all = test::large_overview();
    const auto some = all.torrents;
    while (all.torrents.size() < 500) all.torrents.insert(all.torrents.end(), some.begin(), some.end());
    BOOST_TEST(front_page(all).size() < 8 * limits::MiB);
}

BOOST_AUTO_TEST_CASE(numbers_that_make_no_sense_do_no_harm) {
    auto all = small_overview();
    all.torrents.front().history.assign(500, {65535, 65535});
    all.torrents.front().left.assign(100, UINT64_MAX);
    all.hosts.front().torrents.front().done = -3;
    all.hosts.front().seen = duration::min();
    all.totals.announces_per_minute = 1.0 / 0.0;
    all.totals.requests_per_second = {-1, 0.0 / 0.0};
    all.totals.durations.fill(UINT64_MAX / 16);
    all.totals.peers_v4 = 0, all.totals.seeders_v4 = 5;
    for (const auto& page : all_pages(all)) BOOST_TEST(skeleton_of(page.text).trouble == "");
    BOOST_TEST(json::parse(stats_json(all)).has_value());
}

BOOST_AUTO_TEST_CASE(stats_for_scripts_are_what_opentracker_prints) {
    tracker_totals totals;
    BOOST_TEST(stats_text(totals) == "0\n0\nopentracker serving 0 torrents\nopentracker");
    totals.peers = 12, totals.seeders = 5, totals.torrents = 3;
    BOOST_TEST(stats_text(totals) == "12\n5\nopentracker serving 3 torrents\nopentracker");
}

BOOST_AUTO_TEST_CASE(stats_for_programs_have_the_keys_of_the_javascript_tracker_and_ours) {
    auto all = small_overview();
    all.totals.client_versions = {
        {"btnode 0.1.0", 2}, {"btnode 0.2.0", 1}, {"XY", 4}, {"", 1}, {"Free Download Manager 6.1.0", 1}};
    const auto text = stats_json(all);
    BOOST_TEST(text.starts_with(
        "{\"torrents\":2,\"activeTorrents\":0,\"peersAll\":3,\"peersSeederOnly\":1,"
        "\"peersLeecherOnly\":2,\"peersSeederAndLeecher\":0,\"peersIPv4\":0,\"peersIPv6\":0,"
        "\"clients\":{\"btnode\":{\"0.1.0\":2,\"0.2.0\":1},\"XY\":{\"unknown\":4},"
        "\"unknown\":{\"unknown\":1},\"Free Download Manager\":{\"6.1.0\":1}},\"schema\":1,"));
    const auto parsed = json::parse(text);
    BOOST_REQUIRE(parsed);
    BOOST_TEST(*parsed->find("refused")->find_natural("not_allowed") == 2u);
    BOOST_TEST(parsed->find("requests")->find("udp")->find("connect") != nullptr);
    BOOST_TEST(parsed->find("requests")->find("http")->find("connect") == nullptr);
}

BOOST_AUTO_TEST_CASE(json_says_what_the_pages_say) {
    for (const auto& payload : payloads) {
        const auto all = small_overview({payload, payload, payload, payload});
        for (const auto& text : {torrent_json(all), peers_json(all), stats_json(all)}) {
            BOOST_TEST(text.find_first_of("<>&") == text.npos);
            const auto parsed = json::parse(text);
            BOOST_REQUIRE(parsed);
            BOOST_TEST(*parsed->find_natural("schema") == 1u);
        }
    }
    const auto torrent = json::parse(torrent_json(small_overview()));
    BOOST_REQUIRE(torrent);
    BOOST_TEST(*torrent->find_text("name") == "harmless");
    BOOST_TEST(*torrent->find_natural("total_size") == 1000u);
    BOOST_TEST(torrent->find("peers")->elements()->size() == 2u);
    BOOST_TEST(*torrent->find("peers")->elements()->front().find("addresses")->elements()->front().text() ==
               "192.168.1.7:6881");
    BOOST_TEST(*json::parse(torrent_json({}))->find("error")->find_text("code") == "not_found");
}

BOOST_AUTO_TEST_CASE(every_answer_forbids_what_the_pages_do_not_need) {
    const auto headers = markup::page_headers();
    BOOST_TEST(headers.ends_with("\r\n"));
    for (const auto part :
         {"default-src 'none'", "script-src 'self'", "style-src 'self'",
          "img-src 'self' data:", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
          "form-action 'none'", "X-Content-Type-Options: nosniff\r\n", "X-Frame-Options: DENY\r\n",
          "Referrer-Policy: no-referrer\r\n", "Cache-Control: no-store\r\n"})
        BOOST_TEST(contains(headers, part), part);
    BOOST_TEST(!contains(headers, "unsafe"));
}

BOOST_AUTO_TEST_CASE(script_and_style_ask_nobody_else_and_write_no_markup) {
    for (const auto file : {markup::script_file, markup::style_file}) {
        BOOST_TEST(file.size() > 1000u);
        for (const auto part : {"http:", "https:", "innerHTML", "outerHTML", "insertAdjacentHTML",
                                "document.write", "eval(", "Function(", "@import", "url("})
            BOOST_TEST(!contains(file, part), part);
    }
}

// To look at them: BT_PAGES_DIR=folder unit_tracker --run_test='*looked_at*'
BOOST_AUTO_TEST_CASE(pages_can_be_looked_at) {
    const char* folder = std::getenv("BT_PAGES_DIR");
    if (folder == nullptr) return;
    const auto write = [&](const std::string& name, std::string_view text) {
        std::ofstream(std::string(folder) + "/" + name, std::ios::binary) << text;
    };
    write("page.css", markup::style_file);
    write("page.js", markup::script_file);
    overview nothing;
    nothing.address = "http://192.168.1.5:6969/announce", nothing.host = "cellar";
    auto hidden = test::large_overview();
    hidden.show_addresses = false;
    for (auto& torrent : hidden.torrents)
        for (auto& peer : torrent.peers) peer.addresses.clear(), peer.host.clear();
    const std::string xss = "<img src=x onerror=alert(1)>";
    struct {
        std::string name;
        overview all;
    } const sets[] = {{"large", test::large_overview()},
                      {"empty", nothing},
                      {"hidden", hidden},
                      {"hostile", small_overview({xss, xss, xss, xss})}};
    for (const auto& [name, all] : sets)
        for (const auto& page : all_pages(all)) write(name + "-" + page.name + ".html", page.text);
}

BOOST_AUTO_TEST_SUITE_END()
