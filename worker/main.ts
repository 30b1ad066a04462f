import { runWorker } from './worker.js';

await runWorker(process.argv.slice(2));
