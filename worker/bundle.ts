import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { bundlePath } from './bundle-path.js';
import { stampPath } from './stamp.js';

// Run once, at build time: bundling would cost every start of a worker a second or two.
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
  workflowInterceptorModules: [fileURLToPath(new URL('../workflows/turns.js', import.meta.url))],
});
await writeFile(bundlePath, code);
await writeFile(
  stampPath,
  createHash('sha256').update(code).update(new Date().toISOString()).digest('hex').slice(0, 12),
);
