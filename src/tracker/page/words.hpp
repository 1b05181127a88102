// The words of markup that the pages are written in.
#pragma once

#include "markup/markup.hpp"
#include "markup/parts.hpp"

namespace bt::tracker {

using markup::copyable;
using markup::el;
using markup::facts;
using markup::href;
using markup::html;
using markup::link;
using markup::literal;
using markup::source;
using markup::table;
using markup::when;

}  // namespace bt::tracker
