import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { bundlePath, failureConverterPath, sealedBundlePath } from './bundle-path.js';
import { stampPath } from './stamp.js';

// Run once, at build time: bundling would cost every start of a worker a second or two.
async function bundle(more: { readonly failureConverterPath?: string }): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
    workflowInterceptorModules: [fileURLToPath(new URL('../workflows/turns.js', import.meta.url))],
    ...more,
  });
  return code;
}

const code = await bundle({});
await writeFile(bundlePath, code);
await writeFile(sealedBundlePath, await bundle({ failureConverterPath }));
await writeFile(
  stampPath,
  createHash('sha256').update(code).update(new Date().toISOString()).digest('hex').slice(0, 12),
);
