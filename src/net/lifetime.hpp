// Objects whose user may destroy them inside one of their own callbacks. Private to this room.
#pragma once

namespace bt::net {

/// Mixed into what must survive until its outermost callback has returned.
struct survivor {
    int uses = 0;
    bool released = false;
};

/// Marks a call into the user's code; the last one to leave deletes what was released meanwhile.
template <class T>
class in_use {
  public:
    explicit in_use(T* object) : object_(object) { ++object_->uses; }
    ~in_use() {
        if (--object_->uses == 0 && object_->released) delete object_;
    }
    in_use(const in_use&) = delete;
    in_use& operator=(const in_use&) = delete;

  private:
    T* object_;
};

template <class T>
void release(T* object) {
    object->released = true;
    if (object->uses == 0) delete object;
}

}  // namespace bt::net
