// The options of `daemon`, and what guards its control port.
#include <sys/stat.h>

#include <fstream>

#include "cli/arguments/values.hpp"

namespace bt::cli {
namespace {

constexpr std::string_view login_form = "@FILE: a file with one line user:password that nobody else can read";

std::optional<std::string> login_in(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0 || (facts.st_mode & 077) != 0) return std::nullopt;
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

/// Options show in the list of processes; variables are seen by their owner alone.
void read_login(values& v, std::string& to) {
    const auto* raw = v.find("rpc-auth");
    if (raw == nullptr) return;
    const auto& word = raw->words.back();
    const bool names_file = word.starts_with('@');
    // the word itself may be the password: it is not repeated
    if (!names_file && v.on_line("rpc-auth"))
        return v.refuse(
            "--rpc-auth: every user of this machine sees the words of a command; write user:password into a "
            "file that "
            "nobody else can read, and name it: --rpc-auth @FILE");
    const auto login = names_file ? login_in(word.substr(1)) : std::optional(word);
    if (!login || login->find(':') == login->npos || login->size() < 3)
        return names_file
                   ? v.refuse(*raw, login_form)
                   : v.refuse(raw->origin + ": wanted is user:password, or " + std::string(login_form));
    to = *login;
}

void read_binds(values& v, app::rpc_options& to) {
    const auto* raw = v.find("rpc-bind");
    if (raw == nullptr) return;
    for (const auto& word : raw->words) {
        to.off = word == "off";
        if (to.off) continue;
        const auto at = endpoint::parse(with_zone_number(word));
        if (!at)
            return v.refuse({{word}, raw->origin}, "an address and a port such as 127.0.0.1:9091, or off");
        to.at.push_back(*at);
    }
    if (to.off && raw->words.size() > 1) v.refuse("--rpc-bind off stands alone");
}

}  // namespace

void read_rpc(values& v, app::rpc_options& to) {
    read_binds(v, to);
    read_login(v, to.login);
    v.list("rpc-host", to.names);
    v.path("web-root", to.web_root, "a folder");
    for (const auto& at : to.at)
        if (to.login.empty() && at.address.scope() != address_scope::loopback)
            v.refuse("--rpc-bind " + at.to_string() +
                     " is open to other machines: a password is needed, --rpc-auth @FILE");
}

}  // namespace bt::cli
