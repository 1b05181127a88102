#pragma once

namespace bt::cli {

/// Takes the places of standard streams that the parent process closed, so that no file or socket opened
/// later gets such a number and what is printed. What is written to or read from such a place fails (EBADF),
/// so that a lost result is told. To be called before anything is opened.
void hold_standard_streams();

}  // namespace bt::cli
