// The module _pickle.  Invariant: it has PickleBuffer and nothing else: pickle.py takes that from here and does the pickling itself.

import { defineModule } from '../object/declare.js';
import { PyPickleBuffer_Type } from '../object/statics.js';

defineModule({
  name: '_pickle',
  doc: 'The type PickleBuffer of the module pickle.',
  types: [PyPickleBuffer_Type],
});
