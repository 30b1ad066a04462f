// `node --import <this file> program.ts`: lets a test start a process of its own from sources.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
