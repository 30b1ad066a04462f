import { describe, expect, test } from '@jest/globals';
import { notificationSchema } from '../../../core/notification.js';
import type { RunRecord, Waiting } from '../../../core/record.js';
import { notices, occasion } from '../../../core/run/notices.js';
import { notification } from '../../../core/run/notification.js';
import { at, record, step, waiting } from '../../client/records.js';

const manual = waiting('by-hand', { kind: 'manual', verbs: ['confirm', 'undo'], until: at(90) });
const approval = waiting('vote', { kind: 'approval', verbs: ['approve', 'reject'] });
const park = waiting('drain');
const open = (...waitingFor: Waiting[]): RunRecord =>
  record({ state: waitingFor.length === 0 ? 'running' : 'parked', waitingFor });
const ended = record({ state: 'succeeded', endedAt: at(60) });

describe('what is to be told', () => {
  test.each<[string, RunRecord, RunRecord, string[]]>([
    ['nothing happened', open(), open(), []],
    ['a step parked', open(), open(park), ['drain/parked']],
    ['a person must do something', open(), open(manual), ['by-hand/waiting']],
    ['an approval is asked for', open(), open(approval), ['vote/approval']],
    ['a step still waits', open(park), open(park), []],
    ['another begins to wait', open(park), open(park, approval), ['vote/approval']],
    ['one was decided', open(park, approval), open(approval), []],
    [
      'a step parked again, with no record seen in between',
      open(park),
      open({ ...park, since: at(40) }),
      ['drain/parked'],
    ],
    [
      'a rejected approval parks under the same path',
      open(approval),
      open({ ...approval, kind: 'park' }),
      ['vote/parked'],
    ],
    ['the run ended', open(park), ended, ['finished']],
    ['the run had ended before', ended, ended, []],
    ['it was refused at once', open(), record({ state: 'refused', endedAt: at(1) }), ['finished']],
    ['it is paused, which somebody has asked for', open(), record({ state: 'paused' }), []],
  ])('%s', (_what, previous, next, told) => {
    expect(notices(previous, next).map(occasion)).toEqual(told);
  });

  test('a path of any length leaves room in the id of a workflow', () => {
    const [notice] = notices(open(), open(waiting(`${'very-deep/'.repeat(200)}step`)));
    if (notice === undefined) throw new Error('nothing is told');
    expect(Buffer.byteLength(occasion(notice))).toBeLessThan(520);
  });
});

describe('the event', () => {
  const failure = {
    code: 'command-failed',
    message: 'exit 1',
    hint: 'mend it',
    class: 'permanent',
  } as const;

  test('of a parked step has its place, its failure and the commands to paste', () => {
    const parked = record({
      state: 'parked',
      steps: [step('drain', { phase: 'parked', failure, title: 'Drain the node' })],
      waitingFor: [{ ...park, message: 'exit 1' }],
    });
    const [notice] = notices(open(), parked);
    if (notice === undefined) throw new Error('nothing is told');
    const event = notification(parked, notice, 2, 'a project');
    expect(notificationSchema.parse(event)).toEqual(event);
    expect(event).toMatchObject({
      specversion: '1.0',
      id: 'deploy-web-1-20261124-1/drain/parked/2',
      source: '/runbook/a%20project/deploy-web-1-20261124-1',
      type: 'io.runbook.run.parked',
      subject: 'deploy-web-1-20261124-1/drain',
      time: at(30),
      data: {
        run: 'deploy-web-1-20261124-1',
        runbook: 'deploy',
        title: 'Deploy the site',
        state: 'parked',
        startedBy: 'ada@ops',
        step: 'drain',
        stepTitle: 'Drain the node',
        target: 'web-1',
        message: 'exit 1',
        failure,
        until: null,
        log: [],
      },
    });
    expect(event.data.commands.map(({ command }) => command)).toEqual([
      'runbook retry deploy-web-1-20261124-1',
      'runbook skip deploy-web-1-20261124-1 --reason "…"',
      'runbook confirm deploy-web-1-20261124-1 --reason "…"',
      'runbook undo deploy-web-1-20261124-1',
      'runbook cancel deploy-web-1-20261124-1',
      'runbook status deploy-web-1-20261124-1',
      'runbook logs deploy-web-1-20261124-1 drain',
    ]);
  });

  test('says when time decides', () => {
    const asked = record({ state: 'waiting', steps: [step('by-hand')], waitingFor: [manual] });
    const [notice] = notices(open(), asked);
    if (notice === undefined) throw new Error('nothing is told');
    expect(notification(asked, notice, 1, 'p')).toMatchObject({
      type: 'io.runbook.run.waiting',
      data: { state: 'waiting', until: at(90), failure: null },
    });
  });

  test.each([
    [ended, 'the run ended succeeded', null],
    [
      record({ state: 'stopped', endedAt: at(60), failure }),
      'the run ended stopped: exit 1',
      failure,
    ],
  ])('of a run that has ended says how: %#', (last, message, why) => {
    const [notice] = notices(open(), last);
    if (notice === undefined) throw new Error('nothing is told');
    const event = notification(last, notice, 1, 'p');
    expect(notificationSchema.parse(event)).toEqual(event);
    expect(event).toMatchObject({
      id: 'deploy-web-1-20261124-1/finished/1',
      subject: 'deploy-web-1-20261124-1',
      time: at(60),
      data: { state: last.state, step: null, message, failure: why },
    });
  });
});
