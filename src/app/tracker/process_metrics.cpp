#include "app/tracker/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace bt::app {
namespace {

void metric(std::string& out, const std::string& name, const char* type, const char* help, double value) {
    std::ostringstream number;
    number.imbue(std::locale::classic());
    number.precision(15);
    number << value;
    out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n" + name + " " +
           number.str() + "\n";
}

/// The fields of /proc/self/stat from the third on; the second is a name that may hold blanks.
std::vector<double> stat_fields() {
    std::ifstream file("/proc/self/stat");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    std::istringstream rest(text.substr(std::min(text.rfind(')') + 2, text.size())));
    std::vector<double> fields;
    std::string state;
    rest >> state;
    for (double value; rest >> value;) fields.push_back(value);
    return fields;
}

/// When the system started, in Unix seconds.
double boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("btime ")) return std::stod(line.substr(6));
    return 0;
}

}  // namespace

std::string process_metrics() {
    std::string out;
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0) {
        const auto time = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
        };
        metric(out, "process_cpu_seconds_total", "counter", "CPU time of user and system, in seconds.",
               time(used.ru_utime) + time(used.ru_stime));
    }
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0)
        metric(out, "process_max_fds", "gauge", "Most file descriptors that may be open.",
               static_cast<double>(files.rlim_cur));
    std::error_code failed;
    const auto open_files = std::filesystem::directory_iterator("/proc/self/fd", failed);
    if (!failed)
        metric(out, "process_open_fds", "gauge", "File descriptors that are open.",
               static_cast<double>(std::distance(begin(open_files), end(open_files))));
    // counted from the third field: 22 starttime, 23 vsize, 24 rss (proc(5))
    const auto fields = stat_fields();
    if (fields.size() > 20) {
        metric(out, "process_start_time_seconds", "gauge",
               "Start of the process, in seconds of the Unix epoch.",
               boot_time() + fields[18] / static_cast<double>(::sysconf(_SC_CLK_TCK)));
        metric(out, "process_virtual_memory_bytes", "gauge", "Virtual memory.", fields[19]);
        metric(out, "process_resident_memory_bytes", "gauge", "Memory in RAM.",
               fields[20] * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    return out;
}

}  // namespace bt::app
