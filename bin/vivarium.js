#!/usr/bin/env node
// The command.  Invariant: everything else is in dist/, which `npm ci` builds.
import '../dist/cli/main.js';
