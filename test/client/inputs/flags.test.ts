import { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import {
  addInputFlags,
  flagsOf,
  givenInputs,
  kebab,
  quoted,
} from '../../../client/inputs/flags.js';
import type { Runbook } from '../../../core/definition/runbook.js';
import type { JsonObject } from '../../../core/json.js';

const runbook: Runbook = {
  apiVersion: 'runbook/v1',
  name: 'x',
  inputs: {
    node: { type: 'target', kind: 'host', group: 'nodes', description: 'Which node.' },
    useBGP: { type: 'boolean', description: 'With BGP.', default: true },
    maxLost: { type: 'integer', description: 'Calls that may fail.', default: 3 },
    peers: { type: 'list', items: 'string', description: 'Peers.', optional: true },
    ports: { type: 'list', items: 'number', description: 'Ports.', optional: true },
    version: { type: 'string', description: 'Version.', optional: true },
    json: { type: 'string', description: 'Its flag means something else.', optional: true },
    window: { type: 'duration', description: 'How long.', optional: true },
    manifest: { type: 'file', description: 'What to apply.', default: 'app.yaml' },
  },
  steps: [{ id: 'wait', delay: '1s' }],
};
const taken = new Set(['json', 'yes']);

async function parse(...argv: string[]): Promise<JsonObject> {
  const command = new Command().exitOverride().option('--json');
  addInputFlags(command, runbook, taken);
  command.action(() => undefined);
  await command.parseAsync(argv, { from: 'user' });
  const given = (key: string): boolean => command.getOptionValueSource(key) === 'cli';
  return givenInputs(runbook, command.opts(), given, taken);
}

test.each([
  ['node', 'node'],
  ['nodeName', 'node-name'],
  ['useBGP', 'use-bgp'],
  ['BGPPeer', 'bgp-peer'],
  ['eTP', 'e-tp'],
  ['k8sNode', 'k8s-node'],
])('%s is --%s', (name, flag) => {
  expect(kebab(name)).toBe(flag);
});

describe('flags of inputs', () => {
  test('each type', async () => {
    const argv = ['--node', 'k8s-w0', '--no-use-bgp', '--max-lost', '5', '--window', '10m'];
    expect(await parse(...argv)).toEqual({
      node: 'k8s-w0',
      useBGP: false,
      maxLost: 5,
      window: '10m',
    });
  });

  test('what is not given is left out: defaults are the worker’s to fill in', async () => {
    expect(await parse()).toEqual({});
  });

  test('lists are repeated', async () => {
    expect(await parse('--peers', 'a', '--peers', 'b', '--ports', '80')).toEqual({
      peers: ['a', 'b'],
      ports: [80],
    });
  });

  test('a text that looks like a number stays a text', async () => {
    expect(await parse('--version', '1.10')).toEqual({ version: '1.10' });
    expect(await parse('--input', 'version=1.10')).toEqual({ version: '1.10' });
  });

  test('what is no number is handed on as it is: the check of inputs says so', async () => {
    expect(await parse('--max-lost', 'many')).toEqual({ maxLost: 'many' });
  });

  test('an input whose flag is taken comes by its name', async () => {
    expect(await parse('--json', '--input', 'json=x', '--input', 'peers=[a, b]')).toEqual({
      json: 'x',
      peers: ['a', 'b'],
    });
  });

  test('values that begin with a dash, are empty, or hold an equals sign', async () => {
    expect(await parse('--version=-1', '--input', 'json=a=b')).toEqual({
      version: '-1',
      json: 'a=b',
    });
    expect(await parse('--version', '')).toEqual({ version: '' });
    expect(await parse('--manifest', 'web/app.yaml')).toEqual({ manifest: 'web/app.yaml' });
  });
});

test('help says what a value may be', () => {
  const command = new Command();
  addInputFlags(command, runbook, taken);
  const help = command.helpInformation();
  expect(help).toContain('--node <host>');
  expect(help).toContain('Which node. (of group nodes; required)');
  expect(help).toContain('--no-use-bgp');
  expect(help).toContain('(default 3)');
  expect(help).toContain('--manifest <file>');
  expect(help.replace(/\s+/g, ' ')).toContain(
    "(by its path in the project's folder; default app.yaml)",
  );
});

test('inputs as flags again, safe for a shell', () => {
  const inputs = { node: 'k8s-w0', useBGP: false, peers: ['a', "it's"], version: 'x; rm -rf /' };
  expect(flagsOf(runbook, inputs).join(' ')).toBe(
    `--node k8s-w0 --no-use-bgp --peers a --peers 'it'\\''s' --version 'x; rm -rf /'`,
  );
  expect(quoted('')).toBe("''");
});
