// The daemon as the control protocol sees it (rpc/host.hpp).
#pragma once

#include "app/daemon/daemon.hpp"
#include "rpc/host.hpp"
#include "storage/file_system.hpp"

namespace bt::app {

class rpc_host final : public rpc::host {
  public:
    /// The daemon outlives it.
    explicit rpc_host(daemon& of);

    std::int64_t now() const override;
    rpc::node_facts facts() const override;

    std::vector<std::uint32_t> torrents() const override;
    std::optional<std::uint32_t> find(const info_hash& hash) const override;
    std::optional<rpc::torrent_view> view(std::uint32_t number, bool with_pieces) const override;
    std::optional<saved_torrent> saved(std::uint32_t number) const override;

    result<added> add(saved_torrent what) override;
    /// Below the download folder.
    result<bytes> read_torrent_file(const std::string& path) override;
    void set_paused(std::uint32_t number, bool paused) override;
    void run_now(std::uint32_t number) override;
    void reannounce(std::uint32_t number) override;
    result<void> verify(std::uint32_t number) override;
    result<void> choose(std::uint32_t number, file_choice choice) override;
    void set_limits(std::uint32_t number, std::uint64_t down, std::uint64_t up) override;
    void label(std::uint32_t number, std::vector<std::string> labels) override;
    result<void> remove(std::uint32_t number, bool with_data) override;

    void set_limits(std::uint64_t down, std::uint64_t up) override;
    result<space> free_space(const std::string& folder) override;
    void close() override;

  private:
    /// Nothing where it is on the list and does not run: it has just ended, and comes again.
    std::optional<torrent_id> running(std::uint32_t number) const;

    daemon& daemon_;
    rpc::node_facts facts_;
    mutable storage::system_files files_;
};

}  // namespace bt::app
