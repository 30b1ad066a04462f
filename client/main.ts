#!/usr/bin/env node
import { takeApart } from './argv.js';

// Help and version come before everything else is loaded: they should feel like nothing at all.
const line = takeApart(process.argv.slice(2));
if (line.version || (line.command === null && line.help)) {
  const { version } = await import('./version.js');
  if (line.version) process.stdout.write(`${version()}\n`);
  else process.stdout.write((await import('./help.js')).helpText(version()));
} else {
  const { main } = await import('./cli.js');
  process.exitCode = await main(line);
}
