#include "net/http_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

#include "base/limits.hpp"

namespace bt::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

constexpr std::size_t chunk_line_bytes = 256;  // a size and extensions that are not used
constexpr http_refusal header_too_large{431, "The header is larger than 16384 bytes."};
constexpr http_refusal body_too_large{413, "The body is larger than this server takes."};
static_assert(limits::http_header_bytes == 16384);

std::string_view std_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool same_word(std::string_view a, std::string_view b) {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

bool is_token_char(char c) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// Keeps views where Beast's own parser would copy every field.
class head_reader final : public http::basic_parser<true> {
  public:
    head_reader(std::string_view header, http_head& into) : header_(header), head_(into) {
        eager(false);
        header_limit(static_cast<std::uint32_t>(limits::http_header_bytes));
        // looked at later, with a message of our own; boost::none would refuse every length (1.74)
        body_limit(std::numeric_limits<std::uint64_t>::max());
    }
    http_refusal refusal;
    bool has_host = false;

  private:
    void refuse(int status, std::string_view why, error_code& ec) {
        refusal = {status, why};
        ec = http::error::bad_field;
    }
    void on_request_impl(http::verb, boost::beast::string_view method, boost::beast::string_view target,
                         int version, error_code&) override {
        head_.method = std_view(method);
        head_.target = std_view(target);
        head_.http_1_1 = version == 11;
    }
    void on_field_impl(http::field name, boost::beast::string_view other, boost::beast::string_view raw,
                       error_code& ec) override {
        const auto value = std_view(raw);
        // a folded line is put together elsewhere, in memory that does not last; RFC 9112, 5.2 allows to
        // refuse
        if (!value.empty() &&
            (value.data() < header_.data() || value.data() >= header_.data() + header_.size()))
            return refuse(400, "A header line is folded.", ec);
        switch (name) {
            case http::field::host:
                if (has_host) return refuse(400, "There are two Host headers.", ec);
                has_host = true;
                head_.host = value;
                break;
            case http::field::origin:
                if (head_.origin.data() != nullptr) return refuse(400, "There are two Origin headers.", ec);
                head_.origin = value.data() != nullptr ? value : std::string_view("");
                break;
            case http::field::content_type:
                if (head_.content_type.data() != nullptr)
                    return refuse(400, "There are two Content-Type headers.", ec);
                head_.content_type = value.data() != nullptr ? value : std::string_view("");
                break;
            case http::field::accept:
                if (head_.accept.empty()) head_.accept = value;
                break;
            case http::field::authorization:
                if (!head_.authorization.empty())
                    return refuse(400, "There are two Authorization headers.", ec);
                head_.authorization = value;
                break;
            case http::field::transfer_encoding:
                if (!same_word(value, "chunked"))
                    return refuse(501, "The only transfer encoding spoken here is chunked.", ec);
                head_.chunked = true;
                break;
            case http::field::range:
                head_.range = value;
                break;
            case http::field::if_range:
                head_.if_range = value;
                break;
            case http::field::if_none_match:
                head_.if_none_match = value;
                break;
            case http::field::expect:
                head_.expects_continue = same_word(value, "100-continue");
                break;
            default:
                if (same_word(std_view(other), "x-transmission-session-id")) head_.session_id = value;
                break;
        }
    }
    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(boost::beast::string_view body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code&) override {
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    std::string_view header_;
    http_head& head_;
};

http_refusal refusal_of(const error_code& ec) {
    if (ec == http::error::bad_version) return {505, "This server speaks HTTP/1.1 and HTTP/1.0."};
    if (ec == http::error::header_limit) return header_too_large;
    if (ec == http::error::bad_content_length || ec == http::error::bad_transfer_encoding)
        return {400, "The length of the body is not clear."};
    return {400, "This is not an HTTP request."};
}

/// RFC 9112, 3.2: the absolute form names the host in the target, which then counts.
bool to_origin_form(http_head& head) {
    if (head.target.starts_with('/')) return true;
    constexpr std::string_view scheme = "http://";
    if (!same_word(head.target.substr(0, scheme.size()), scheme)) return false;
    const auto rest = head.target.substr(scheme.size());
    const auto path = rest.find_first_of("/?#");
    head.host = rest.substr(0, path);
    head.target = path == std::string_view::npos ? std::string_view("/") : rest.substr(path);
    return !head.host.empty() && head.host.find('@') == std::string_view::npos &&
           head.target.starts_with('/');
}

http_step refused(const http_refusal& refusal) {
    http_step step;
    step.what = http_step::kind::refused;
    step.refusal = refusal;
    return step;
}

}  // namespace

http_refusal parse_head(std::string_view header, http_head& into) {
    head_reader reader(header, into);
    error_code ec;
    reader.put(boost::asio::const_buffer(header.data(), header.size()), ec);
    if (reader.refusal.status != 0) return reader.refusal;
    if (ec || !reader.is_header_done()) return refusal_of(ec);
    if (into.http_1_1 && !reader.has_host) return {400, "There is no Host header."};
    if (into.chunked && !into.http_1_1) return {400, "HTTP/1.0 has no transfer encodings."};
    if (!to_origin_form(into)) return {400, "The target of the request is not a path."};
    into.keep_alive = reader.keep_alive();
    into.expects_continue = into.expects_continue && into.http_1_1;
    if (const auto length = reader.content_length()) into.content_length = *length;
    return {};
}

void chunked_body::bad() { refusal_ = {400, "The chunks of the body are malformed."}; }

std::size_t chunked_body::put(byte_view data, std::size_t body_limit) {
    std::size_t used = 0;
    while (used < data.size() && !done() && refusal_.status == 0) {
        if (at_ == part::data) {
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size() - used));
            const auto from = data.subspan(used, count);
            body_.insert(body_.end(), from.begin(), from.end());
            used += count;
            left_ -= count;
            if (left_ == 0) at_ = part::data_cr;
        } else {
            step(static_cast<char>(data[used++]), body_limit);
        }
    }
    return used;
}

void chunked_body::end_of_size(char byte) {
    if (byte == '\r')
        at_ = part::size_lf;
    else if (byte == ';' || byte == ' ' || byte == '\t')
        at_ = part::extension;
    else
        bad();
}

void chunked_body::step(char byte, std::size_t body_limit) {
    const auto expect = [&](char wanted, part then) { byte == wanted ? void(at_ = then) : bad(); };
    switch (at_) {
        case part::size_first:
        case part::size: {
            const auto digit = byte >= '0' && byte <= '9'   ? byte - '0'
                               : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                               : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                            : -1;
            if (digit < 0) return at_ == part::size ? end_of_size(byte) : bad();
            at_ = part::size;
            left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
            if (left_ > body_limit - body_.size()) refusal_ = body_too_large;
            if (++overhead_ > chunk_line_bytes) bad();
            return;
        }
        case part::extension:
            if (byte == '\r') return void(at_ = part::size_lf);
            if (byte == '\n' || byte == '\0' || ++overhead_ > chunk_line_bytes) bad();
            return;
        case part::size_lf:
            overhead_ = 0;
            return expect('\n', left_ > 0 ? part::data : part::trailer);
        case part::data_cr:
            return expect('\r', part::data_lf);
        case part::data_lf:
            return expect('\n', part::size_first);
        case part::trailer:
            if (++overhead_ > limits::http_header_bytes) return void(refusal_ = header_too_large);
            if (byte == '\r') return void(at_ = part::trailer_lf);
            if (byte == '\n' || byte == '\0') return bad();
            line_empty_ = false;
            return;
        case part::trailer_lf:
            expect('\n', line_empty_ ? part::end : part::trailer);
            line_empty_ = true;
            return;
        case part::data:
        case part::end:
            return;
    }
}

std::size_t http_progress::held() const {
    return chunked_ ? sizeof *chunked_ + chunked_->header.capacity() + chunked_->body.body().capacity() : 0;
}

http_step next_request(byte_view data, http_progress& progress, std::size_t body_limit) {
    http_step step;
    progress.last_.reset();
    const auto run_chunked = [&] {
        auto& request = *progress.chunked_;
        step.used += request.body.put(data.subspan(step.used), body_limit);
        if (request.body.refusal().status != 0) {
            step.what = http_step::kind::refused;
            step.refusal = request.body.refusal();
        } else if (request.body.done()) {
            step.what = http_step::kind::request;
            step.head = request.head;
            step.body = request.body.body();
            progress.last_ = std::move(progress.chunked_);
        }
        return step;
    };
    if (progress.chunked_) return run_chunked();
    if (progress.body_end_ > data.size()) return step;

    auto text = as_text(data);
    // RFC 9112, 2.2: empty lines before a request are read over
    while (progress.scanned_ == 0 && text.starts_with("\r\n")) text.remove_prefix(2);
    step.used = data.size() - text.size();
    if (text.empty() || text == "\r") return step;
    if (!is_token_char(text[0])) return refused({400, "This is not an HTTP request."});
    const auto visible = text.substr(0, limits::http_header_bytes);
    const auto end = visible.find("\r\n\r\n", progress.scanned_);
    if (end == std::string_view::npos) {
        if (text.size() >= limits::http_header_bytes) return refused(header_too_large);
        progress.scanned_ = text.size() < 3 ? 0 : text.size() - 3;
        return step;
    }
    progress.scanned_ = 0;
    const auto header_bytes = end + 4;
    http_head head;
    if (const auto refusal = parse_head(text.substr(0, header_bytes), head); refusal.status != 0)
        return refused(refusal);
    if (head.content_length > body_limit) return refused(body_too_large);
    const bool is_long = head.chunked || head.content_length > http_short_body;
    if (is_long && !std::exchange(progress.header_given_, true)) {
        step.what = http_step::kind::header;
        step.head = head;
        return step;
    }
    if (head.chunked) {
        progress.header_given_ = false;
        progress.chunked_ = std::make_unique<http_progress::chunked_request>();
        auto& request = *progress.chunked_;
        request.header = text.substr(0, header_bytes);
        parse_head(request.header, request.head);  // again, for views that last
        step.used += header_bytes;
        step.say_continue = head.expects_continue && step.used == data.size();
        return run_chunked();
    }
    const auto all = header_bytes + static_cast<std::size_t>(head.content_length);
    if (text.size() < all) {
        // the next call begins with this header; a `used` of now moves it to the front
        step.say_continue = head.expects_continue && text.size() == header_bytes;
        progress.body_end_ = all;
        progress.scanned_ = end;
        return step;
    }
    progress.body_end_ = 0;
    progress.header_given_ = false;
    step.what = http_step::kind::request;
    step.head = head;
    step.body = data.subspan(step.used + header_bytes, static_cast<std::size_t>(head.content_length));
    step.used += all;
    return step;
}

}  // namespace bt::net
