// What the streams are, and what may be written to them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace bt::cli {

enum class when { automatic, always, never };
enum class progress_mode { automatic, bar, plain, none };

/// Looks up an environment variable; nullptr where it is not set.
using environment = std::function<const char*(const char*)>;
environment process_environment();

/// --color, then NO_COLOR, then CLICOLOR_FORCE, then whether it is a terminal at all.
bool use_color(when wish, bool is_terminal, const environment& env);

struct charset_facts {
    bool utf8;           ///< nl_langinfo(CODESET)
    bool narrow_blocks;  ///< wcwidth(0x2588) == 1: not so in East Asian locales
    bool linux_console;  ///< TERM=linux: its font lacks the shades
};
charset_facts read_charset();
bool use_ascii(bool wish, const charset_facts& facts);

/// One stream as this program writes to it.
struct terminal {
    bool is_terminal = false;
    bool can_move = false;  ///< a terminal with cursor control: TERM is set and not "dumb"
    bool color = false;
    bool ascii = true;
};
terminal describe(int fd, when color, bool ascii);

struct extent {
    std::size_t columns = 80, rows = 24;
};
extent size_of(int fd);

/// True if this process may draw on and read from the terminal: it has not been put in the background.
bool in_foreground(int fd);

enum class role { plain, good, busy, bad, dim };
/// The text in the colour of its role, or as it is.
std::string painted(std::string_view text, role as, bool color);

// --- modes of the terminal. They belong to the process, so their state does too: a signal handler must be
// able to undo them whatever else is going on.

void hide_cursor(int fd);
/// Keys one by one and without echo from standard input; Ctrl-C stays a signal. False if that is not
/// possible.
bool take_keys();
/// Puts cursor and keys back. Safe in a signal handler, and to call again.
void restore_terminal();

/// Everything to the descriptor, whatever it takes; false on an error. While an unread_output lives, a
/// standard stream is not waited for.
bool write_all(int fd, std::string_view text);

}  // namespace bt::cli
