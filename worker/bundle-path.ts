import { fileURLToPath } from 'node:url';

/** Where the workflows' code lies, ready to run: written by the build. */
export const bundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** The same for a worker with keys: failures are written so that they can be encrypted. */
export const sealedBundlePath = fileURLToPath(
  new URL('../workflow-bundle-sealed.js', import.meta.url),
);

/** What writes failures so. */
export const failureConverterPath = fileURLToPath(
  new URL('../workflows/failure-converter.js', import.meta.url),
);
