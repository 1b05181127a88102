// One lambda per alternative of a variant: std::visit(overloaded{…}, what).
#pragma once

namespace bt {

template <class... F>
struct overloaded : F... {
    using F::operator()...;
};
template <class... F>
overloaded(F...) -> overloaded<F...>;

template <class T>
struct ignored_one {
    void operator()(const T&) const {}
};
/// Alternatives that mean nothing here, named so that the compiler tells of a new one.
template <class... T>
struct ignored : ignored_one<T>... {
    using ignored_one<T>::operator()...;
};

}  // namespace bt
