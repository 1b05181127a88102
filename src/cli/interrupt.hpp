// Signals while no session runs its loop: hashing, checking, fetching a file.
#pragma once

#include <atomic>

namespace bt::cli {

/// From here on SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGABRT put the terminal back and end the process by
/// that signal.
void end_on_signals();
/// True for the first polite signal, which is noted in `signal`. One that comes within half a second of it is
/// the same wish (`timeout` sends two); a later one ends the process at once.
bool is_first(int& signal, int number);

/// Within its life the first SIGINT or SIGTERM only sets the flag; the second ends the process.
class cancel_on_signals {
  public:
    cancel_on_signals();
    ~cancel_on_signals();
    cancel_on_signals(const cancel_on_signals&) = delete;
    cancel_on_signals& operator=(const cancel_on_signals&) = delete;
    const std::atomic<bool>* flag() const;
    /// The signal that set the flag, or 0.
    int number() const;
};

/// Ends the process so that the shell sees the signal (130 for Ctrl-C).
[[noreturn]] void end_by(int number);

/// True if whoever started us asked for this signal to be ignored (nohup).
bool is_ignored(int number);

}  // namespace bt::cli
