import { leaveTracesOut } from './promise-traces.js';

// Runs first of all in the realm of the workflows, before the SDK freezes what is in it.
leaveTracesOut(Promise);
