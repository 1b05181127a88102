// One lambda per alternative of a variant: std::visit(overloaded{…}, what).
#pragma once

namespace bt {

template <class... F>
struct overloaded : F... {
    using F::operator()...;
};
template <class... F>
overloaded(F...) -> overloaded<F...>;

}  // namespace bt
