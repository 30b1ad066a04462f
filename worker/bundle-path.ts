import { fileURLToPath } from 'node:url';

/** Where the workflows' code lies, ready to run: written by the build. */
export const bundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
