"""The program's exit codes, as src/cli/exit_code.hpp has them."""
DONE, FAILURE, USAGE, NOT_FOUND, NO_NODE, BAD_DATA, STORAGE, NETWORK, UNFINISHED = range(9)
