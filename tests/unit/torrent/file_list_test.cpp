#include "torrent/file_list.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "unit/torrent/text_form.hpp"

using namespace bt;
using torrent::file_entry;

namespace {

result<std::vector<file_entry>> read(const std::string& list) {
    const auto document = bencode_document::parse(as_bytes(list), bencode_file);
    BOOST_REQUIRE(document);
    return torrent::read_file_list(document->root(), "T");
}

/// One file of one byte for each path, '/' between elements.
std::string files_of(const std::vector<std::string>& paths) {
    std::string list = "l";
    for (std::string_view path : paths) {
        list += bencoded("d'length'i1e'path'l");
        for (;;) {
            const auto slash = path.find('/');
            const auto element = path.substr(0, slash);
            list += std::to_string(element.size()) + ':' + std::string(element);
            if (slash == std::string_view::npos) break;
            path.remove_prefix(slash + 1);
        }
        list += "ee";
    }
    return list + "e";
}

std::string names(const result<std::vector<file_entry>>& files) {
    if (!files) return "refused: " + files.error().message;
    std::string text;
    for (const auto& file : *files) text += "[" + file.path + "]";
    return text;
}
std::string names(const std::vector<std::string>& paths) { return names(read(files_of(paths))); }

}  // namespace

BOOST_AUTO_TEST_SUITE(file_lists)

BOOST_AUTO_TEST_CASE(files_follow_each_other_without_gaps) {
    const auto files = read(
        bencoded("ld'length'i5e'path'l'a'eed'length'i0e'path'l'b''c'eed'attr''x''length'i7e'path'l'd'eee"));
    BOOST_REQUIRE(files);
    BOOST_TEST(names(files) == "[T/a][T/b/c][T/d]");
    BOOST_TEST((*files)[0].begin == 0u);
    BOOST_TEST((*files)[1].begin == 5u);
    BOOST_TEST((*files)[1].size == 0u);
    BOOST_TEST((*files)[2].begin == 5u);
    BOOST_TEST((*files)[2].size == 7u);
    BOOST_TEST((*files)[2].executable);
    BOOST_TEST(!(*files)[0].executable);
}

BOOST_AUTO_TEST_CASE(paths_stay_below_the_folder_of_the_torrent) {
    BOOST_TEST(names({"../../etc/passwd", "/abs", "a/./b", "a//c", "..", "x\\y"}) ==
               "[T/etc/passwd][T/abs][T/a/b][T/a/c][T/_][T/xy]");
}

BOOST_AUTO_TEST_CASE(equal_paths_are_numbered) {
    BOOST_TEST(names({"a", "a", "a"}) == "[T/a][T/a (1)][T/a (2)]");
    BOOST_TEST(names({"d/a.txt", "d/a.txt", "d/a"}) == "[T/d/a.txt][T/d/a (1).txt][T/d/a]");
    BOOST_TEST(names({".x", ".x", "d.d/a", "d.d/a"}) == "[T/.x][T/.x (1)][T/d.d/a][T/d.d/a (1)]");
    BOOST_TEST(names({"a.averylongextension", "a.averylongextension"}) ==
               "[T/a.averylongextension][T/a.averylongextension (1)]");
    BOOST_TEST(names({"..", "/", "."}) == "[T/_][T/_ (1)][T/_ (2)]");
    // equal only once they are safe
    BOOST_TEST(names({"a\nb", "a\tb", "a_b"}) == "[T/a_b][T/a_b (1)][T/a_b (2)]");
}

BOOST_AUTO_TEST_CASE(names_that_some_file_system_takes_for_one_are_told_apart) {
    BOOST_TEST(names({"readme", "README", "d/x", "D/x"}) == "[T/readme][T/README (1)][T/d/x][T/D/x (1)]");
    BOOST_TEST(names({"d/x", "D/y"}) == "[T/d/x][T/D/y]");  // one folder there, and two files
    BOOST_TEST(names({"a", "A/b"}) == "[T/a (1)][T/A/b]");
    BOOST_TEST(names({"a", "a.", "a ", "A. ."}) == "[T/a][T/a (1).][T/a  (2)][T/A.  (3).]");
    BOOST_TEST(names({"\xc3\xa9", "e\xcc\x81", "\xc3\x89"}) ==
               "[T/\xc3\xa9][T/e\xcc\x81 (1)][T/\xc3\x89 (2)]");
    BOOST_TEST(names({"\xe1\x84\x80\xe1\x85\xa1", "\xea\xb0\x80"}) ==
               "[T/\xe1\x84\x80\xe1\x85\xa1][T/\xea\xb0\x80 (1)]");
    BOOST_TEST(names({"ab",
                      "a\xe2\x80\x8d"
                      "b",
                      "\xc3\x9f", "ss", "\xd0\x96", "\xd0\xb6"}) ==
               "[T/ab][T/a\xe2\x80\x8d"
               "b (1)][T/\xc3\x9f][T/ss][T/\xd0\x96][T/\xd0\xb6 (1)]");
}

BOOST_AUTO_TEST_CASE(a_file_makes_way_for_a_folder_in_either_order) {
    BOOST_TEST(names({"a", "a/b"}) == "[T/a (1)][T/a/b]");
    BOOST_TEST(names({"a/b", "a"}) == "[T/a/b][T/a (1)]");
    BOOST_TEST(names({"a/b/c", "a/b", "a"}) == "[T/a/b/c][T/a/b (1)][T/a (1)]");
}

BOOST_AUTO_TEST_CASE(a_number_never_takes_the_name_of_another_file_or_folder) {
    BOOST_TEST(names({"a", "a", "a (1)"}) == "[T/a][T/a (2)][T/a (1)]");
    BOOST_TEST(names({"a (1)/x", "a", "a"}) == "[T/a (1)/x][T/a][T/a (2)]");
    BOOST_TEST(names({"a", "a", "a (1)", "a (1)"}) == "[T/a][T/a (2)][T/a (1)][T/a (1) (1)]");
}

BOOST_AUTO_TEST_CASE(the_number_of_equal_names_is_limited) {
    std::vector<std::string> paths(100, "same.txt");
    const auto files = read(files_of(paths));
    BOOST_REQUIRE(files);
    std::set<std::string> unique;
    for (const auto& file : *files) unique.insert(file.path);
    BOOST_TEST(unique.size() == 100u);
    BOOST_TEST(files->back().path == "T/same (99).txt");
    paths.push_back("same.txt");
    BOOST_TEST(names(paths) == "refused: more than 100 files are named \"T/same.txt\"");
}

BOOST_AUTO_TEST_CASE(the_depth_of_folders_is_limited) {
    const auto deep = [](int folders) {  // the torrent's own folder is one
        std::string path;
        for (int i = 1; i < folders; ++i) path += "d/";
        return path + "f";
    };
    BOOST_TEST(read(files_of({deep(100)})).has_value());
    BOOST_TEST(names({"x", deep(101)}) ==
               "refused: file 2 of the torrent has a path of 101 folders; the limit is 100");
}

BOOST_AUTO_TEST_CASE(padding_is_known_by_attribute_or_by_name_and_collides_with_nothing) {
    std::string list = "l";
    for (int i = 0; i < 150; ++i) list += bencoded("d'attr''p''length'i3e'path'l'.pad''3'ee");
    list += bencoded("d'length'i4e'path'l'.pad'ee");
    list += bencoded("d'length'i2e'path'l'_____padding_file_0_if you see this file, update'ee");
    list += bencoded("d'attr''xh''length'i2e'path'l'a'ee");
    const auto files = read(list + "e");
    BOOST_REQUIRE(files);
    BOOST_TEST((*files)[0].padding);
    BOOST_TEST((*files)[149].padding);
    BOOST_TEST((*files)[149].begin == 149u * 3);
    BOOST_TEST(!(*files)[150].padding);
    BOOST_TEST((*files)[150].path == "T/.pad");
    BOOST_TEST((*files)[151].padding);
    BOOST_TEST(!(*files)[152].padding);
}

BOOST_AUTO_TEST_CASE(padding_needs_no_path) {
    const auto files =
        read(bencoded("ld'length'i1e'path'l'x'eed'attr''p''length'i9eed'length'i2e'path'l'y'eee"));
    BOOST_REQUIRE(files);
    BOOST_TEST((*files)[1].padding);
    BOOST_TEST((*files)[2].begin == 10u);
}

BOOST_AUTO_TEST_CASE(the_paths_of_all_files_together_are_bounded) {
    const std::string longest(240, 'n');
    const auto list = [&](std::size_t count) {
        std::string text = "l";
        for (std::size_t i = 0; i < count; ++i)
            text += "d6:lengthi1e4:pathl240:" + longest + "240:" + longest +
                    "7:" + std::to_string(1'000'000 + i) + "ee";
        return text + "e";
    };
    const auto most = limits::path_bytes / (1 + 3 + 240 + 240 + 7);  // "T", three separators
    BOOST_TEST(read(list(most)).has_value());
    BOOST_TEST(names(read(list(most + 1))) ==
               "refused: the paths of the files are longer than 64 MiB together");
}

BOOST_AUTO_TEST_CASE(a_file_and_a_folder_of_one_name_are_told_apart_whatever_stands_between_them) {
    // '!' and '-' come before '/': what is in a folder need not follow its name in the order of bytes
    BOOST_TEST(names({"a", "a!", "a-b", "a/x"}) == "[T/a (1)][T/a!][T/a-b][T/a/x]");
    BOOST_TEST(names({"a/x", "a/x/y", "a/x", "a"}) == "[T/a/x (1)][T/a/x/y][T/a/x (2)][T/a (1)]");
    BOOST_TEST(names({"b", "b", "b (1)", "b (2)/c"}) == "[T/b][T/b (3)][T/b (1)][T/b (2)/c]");
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_takes_no_bytes_and_is_never_on_disk) {
    const auto files =
        read(bencoded("ld'attr''l''length'i9e'path'l'a'e'symlink "
                      "path'l'..''x'eed'attr''l''path'l'b'e'symlink path'l'/etc'ee"
                      "d'length'i4e'path'l'a'eee"));
    BOOST_REQUIRE(files);
    BOOST_TEST(files->size() == 3u);  // the numbering of files is that of the torrent
    BOOST_TEST((*files)[0].padding);
    BOOST_TEST((*files)[0].size == 0u);
    BOOST_TEST((*files)[1].padding);
    BOOST_TEST((*files)[2].begin == 0u);
    BOOST_TEST((*files)[2].path == "T/a");
    BOOST_TEST(!(*files)[2].padding);
}

BOOST_AUTO_TEST_CASE(a_path_in_utf8_is_preferred_where_it_is_utf8) {
    BOOST_TEST(names(read(bencoded("ld'length'i1e'path'l'a\xe9'e'path.utf-8'l'a\xc3\xa9'eee"))) ==
               "[T/a\xc3\xa9]");
    BOOST_TEST(names(read(bencoded("ld'length'i1e'path'l'a'e'path.utf-8'l'\xe9'eee"))) == "[T/a]");
    BOOST_TEST(names(read(bencoded("ld'length'i1e'path'l'a'e'path.utf-8'leee"))) == "[T/a]");
    BOOST_TEST(names(read(bencoded("ld'length'i1e'path'l'a'e'path.utf-8'li1eeee"))) == "[T/a]");
    BOOST_TEST(names(read(bencoded("ld'length'i1e'path.utf-8'l'a'eee"))) == "[T/a]");
}

BOOST_AUTO_TEST_CASE(entries_that_are_not_files_are_refused) {
    const std::pair<std::string, std::string> entries[] = {
        {"le", "the torrent has no files"},
        {"li1ee", "file 1 of the torrent has no path"},
        {"ld'path'l'a'eee", "file 1 of the torrent has no length"},
        {"ld'length''1''path'l'a'eee", "file 1 of the torrent has no length"},
        {"ld'length'i-1e'path'l'a'eee", "file 1 of the torrent has a negative length"},
        {"ld'length'i1eee", "file 1 of the torrent has no path"},
        {"ld'length'i1e'path''a'ee", "file 1 of the torrent has no path"},
        {"ld'length'i1e'path'leee", "file 1 of the torrent has no path"},
        {"ld'length'i1e'path'l'a'i1eeee", "file 1 of the torrent has no path"},
    };
    for (const auto& [list, message] : entries)
        BOOST_TEST(names(read(bencoded(list))) == "refused: " + message);
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_fit_64_bits_are_refused) {
    const auto huge = bencoded("d'length'i9223372036854775807e'path'l'a'ee");
    BOOST_TEST(read("l" + huge + huge + "e").has_value());
    BOOST_TEST(!read("l" + huge + huge + huge + "e"));
}

BOOST_AUTO_TEST_SUITE_END()
