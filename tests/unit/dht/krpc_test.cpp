#include "dht/krpc.hpp"

#include <boost/test/unit_test.hpp>
#include <deque>

#include "base/limits.hpp"

using namespace bt;
using namespace bt::dht;
using namespace bt::dht::krpc;

namespace {

constexpr std::string_view us = "abcdefghij0123456789", them = "mnopqrstuvwxyz123456";

node_id id_of(std::string_view text) { return *node_id::from(as_bytes(text)); }
endpoint at(std::string_view text) { return *endpoint::parse(text); }
std::string text_of(const bytes& made) { return std::string(as_text(made)); }
std::string id_text(std::string_view id = us) { return "20:" + std::string(id); }

/// Keeps the datagram, as messages are views into it.
template <class T>
std::optional<T> read(std::string_view datagram) {
    static std::deque<std::string> kept;
    const auto made = parse(as_bytes(kept.emplace_back(datagram)));
    if (!made || !std::holds_alternative<T>(*made)) return std::nullopt;
    return std::get<T>(*made);
}
bool is_silent(std::string_view datagram) { return !parse(as_bytes(datagram)); }

std::string query_text(std::string_view name, const std::string& arguments, std::string_view rest = "") {
    return "d1:ad2:id" + id_text() + arguments + "e1:q" + std::to_string(name.size()) + ":" +
           std::string(name) + std::string(rest) + "1:t2:aa1:y1:qe";
}
std::string answer_text(const std::string& values, const std::string& before = "") {
    return "d" + before + "1:rd2:id" + id_text() + values + "e1:t2:aa1:y1:re";
}
std::string string_text(const std::string& value) { return std::to_string(value.size()) + ":" + value; }
const std::string info_hash_text = "9:info_hash" + id_text(them);

/// Without `v`, which every message of ours has and the smallest that could be sent has not.
std::size_t minimal(const bytes& made) { return made.size() - std::string_view("1:v4:nb..").size(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(krpc_written)

BOOST_AUTO_TEST_CASE(the_queries_of_bep_5_are_these_bytes) {
    query_form form;
    form.tid = "aa";
    form.id = id_of(us);
    form.target = id_of(them);
    const auto written = [&](method what) {
        form.what = what;
        return text_of(write_query(form));
    };
    const std::string end = "1:t2:aa" + std::string("1:v4:nb\0\1", 9) + "1:y1:qe";
    BOOST_TEST(written(method::ping) == "d1:ad2:id" + id_text() + "e1:q4:ping" + end);
    BOOST_TEST(written(method::find_node) ==
               "d1:ad2:id" + id_text() + "6:target" + id_text(them) + "e1:q9:find_node" + end);
    BOOST_TEST(written(method::get_peers) ==
               "d1:ad2:id" + id_text() + info_hash_text + "e1:q9:get_peers" + end);
    form.token = "aoeusnth";
    form.port = 6881;
    BOOST_TEST(written(method::announce_peer) == "d1:ad2:id" + id_text() + info_hash_text +
                                                     "4:porti6881e5:token8:aoeusnthe1:q13:announce_peer" +
                                                     end);
    form.implied_port = true;
    BOOST_TEST(written(method::announce_peer) ==
               "d1:ad2:id" + id_text() + "12:implied_porti1e" + info_hash_text +
                   "4:porti6881e5:token8:aoeusnthe1:q13:announce_peer" + end);
    form.want_v4 = form.want_v6 = form.read_only = true;
    BOOST_TEST(written(method::get_peers) ==
               "d1:ad2:id" + id_text() + info_hash_text + "4:wantl2:n42:n6ee1:q9:get_peers2:roi1e" + end);
}

BOOST_AUTO_TEST_CASE(an_answer_is_these_bytes) {
    answer_form form;
    form.tid = "aa";
    form.id = id_of(them);
    form.asker = at("192.0.2.1:6881");
    const std::string ip("2:ip6:\xc0\0\2\1\x1a\xe1", 12);
    const std::string end = "1:t2:aa" + std::string("1:v4:nb\0\1", 9) + "1:y1:re";
    BOOST_TEST(text_of(write_answer(form)) == "d" + ip + "1:rd2:id" + id_text(them) + "e" + end);

    form.has_nodes = form.has_nodes6 = true;
    BOOST_TEST(text_of(write_answer(form)) ==
               "d" + ip + "1:rd2:id" + id_text(them) + "5:nodes0:6:nodes60:e" + end);

    bytes nodes, nodes6;
    append_compact(nodes, {id_of(us), at("192.0.2.2:1")});
    append_compact(nodes6, {id_of(us), at("[fe80::1%7]:2")});
    form.nodes = nodes, form.nodes6 = nodes6;
    form.token = "12345678";
    form.peers = {at("192.0.2.3:3"), at("[2001:db8::1]:4")};
    const auto link_local = "\xfe\x80" + std::string(13, '\0') + "\1" + std::string("\0\2", 2);
    const auto global = "\x20\x01\x0d\xb8" + std::string(11, '\0') + "\1" + std::string("\0\4", 2);
    BOOST_TEST(text_of(write_answer(form)) ==
               "d" + ip + "1:rd2:id" + id_text(them) + "5:nodes26:" + std::string(us) +
                   std::string("\xc0\0\2\2\0\1", 6) + "6:nodes638:" + std::string(us) + link_local +
                   "5:token8:123456786:valuesl6:" + std::string("\xc0\0\2\3\0\3", 6) + "18:" + global + "ee" +
                   end);
}

BOOST_AUTO_TEST_CASE(an_error_is_these_bytes) {
    BOOST_TEST(text_of(write_error("aa", error_code::generic, "A Generic Error Ocurred")) ==
               "d1:eli201e23:A Generic Error Ocurrede1:t2:aa" + std::string("1:v4:nb\0\1", 9) + "1:y1:ee");
}

BOOST_AUTO_TEST_CASE(the_size_of_an_answer_is_known_before_it_is_written) {
    answer_form form;
    bytes nodes;
    for (int i = 0; i < 20; ++i) {
        form.tid = std::string_view("0123456789abcdef").substr(0, static_cast<std::size_t>(i % 17));
        form.asker = at(i % 2 ? "192.0.2.1:1" : "[2001:db8::1]:1");
        form.has_nodes = i % 3 == 0;
        form.has_nodes6 = i % 5 == 0;
        form.token = i % 4 == 0 ? "12345678" : "";
        (i % 3 == 1 ? form.nodes : form.nodes6) = nodes;
        BOOST_TEST(size_of(form) == write_answer(form).size());
        form.peers.push_back(at(i % 2 ? "[2001:db8::2]:1" : "192.0.2.2:1"));
        form.nodes = form.nodes6 = {};
        nodes.resize(nodes.size() + 26);
    }
}

BOOST_AUTO_TEST_CASE(minimal_messages_have_the_sizes_the_amplification_was_computed_from) {
    query_form ask;
    ask.tid = "aa";
    const auto question = [&](method what) {
        ask.what = what;
        return minimal(write_query(ask));
    };
    BOOST_TEST(question(method::ping) == 56u);
    BOOST_TEST(question(method::find_node) == 92u);
    BOOST_TEST(question(method::get_peers) == 95u);
    ask.want_v4 = ask.want_v6 = true;
    BOOST_TEST(question(method::find_node) == 108u);  // 92 and 16 of `want`

    const bytes eight(8 * 26), eight6(8 * 38);
    answer_form form;
    form.tid = "aa";
    form.asker = at("192.0.2.1:6881");
    const auto reply = [&](std::size_t peers) {
        form.peers.assign(peers, at("192.0.2.1:6881"));
        return minimal(write_answer(form));
    };
    BOOST_TEST(reply(0) == 47u + 12u);  // the 12 of `ip`, which the other sizes count too
    form.nodes = eight;
    BOOST_TEST(reply(0) == 278u);
    form.nodes6 = eight6;
    BOOST_TEST(reply(0) == 594u);
    form.nodes6 = {};
    form.token = "12345678";
    BOOST_TEST(reply(0) == 295u);
    BOOST_TEST(reply(20) == 465u);
    BOOST_TEST(reply(50) == 705u);
    BOOST_TEST(reply(100) == 1105u);
    BOOST_TEST(reply(limits::dht_answer_peers) <= 6 * 95u);
    BOOST_TEST(reply(limits::dht_answer_peers + 1) > 6 * 95u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(krpc_read)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
    query_form form;
    form.tid = "xy";
    form.what = method::announce_peer;
    form.id = id_of(us);
    form.target = id_of(them);
    form.port = 1;
    form.token = "12345678";
    form.read_only = true;
    const auto sent = write_query(form);
    const auto got = read<query>(as_text(sent));
    BOOST_REQUIRE(got);
    BOOST_TEST(got->tid == "xy");
    BOOST_TEST((got->what == method::announce_peer));
    BOOST_TEST((got->id == form.id && got->target == form.target));
    BOOST_TEST(got->port == 1u);
    BOOST_TEST(!got->implied_port);
    BOOST_TEST(got->token == "12345678");
    BOOST_TEST(got->read_only);
    BOOST_TEST(got->version == our_version);

    form.what = method::find_node;
    form.want_v6 = true;
    form.read_only = false;
    const auto other = write_query(form);
    const auto find = read<query>(as_text(other));
    BOOST_REQUIRE(find);
    BOOST_TEST((find->what == method::find_node && find->target == form.target));
    BOOST_TEST((find->want_v6 && !find->want_v4 && !find->read_only));

    answer_form form2;
    form2.tid = "z";
    form2.id = id_of(them);
    bytes nodes, nodes6;
    append_compact(nodes, {id_of(us), at("192.0.2.2:1")});
    append_compact(nodes6, {id_of(us), at("[2001:db8::1]:2")});
    form2.nodes = nodes, form2.nodes6 = nodes6;
    form2.token = "t";
    form2.peers = {at("192.0.2.3:3"), at("[2001:db8::1]:4")};
    form2.asker = at("192.0.2.4:5");
    const auto reply = write_answer(form2);
    const auto back = read<answer>(as_text(reply));
    BOOST_REQUIRE(back);
    BOOST_TEST((back->id == form2.id && back->tid == "z" && back->token == "t"));
    BOOST_TEST((back->nodes ==
                std::vector<contact>{{id_of(us), at("192.0.2.2:1")}, {id_of(us), at("[2001:db8::1]:2")}}));
    BOOST_TEST((back->peers == form2.peers));
    BOOST_TEST((back->external == form2.asker));

    const auto refusal = write_error("q", error_code::protocol, "bad token");
    const auto failed = read<failure>(as_text(refusal));
    BOOST_REQUIRE(failed);
    BOOST_TEST((failed->code == 203 && failed->text == "bad token" && failed->tid == "q"));
}

BOOST_AUTO_TEST_CASE(a_query_that_lacks_something_is_told_what) {
    const std::string target = "6:target" + id_text(them),
                      short_target = "6:target19:" + std::string(19, 'x');
    const std::string token = "5:token2:tt", port = "4:porti1e";
    struct row {
        std::string datagram;
        error_code code;
        std::string_view text;
    };
    const row rows[] = {
        {query_text("find_node", ""), error_code::protocol, "missing 'target' key"},
        {query_text("find_node", short_target), error_code::protocol, "missing 'target' key"},
        {query_text("find_node", info_hash_text), error_code::protocol, "missing 'target' key"},
        {query_text("find_node", "6:targeti1e"), error_code::protocol, "missing 'target' key"},
        {query_text("get_peers", ""), error_code::protocol, "missing 'info_hash' key"},
        {query_text("get_peers", target), error_code::protocol, "missing 'info_hash' key"},
        {query_text("announce_peer", port + token), error_code::protocol, "missing 'info_hash' key"},
        {query_text("announce_peer", info_hash_text + port), error_code::protocol, "missing 'token' key"},
        {query_text("announce_peer", info_hash_text + port + "5:token" +
                                         string_text(std::string(limits::dht_token_bytes + 1, 't'))),
         error_code::protocol, "missing 'token' key"},
        {query_text("announce_peer", info_hash_text + token), error_code::protocol,
         "'port' is missing or not 1 to 65535"},
        {query_text("announce_peer", info_hash_text + "4:porti0e" + token), error_code::protocol,
         "'port' is missing or not 1 to 65535"},
        {query_text("announce_peer", info_hash_text + "4:porti65536e" + token), error_code::protocol,
         "'port' is missing or not 1 to 65535"},
        {query_text("announce_peer", info_hash_text + "4:porti-1e" + token), error_code::protocol,
         "'port' is missing or not 1 to 65535"},
        {query_text("announce_peer", "12:implied_porti0e" + info_hash_text + token), error_code::protocol,
         "'port' is missing or not 1 to 65535"},
        {query_text("vote", ""), error_code::unknown_method, "unknown method"},
        {query_text("vote", short_target), error_code::unknown_method, "unknown method"},
        {"d1:ad2:id" + id_text() + "e1:t2:aa1:y1:qe", error_code::protocol, "missing 'q' key"},
    };
    for (const auto& [datagram, code, text] : rows) {
        const auto got = read<bad_query>(datagram);
        BOOST_REQUIRE_MESSAGE(got, datagram);
        BOOST_TEST((got->code == code), datagram);
        BOOST_TEST(got->text == text);
        BOOST_TEST(got->tid == "aa");
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_method_about_something_is_a_question_for_nodes) {
    for (const auto& key : {"6:target" + id_text(them), info_hash_text}) {
        const auto got = read<query>(query_text("get", key));
        BOOST_REQUIRE(got);
        BOOST_TEST((got->what == method::other));
        BOOST_TEST((got->target == id_of(them)));
    }
}

BOOST_AUTO_TEST_CASE(the_port_of_an_announce_may_be_implied) {
    const auto got = read<query>(
        query_text("announce_peer", "12:implied_porti1e" + info_hash_text + "4:porti0e5:token1:x"));
    BOOST_REQUIRE(got);
    BOOST_TEST((got->implied_port && got->port == 0));
    const auto both = read<query>(
        query_text("announce_peer", "12:implied_porti1e" + info_hash_text + "4:porti65535e5:token1:x"));
    BOOST_REQUIRE(both);
    BOOST_TEST((both->implied_port && both->port == 65535));
}

BOOST_AUTO_TEST_CASE(garbage_is_met_with_silence) {
    const std::string too_long(limits::dht_datagram_bytes, 'x');
    const std::string long_tid(limits::dht_tid_bytes + 1, 't');
    const std::string silent[] = {
        "",
        "d1:rd2:ide1:t1:y1:re",                                 // 20 bytes
        "de" + std::string(30, ' '),                            // something after the end
        "l" + id_text() + "e",                                  // no dictionary
        id_text() + "xx",                                       //
        "d1:ad2:id" + id_text() + "e1:q4:ping1:t2:aae",         // no y
        "d1:ad2:id" + id_text() + "e1:q4:ping1:t2:aa1:y1:ze",   // a strange one
        "d1:ad2:id" + id_text() + "e1:q4:ping1:t2:aa1:y0:e",    //
        "d1:ad2:id" + id_text() + "e1:q4:ping1:t2:aa1:y2:qqe",  //
        "d1:ad2:id" + id_text() + "e1:q4:ping1:t2:aa1:yi1ee",   //
        "d1:ad2:id" + id_text() + "e1:q4:ping1:y1:qe",          // no t
        "d1:ad2:id" + id_text() + "e1:q4:ping1:t0:1:y1:qe",     //
        "d1:ad2:id" + id_text() + "e1:q4:ping1:ti7e1:y1:qe",    //
        "d1:ad2:id" + id_text() + "e1:q4:ping1:t17:" + long_tid + "1:y1:qe",
        "d1:ad2:id19:0123456789012345678e1:q4:ping1:t2:aa1:y1:qe",    // a query without an id
        "d1:ad2:idi1ee1:q4:ping1:t2:aa1:y1:qe",                       //
        "d1:ad2:id21:012345678901234567890e1:q4:ping1:t2:aa1:y1:qe",  //
        "d1:ade1:q4:ping1:t2:aa1:y1:qe",                              //
        "d1:q4:ping1:t2:aa1:y1:qe",                                   //
        "d1:ale1:q4:ping1:t2:aa1:y1:qe",                              //
        "d1:rd5:nodes0:e1:t2:aa1:y1:re",                              // an answer without
        "d1:rle1:t2:aa1:y1:re",                                       //
        "d1:t2:aa1:y1:re                ",                            //
        query_text("ping", "") + "e",                                 //
        query_text("ping", "", "1:xllllllllleeeeeeeee"),              // too deep
        query_text(
            "ping", "",
            "1:xl" +
                [] {
                    std::string many;
                    for (std::size_t i = 0; i < limits::bencode_packet_tokens; ++i) many += "le";
                    return many;
                }() +
                "e"),
        query_text("ping", "", "1:x" + string_text(too_long)),
    };
    for (const auto& datagram : silent) BOOST_TEST(is_silent(datagram), datagram);
    BOOST_TEST(!is_silent(query_text("ping", "")));
    const auto longest = limits::dht_datagram_bytes - query_text("ping", "", "1:x").size();
    BOOST_TEST(!is_silent(query_text("ping", "", "1:x" + string_text(std::string(longest - 5, 'x')))));
    BOOST_TEST(is_silent(query_text("ping", "", "1:x" + string_text(std::string(longest - 4, 'x')))));
}

BOOST_AUTO_TEST_CASE(no_truncation_of_a_message_is_one) {
    query_form form;
    form.tid = "aa";
    form.what = method::announce_peer;
    form.token = "12345678";
    form.port = 1;
    const auto whole = write_query(form);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        BOOST_TEST(!parse(cut));
    }
}

BOOST_AUTO_TEST_CASE(untidy_dictionaries_of_old_clients_are_understood) {
    const auto got = read<query>("d1:y1:q1:t02:aa1:q4:ping1:ad2:xxi07e2:id" + id_text() + "ee");
    BOOST_REQUIRE(got);
    BOOST_TEST((got->tid == "aa" && got->what == method::ping && got->id == id_of(us)));
}

BOOST_AUTO_TEST_CASE(a_node_list_of_a_wrong_length_gives_no_node) {
    std::string nodes, nodes6;
    for (int i = 0; i < 3; ++i) nodes += std::string(us) + std::string("\xc0\0\2\1\0\1", 6);
    for (int i = 0; i < 2; ++i) nodes6 += std::string(us) + "\x20\x01" + std::string(15, '\1') + "\1";
    const auto count = [&](const std::string& v4, const std::string& v6) {
        const auto got =
            read<answer>(answer_text("5:nodes" + string_text(v4) + "6:nodes6" + string_text(v6)));
        BOOST_REQUIRE(got);
        return got->nodes.size();
    };
    BOOST_TEST(count(nodes, nodes6) == 5u);
    BOOST_TEST(count(nodes.substr(1), nodes6) == 2u);
    BOOST_TEST(count(nodes.substr(0, nodes.size() - 1), "") == 0u);
    BOOST_TEST(count(nodes + "x", "") == 0u);
    BOOST_TEST(count(nodes, nodes6 + "x") == 3u);
    BOOST_TEST(count("", nodes6.substr(0, 37)) == 0u);
    // an IPv4 address in IPv6 dress
    BOOST_TEST(count("", std::string(us) + std::string(10, '\0') + "\xff\xff" + "\xc0\2\2\1" + "\1\1") == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_odd_in_an_answer_counts_as_absent) {
    const auto got = read<answer>(
        answer_text("5:nodesi1e5:token" + string_text(std::string(limits::dht_token_bytes + 1, 't')) +
                        "6:valuesl6:" + std::string("\xc0\0\2\3\0\3", 6) + "5:xxxxxi7ele0:7:xxxxxxxe",
                    "2:ip7:1234567"));
    BOOST_REQUIRE(got);
    BOOST_TEST(got->nodes.empty());
    BOOST_TEST(got->token.empty());
    BOOST_TEST((got->peers == std::vector{at("192.0.2.3:3")}));
    BOOST_TEST(!got->external);
    const auto plain = read<answer>(answer_text(""));
    BOOST_REQUIRE(plain);
    BOOST_TEST(!plain->external);
    const auto longest = read<answer>(
        answer_text("5:token" + string_text(std::string(limits::dht_token_bytes, 't')) + "6:values6:xxxxxx"));
    BOOST_REQUIRE(longest);
    BOOST_TEST(longest->token.size() == limits::dht_token_bytes);
    BOOST_TEST(longest->peers.empty());
}

BOOST_AUTO_TEST_CASE(an_error_of_any_form_is_a_failed_query) {
    struct row {
        std::string e;
        int code;
        std::string_view text;
    };
    const row rows[] = {
        {"li203e9:bad tokene", 203, "bad token"},
        {"9:bad token", 0, "bad token"},
        {"le", 0, ""},
        {"de", 0, ""},
        {"i7e", 0, ""},
        {"li99999999999ee", 0, ""},
        {"li-1e1:xe", 0, "x"},
        {"l1:xi201ee", 201, "x"},
    };
    for (const auto& [e, code, text] : rows) {
        const auto got = read<failure>("d1:e" + e + "1:t2:aa1:y1:e1:zi1ee");
        BOOST_REQUIRE_MESSAGE(got, e);
        BOOST_TEST(got->code == code);
        BOOST_TEST(got->text == text);
    }
    BOOST_TEST(read<failure>("d1:t8:aaaaaaaa1:y1:ee").has_value());
}

BOOST_AUTO_TEST_CASE(wishes_for_families_and_read_only_are_read) {
    const auto wish = [](const std::string& list, std::string_view rest = "") {
        const auto got = read<query>(query_text("find_node", "6:target" + id_text(them) + list, rest));
        BOOST_REQUIRE(got);
        return std::tuple(got->want_v4, got->want_v6, got->read_only);
    };
    BOOST_TEST((wish("") == std::tuple(false, false, false)));
    BOOST_TEST((wish("4:wantl2:n4e") == std::tuple(true, false, false)));
    BOOST_TEST((wish("4:wantl2:n62:n4e") == std::tuple(true, true, false)));
    BOOST_TEST((wish("4:wantl2:n5i4elee") == std::tuple(false, false, false)));
    BOOST_TEST((wish("4:want2:n4") == std::tuple(false, false, false)));
    BOOST_TEST((wish("", "2:roi1e") == std::tuple(false, false, true)));
    BOOST_TEST((wish("", "2:roi0e") == std::tuple(false, false, false)));
    BOOST_TEST((wish("", "2:ro1:1") == std::tuple(false, false, false)));
}

BOOST_AUTO_TEST_SUITE_END()
