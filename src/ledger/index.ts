// What of the ledger can Python programs import?  Invariant: importing this file declares it.

import './module.js';
