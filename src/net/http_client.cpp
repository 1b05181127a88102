#include "net/http_client.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "net/fd_watch.hpp"
#include "net/sockaddr.hpp"
#include "net/timer.hpp"

namespace bt::net {
namespace {

constexpr std::size_t header_bytes_max = 64 * limits::KiB;
constexpr long connections_max = 64, connections_kept = 8;
/// Requests that wait to open a connection: so many are tried again at a time.
constexpr duration pace_pause = 100ms, longest_wait = 5min;
constexpr std::size_t tried_at_a_time = 32;

long milliseconds(duration d) {
    return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(d).count());
}

std::string seconds_text(duration d) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(d).count()) + " s";
}

/// Host and port of a URL. Paths and user names stay out of messages: they hold passkeys.
std::string authority_of(std::string_view url) {
    const auto begin = url.find("://");
    if (begin == std::string_view::npos) return {};
    auto rest = url.substr(begin + 3);
    rest = rest.substr(0, rest.find_first_of("/?#"));
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
    return printable(rest, 256);
}

bool is_local_authority(std::string_view authority) {
    if (const auto at = endpoint::parse(authority)) return at->address.is_local();
    if (authority.starts_with('[') && authority.ends_with(']'))
        authority = authority.substr(1, authority.size() - 2);
    else
        authority = authority.substr(0, authority.find(':'));
    if (const auto address = ip_address::parse(authority)) return address->is_local();
    return to_lower(authority) == "localhost";
}

struct transfer {
    http_client::id id = 0;
    http_request request;
    http_client::callback done;
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    http_answer answer;
    outgoing way;
    const http_client::pace_fn* pace = nullptr;
    bool too_soon = false;  // the pace kept it from opening a connection
    time_point give_up_at = never;
    std::string refused;  // why we ended it, where curl only knows that we did
    std::size_t header_bytes = 0;
    bool began = false;
    bool public_origin = false;
    std::array<char, CURL_ERROR_SIZE> trouble{};
    std::unique_ptr<timer> first_byte;

    ~transfer() {
        curl_easy_cleanup(easy);
        curl_slist_free_all(headers);
    }
    void set_up();
    bool allows(const ip_address& address);
    error failure(CURLcode code) const;

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user);
    static curl_socket_t on_open(void* user, curlsocktype purpose, curl_sockaddr* address);
    static int on_request(void* user, char* remote, char* local, int remote_port, int local_port);
};

void transfer::set_up() {
    const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_ERRORBUFFER, trouble.data());
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PATH_AS_IS, 1L);  // what was checked is what is asked for
    set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(CURLOPT_USERAGENT, std::string(client_string).c_str());
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (const char* bundle = std::getenv("SSL_CERT_FILE"); bundle != nullptr && *bundle != '\0') {
        // instead of the system's, as OpenSSL and the curl program have it
        set(CURLOPT_CAINFO, bundle);
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    // some servers compress whatever is asked for: unpacked, but not asked for
    set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    headers = curl_slist_append(headers, "Accept-Encoding:");
    set(CURLOPT_FOLLOWLOCATION, request.limits.redirects > 0 ? 1L : 0L);
    set(CURLOPT_MAXREDIRS, long{request.limits.redirects});
    set(CURLOPT_TIMEOUT_MS, milliseconds(request.limits.total));
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.limits.first_byte));
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.limits.max_bytes));
    static const auto any_v4 = ip_address::v4(0, 0, 0, 0), any_v6 = *ip_address::parse("::");
    set(CURLOPT_IPRESOLVE,
        long{request.family == http_family::v4 || !way.uses(any_v6)   ? CURL_IPRESOLVE_V4
             : request.family == http_family::v6 || !way.uses(any_v4) ? CURL_IPRESOLVE_V6
                                                                      : CURL_IPRESOLVE_WHATEVER});
    if (is_local_authority(authority_of(request.url))) set(CURLOPT_NOPROXY, "*");
#if LIBCURL_VERSION_NUM >= 0x075700
    set(CURLOPT_QUICK_EXIT, 1L);  // a name lookup without answer must not hold up the end of the program
#endif
    if (!request.post_type.empty()) {
        headers = curl_slist_append(headers, ("Content-Type: " + request.post_type).c_str());
        headers = curl_slist_append(headers, "Expect:");  // no round trip for a "100 Continue"
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.post_body.size()));
        set(CURLOPT_POSTFIELDS, request.post_body.data());
    }
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_HEADERFUNCTION, &transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    if (!request.unix_socket.empty()) {  // it has no address that could be allowed or not
        set(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
        return;
    }
    set(CURLOPT_OPENSOCKETFUNCTION, &transfer::on_open);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_PREREQFUNCTION, &transfer::on_request);
    set(CURLOPT_PREREQDATA, this);
}

/// Asked before a connection is made, and again before a request is sent: that one may use a connection that
/// is open already.
bool transfer::allows(const ip_address& address) {
    long hop = 0;
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_COUNT, &hop);
    if (hop == 0 && !address.is_local()) public_origin = true;
    if (!way.uses(address))
        refused = std::string("IPv") + (address.is_v4() ? "4" : "6") + " is not used here";
    else if (hop > 0 && public_origin && address.is_local())
        refused = "it redirects to a local address";
    else if (request.allow_address && !request.allow_address(address, static_cast<int>(hop)))
        refused = "its address " + address.to_string() + " is not allowed";
    else
        return true;
    return false;
}

curl_socket_t transfer::on_open(void* user, curlsocktype, curl_sockaddr* address) {
    auto* self = static_cast<transfer*>(user);
    const auto at = to_endpoint(&address->addr);
    if (!at || !self->allows(at->address)) return CURL_SOCKET_BAD;
    self->too_soon = *self->pace && !(*self->pace)(at->address);
    if (self->too_soon) return CURL_SOCKET_BAD;
    const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0 || !self->way.from || bind_source(fd, *self->way.from)) return fd;
    self->refused = "it cannot be asked from " + self->way.from->to_string() + ": " + error_text(errno);
    close_descriptor(fd);
    return CURL_SOCKET_BAD;
}

int transfer::on_request(void* user, char* remote, char*, int, int) {
    auto* self = static_cast<transfer*>(user);
    const auto address = ip_address::parse(remote);
    if (!address || !self->allows(*address)) return CURL_PREREQFUNC_ABORT;
    self->answer.server = *address;
    return CURL_PREREQFUNC_OK;
}

std::size_t transfer::on_header(char* data, std::size_t size, std::size_t count, void* user) {
    constexpr std::string_view location = "location:", date = "date:";
    auto* self = static_cast<transfer*>(user);
    self->began = true;
    std::string_view line(data, size * count);
    if (to_lower(line.substr(0, location.size())) == location) {
        line.remove_prefix(location.size());
        while (!line.empty() && line.back() <= ' ') line.remove_suffix(1);
        while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
        self->answer.link = to_lower(line.substr(0, 7)) == "magnet:" ? line : std::string_view();
    }
    if (to_lower(line.substr(0, date.size())) == date)
        if (const auto at = curl_getdate(std::string(line.substr(date.size())).c_str(), nullptr); at >= 0)
            self->answer.date = at;
    self->header_bytes += size * count;
    if (self->header_bytes <= header_bytes_max) return size * count;
    self->refused = "its headers are larger than " + std::to_string(header_bytes_max) + " bytes";
    return 0;
}

std::size_t transfer::on_body(char* data, std::size_t size, std::size_t count, void* user) {
    auto* self = static_cast<transfer*>(user);
    auto& body = self->answer.body;
    if (size * count > self->request.limits.max_bytes - body.size()) {
        self->refused =
            "its answer is larger than " + std::to_string(self->request.limits.max_bytes) + " bytes";
        return 0;
    }
    body.insert(body.end(), data, data + size * count);
    return size * count;
}

error transfer::failure(CURLcode code) const {
    std::string why = refused;
    auto kind = errc::network;
    if (!why.empty()) {
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        why = began ? "no complete answer within " + seconds_text(request.limits.total) : "no answer in time";
    } else if (code == CURLE_FILESIZE_EXCEEDED) {
        why = "its answer is larger than " + std::to_string(request.limits.max_bytes) + " bytes";
    } else if (code == CURLE_TOO_MANY_REDIRECTS) {
        why = "more than " + std::to_string(request.limits.redirects) + " redirects";
    } else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT) {
        why = "not a URL of http or https";
        if (!began) kind = errc::usage;
    } else {
        why = trouble[0] != '\0' ? printable(trouble.data(), 256) : curl_easy_strerror(code);
    }
    std::string hint;
    long verdict = 0;  // OpenSSL's: 18 to 21 are the ways in which nobody we trust vouches for it
    if (code == CURLE_PEER_FAILED_VERIFICATION &&
        curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict) == CURLE_OK && verdict >= 18 &&
        verdict <= 21)
        hint = "If you trust this server, name a file with its authority's certificate in SSL_CERT_FILE.";
    return {kind, authority_of(request.url) + ": " + why, std::move(hint)};
}

}  // namespace

struct http_client::impl {
    impl(loop& loop_of, outgoing from, pace_fn asked)
        : on(loop_of),
          way(std::move(from)),
          pace(std::move(asked)),
          due(loop_of, [this] { act(CURL_SOCKET_TIMEOUT, 0); }),
          again(loop_of, [this] { try_again(); }) {}
    ~impl();

    loop& on;
    outgoing way;
    pace_fn pace;
    timer due;  // curl's own timeouts
    timer again;
    std::deque<id> waiting;  // for their host's pace; some may be gone
    CURLM* multi = nullptr;
    id last = 0;
    std::unordered_map<curl_socket_t, std::unique_ptr<fd_watch>> watches;
    std::map<id, std::unique_ptr<transfer>> transfers;

    void start();
    void add(http_request request, callback done);
    void begin(transfer& one);
    void postpone(transfer& one);
    void try_again();
    void act(curl_socket_t socket, int events);
    void watch(curl_socket_t socket, int what);
    std::unique_ptr<transfer> take(id which);
    void finish(id which, http_result outcome);

    static int on_socket(CURL*, curl_socket_t socket, int what, void* user, void*) {
        static_cast<impl*>(user)->watch(socket, what);
        return 0;
    }
    static int on_timer(CURLM*, long ms, void* user) {
        auto* self = static_cast<impl*>(user);
        if (ms < 0)
            self->due.disarm();
        else
            self->due.arm(self->on.now() + std::chrono::milliseconds(ms));
        return 0;
    }
};

http_client::impl::~impl() {
    while (!transfers.empty()) take(transfers.begin()->first);
    if (multi != nullptr) curl_multi_cleanup(multi);
}

/// On the first request only: loading the TLS library costs milliseconds that most commands need not pay.
void http_client::impl::start() {
    static std::once_flag once;
    std::call_once(once, [] { BT_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
    multi = curl_multi_init();
    BT_ASSERT(multi != nullptr);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &impl::on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &impl::on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections_max);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections_kept);
}

void http_client::impl::add(http_request request, callback done) {
    if (multi == nullptr) start();
    auto one = std::make_unique<transfer>();
    one->id = ++last;
    one->request = std::move(request);
    one->done = std::move(done);
    one->way = way;
    one->pace = &pace;
    one->give_up_at = on.now() + longest_wait;
    one->easy = curl_easy_init();
    BT_ASSERT(one->easy != nullptr);
    one->set_up();
    const auto which = one->id;
    one->first_byte = std::make_unique<timer>(on, [this, which] {
        const auto& late = *transfers.at(which);
        if (late.began) return;
        const auto why = ": no answer within " + seconds_text(late.request.limits.first_byte);
        finish(which, fail(errc::network, authority_of(late.request.url) + why));
    });
    auto& kept = *one;
    transfers.emplace(which, std::move(one));
    begin(kept);
}

void http_client::impl::begin(transfer& one) {
    one.first_byte->arm(on.now() + one.request.limits.first_byte);
    BT_ASSERT(curl_multi_add_handle(multi, one.easy) == CURLM_OK);
}

/// From its first hop on: connections that were opened for those behind are kept.
void http_client::impl::postpone(transfer& one) {
    curl_multi_remove_handle(multi, one.easy);
    one.first_byte->disarm();
    one.answer = {};
    one.header_bytes = 0;
    one.began = one.public_origin = one.too_soon = false;
    waiting.push_back(one.id);
    if (again.deadline() == never) again.arm(on.now() + pace_pause);
}

void http_client::impl::try_again() {
    for (auto n = std::min(waiting.size(), tried_at_a_time); n > 0; --n) {
        const auto found = transfers.find(waiting.front());
        waiting.pop_front();
        if (found != transfers.end()) begin(*found->second);
    }
    if (!waiting.empty()) again.arm(on.now() + pace_pause);
}

void http_client::impl::watch(curl_socket_t socket, int what) {
    if (what == CURL_POLL_REMOVE) {
        watches.erase(socket);
        return;
    }
    auto& one = watches[socket];
    if (!one)
        one = std::make_unique<fd_watch>(on, socket, [this, socket](bool readable, bool writable) {
            act(socket, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
        });
    one->want((what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
}

void http_client::impl::act(curl_socket_t socket, int events) {
    int running = 0, queued = 0;
    curl_multi_socket_action(multi, socket, events, &running);
    while (const auto* message = curl_multi_info_read(multi, &queued)) {
        if (message->msg != CURLMSG_DONE) continue;
        transfer* one = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &one);
        const auto code = message->data.result;
        if (code == CURLE_COULDNT_CONNECT && one->too_soon && on.now() < one->give_up_at) {
            postpone(*one);
            continue;
        }
        if (code != CURLE_OK && (code != CURLE_UNSUPPORTED_PROTOCOL || one->answer.link.empty())) {
            finish(one->id, unexpected<error>(one->failure(code)));
            continue;
        }
        long status = 0;
        const char* type = nullptr;
        curl_easy_getinfo(one->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(one->easy, CURLINFO_CONTENT_TYPE, &type);
        one->answer.status = static_cast<int>(status);
        if (type != nullptr) one->answer.content_type = type;
        finish(one->id, std::move(one->answer));
    }
}

std::unique_ptr<transfer> http_client::impl::take(id which) {
    const auto at = transfers.find(which);
    if (at == transfers.end()) return nullptr;
    auto one = std::move(at->second);
    transfers.erase(at);
    curl_multi_remove_handle(multi, one->easy);
    return one;
}

void http_client::impl::finish(id which, http_result outcome) {
    const auto one = take(which);
    one->done(std::move(outcome));
}

http_client::http_client(loop& on, outgoing way, pace_fn pace)
    : impl_(std::make_unique<impl>(on, std::move(way), std::move(pace))) {}

http_client::~http_client() = default;

http_client::id http_client::fetch(http_request request, callback done) {
    impl_->add(std::move(request), std::move(done));
    return impl_->last;
}

void http_client::cancel(id which) { impl_->take(which); }

std::size_t http_client::active() const { return impl_->transfers.size(); }

}  // namespace bt::net
