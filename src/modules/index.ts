// Which modules are built in?  Invariant: importing this file declares every built-in module.

import './_bisect.js';
import './_codecs.js';
import './_collections.js';
import './_contextvars.js';
import './_functools.js';
import './_heapq.js';
import './_imp.js';
import './_operator.js';
import './_sre.js';
import './_string.js';
import './_tracemalloc.js';
import './_random.js';
import './_struct.js';
import './_thread.js';
import './_warnings.js';
import './_weakref.js';
import './binascii.js';
import './array.js';
import './builtins.js';
import './gc.js';
import './itertools.js';
import './marshal.js';
import './math.js';
import './sys.js';
import './unicodedata.js';
