// TCP: listeners and connections. Sending is vectored and never copies; reading goes through the loop's one
// read buffer, so the bytes a connection hands over last only as long as the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/loop.hpp"

namespace bt::net {

/// Bytes [begin, end) of `storage`, owned until they are handed to the kernel.
struct chunk {
    buffer storage;
    std::size_t begin = 0;
    std::size_t end = 0;

    static chunk copy_of(byte_view data);
    static chunk whole(buffer storage);
    byte_view view() const { return storage.view().subspan(begin, end - begin); }
    std::size_t size() const { return end - begin; }
};

class tcp_connection {
  public:
    /// Not connected to anything yet.
    explicit tcp_connection(loop& on);
    /// Closes at once, discards what is unsent, calls nothing any more.
    ~tcp_connection();
    tcp_connection(const tcp_connection&) = delete;
    tcp_connection& operator=(const tcp_connection&) = delete;

    /// The answer always comes later, never inside the call. errc::network names the endpoint and the cause,
    /// with the system's number where it refused.
    /// There is no timeout here but the kernel's (about two minutes): whatever waits has a deadline of its
    /// own.
    /// `from`: the local address; none: as the system chooses.
    void connect(const endpoint& to, std::function<void(result<void>)> on_connected,
                 const std::optional<ip_address>& from = std::nullopt);

    /// Starts to read. The bytes are gone when the callback returns.
    void on_data(std::function<void(byte_view)> received);
    /// The connection ended, once, and not by close(): the other side closed or the network failed. The
    /// reason is for a person. Later calls on the connection do nothing.
    void on_closed(std::function<void(const std::string& reason)> closed);
    /// `bytes` more went to the kernel.
    void on_sent(std::function<void(std::size_t bytes)> sent);

    /// The kernel's buffer fills and TCP slows the sender down. The end of the stream is not noticed either.
    void pause_reading();
    void resume_reading();

    /// Hands as much as possible to the kernel now and keeps the rest in order. on_sent is called inside for
    /// what went; a failure is reported by on_closed later, never inside the call.
    void send(std::vector<chunk> chunks);
    void send(chunk one);
    /// Bytes given to send() that the kernel has not taken.
    std::size_t unsent() const;
    /// For how long in all the other side did not read what there was to send, so that nothing could be. The
    /// kernel is asked four times a second at most; nothing: it was asked a moment ago, or it does not say.
    std::optional<duration> held_back();

    /// Closes now and discards what is unsent. No callback follows.
    void close();
    /// Sends what is queued, then the end of the stream, discards what still arrives, and calls on_closed
    /// with an empty reason when the other side has closed too or 2 s have passed.
    void close_when_sent();
    bool is_open() const;

    const endpoint& remote() const;
    /// Ours, from the kernel; 0.0.0.0:0 if not connected.
    endpoint local() const;

  private:
    friend class tcp_listener;
    struct impl;
    tcp_connection(loop& on, int descriptor, const endpoint& remote);
    impl* impl_;
};

class tcp_listener {
  public:
    explicit tcp_listener(loop& on);
    ~tcp_listener();
    tcp_listener(const tcp_listener&) = delete;
    tcp_listener& operator=(const tcp_listener&) = delete;

    using accept_callback = std::function<void(std::unique_ptr<tcp_connection>)>;
    /// Port 0: the kernel chooses. A v6 address accepts v6 only. Returns the port listened on.
    /// errc::network names address, port and cause. While the process is out of descriptors accepting rests
    /// for 100 ms at a time; connections wait in the backlog.
    result<std::uint16_t> listen(const endpoint& at, accept_callback on_accept);
    void close();

  private:
    struct impl;
    impl* impl_;
};

}  // namespace bt::net
