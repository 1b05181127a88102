// The node's page: GET /transmission/web/…, behind the gate of the control port.
#pragma once

#include <string>
#include <string_view>

#include "net/http_server.hpp"

namespace bt::app {

inline constexpr std::string_view node_page_path = "/transmission/web/";

class node_page {
  public:
    /// `folder`: of another page that is served in place of ours; empty: ours.
    explicit node_page(std::string folder) : folder_(std::move(folder)) {}

    /// `headers`: lines that every answer carries. The reply's are valid until the next one.
    net::http_reply answer(const net::http_question& question, std::string_view headers);

  private:
    net::http_reply own(std::string_view path, const net::http_question& question);
    net::http_reply from_folder(const std::string& path);
    net::http_reply picture(std::string_view target);

    const std::string folder_;
    std::string headers_;
};

}  // namespace bt::app
