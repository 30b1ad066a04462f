import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type BundleOptions } from '@temporalio/worker';
import { bundlePath, failureConverterPath, sealedBundlePath } from './bundle-path.js';
import { stampPath } from './stamp.js';

type WebpackConfiguration = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];

const setting = fileURLToPath(new URL('../workflows/setting.js', import.meta.url));

/** The setting comes before what the SDK has made the entry. */
function settingFirst(config: WebpackConfiguration): WebpackConfiguration {
  const { entry } = config;
  if (!Array.isArray(entry)) throw new TypeError('the entry of the SDK is no list any more');
  return { ...config, entry: [setting, ...entry] };
}

// Run once, at build time: bundling would cost every start of a worker a second or two.
async function bundle(more: { readonly failureConverterPath?: string }): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
    workflowInterceptorModules: [fileURLToPath(new URL('../workflows/turns.js', import.meta.url))],
    webpackConfigHook: settingFirst,
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
