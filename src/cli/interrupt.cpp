#include "cli/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include "cli/clock.hpp"
#include "cli/terminal.hpp"

namespace bt::cli {

namespace {

// A signal handler can reach nothing but statics.
std::atomic<bool> cancelling{false};
std::atomic<bool> cancelled{false};
std::atomic<int> cancelled_by{0};
std::atomic<std::int64_t> repeats_until{0};  // of steady_now()

constexpr duration repeat_time = 500ms;

bool is_repeat() { return steady_now().count() < repeats_until; }

void on_signal(int number) {
    const bool polite = number == SIGINT || number == SIGTERM;
    if (polite && cancelling && !cancelled.exchange(true)) {
        cancelled_by = number;
        return;
    }
    if (polite && is_repeat()) return;
    end_by(number);
}

}  // namespace

bool is_first(int& signal, int number) {
    if (is_repeat()) return false;
    if (signal != 0) end_by(number);
    signal = number;
    repeats_until = (steady_now() + repeat_time).count();
    return true;
}

void end_on_signals() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT})
        if (!(number == SIGHUP && is_ignored(number))) ::sigaction(number, &action, nullptr);
}

cancel_on_signals::cancel_on_signals() {
    cancelled = false;
    cancelled_by = 0;
    cancelling = true;
}
cancel_on_signals::~cancel_on_signals() { cancelling = false; }
const std::atomic<bool>* cancel_on_signals::flag() const { return &cancelled; }
int cancel_on_signals::number() const { return cancelled_by; }

void end_by(int number) {
    restore_terminal();
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    ::sigprocmask(SIG_UNBLOCK, &one, nullptr);
    ::raise(number);
    ::_exit(128 + number);
}

bool is_ignored(int number) {
    struct sigaction now {};
    return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace bt::cli
